internal import Dispatch

/// The threads for work that blocks: appends that write to the log, snapshots, long answers of the index.
///
/// Swift's cooperative pool has as many threads as the machine has processors, and none to spare for a disk that is slow.
final class WorkerThreads: TaskExecutor {
    private let queue = DispatchQueue(label: "ktsdb.server", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on one of the threads.
    func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withTaskExecutorPreference(self) {
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
