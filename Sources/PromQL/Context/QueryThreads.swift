internal import Dispatch

/// The threads that queries run on: an evaluation may take seconds and must not hold one of the few threads of Swift's
/// cooperative pool.
final class QueryThreads: TaskExecutor {
    private static let shared = QueryThreads()
    private let queue = DispatchQueue(label: "ktsdb.query", qos: .userInitiated, attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on a query thread; cancelling the task sets the flag that `body` is given: `cancellation`, or one of
    /// its own.
    static func run<T: Sendable, Failure: Error>(
        _ cancellation: QueryCancellation? = nil,
        _ body: @escaping @Sendable (QueryCancellation) throws(Failure) -> T
    ) async throws(Failure) -> T {
        let cancellation = cancellation ?? QueryCancellation()
        let result: Result<T, Failure> = await withTaskCancellationHandler {
            await withTaskExecutorPreference(shared) {
                do throws(Failure) { return .success(try body(cancellation)) } catch { return .failure(error) }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }
}
