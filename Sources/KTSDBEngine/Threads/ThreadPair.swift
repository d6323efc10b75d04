internal import CLibrary

/// Runs two pieces of work at the same time, one of them on a thread of its own.
enum ThreadPair {
    /// `@unchecked Sendable`: one thread writes, the other reads after it has joined the first.
    private final class Answer<Value>: @unchecked Sendable { var value: Value? }

    /// Runs `other` on another thread while `own` runs on this one; both, when it returns, have ended.
    ///
    /// Neither may touch what the other writes. Without another thread to be had they run one after the other.
    static func run<Other: Sendable>(other: @escaping @Sendable () -> Other, own: () -> Void) -> Other {
        let answer = Answer<Other>()
        let thread = SystemThread.start { answer.value = other() }
        own()
        if let thread { pthread_join(thread, nil) }
        return answer.value ?? other()
    }
}
