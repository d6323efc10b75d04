internal import CLibrary

/// Runs two pieces of work at the same time, one of them on a new thread.
enum ThreadPair {
    /// `@unchecked Sendable`: one thread writes, and the other reads after joining it.
    private final class Answer<Value>: @unchecked Sendable { var value: Value? }

    /// Runs `other` on a new thread and `own` on this one. Returns the result of `other` when both have ended.
    ///
    /// Neither may access what the other writes. If the system cannot start a thread, `own` runs first, then `other`.
    static func run<Other: Sendable>(other: @escaping @Sendable () -> Other, own: () -> Void) -> Other {
        let answer = Answer<Other>()
        let thread = SystemThread.start { answer.value = other() }
        own()
        if let thread { pthread_join(thread, nil) }
        return answer.value ?? other()
    }
}
