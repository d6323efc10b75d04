internal import Dispatch

/// Threads for work that blocks or takes long, which must not hold one of the few threads of Swift's cooperative pool.
package final class BlockingThreads: TaskExecutor {
    private let queue: DispatchQueue

    /// Threads with a name, which debuggers show; as many as there is work for, up to 64.
    package init(_ name: String) {
        queue = DispatchQueue(label: name, qos: .userInitiated, attributes: .concurrent)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body` on one of the threads.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withTaskExecutorPreference(self) {
            do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
