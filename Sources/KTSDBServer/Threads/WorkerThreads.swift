internal import NIOPosix

/// The threads for work that blocks: appends that write to the log, snapshots, long answers.
///
/// Swift's cooperative pool has as many threads as the machine has processors, and none to spare for a slow disk. The
/// same is true of Dispatch, which adds few threads where all are busy: whoever needs the processors most would make
/// all others wait. So each class of work has threads of its own; those of queries and other reads belong to the
/// engine.
final class WorkerThreads: TaskExecutor {
    private let pool: NIOThreadPool

    /// - Parameter count: How many calls may block at the same time.
    init(count: Int = 8) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        pool.submit { _ in unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
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
