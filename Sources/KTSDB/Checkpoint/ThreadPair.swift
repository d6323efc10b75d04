internal import Glibc

/// Runs two pieces of work at the same time, one of them on a thread of its own.
enum ThreadPair {
    /// `@unchecked Sendable`: one thread writes, the other reads after it has joined the first.
    private final class Work<Value>: @unchecked Sendable {
        let body: () -> Value
        var result: Value?
        init(_ body: @escaping () -> Value) { self.body = body }
    }

    /// A closure without a type, for a thread to call.
    private final class Call: @unchecked Sendable {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Runs `other` on another thread while `own` runs on this one; both, when it returns, have ended.
    ///
    /// Neither may touch what the other writes. Without another thread to be had they run one after the other.
    static func run<Other: Sendable>(other: @escaping @Sendable () -> Other, own: () -> Void) -> Other {
        let work = Work(other)
        let call = unsafe Unmanaged.passRetained(Call { work.result = work.body() })
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Call>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, call.toOpaque())
        own()
        if failure == 0 {
            pthread_join(thread, nil)
        } else {
            unsafe call.takeRetainedValue().body()
        }
        return work.result!
    }
}
