internal import NIOPosix

/// Runs tasks on threads that may wait for the disk.
package final class WorkerExecutor: TaskExecutor {
    private let pool = NIOThreadPool.singleton

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        pool.submit { _ in unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
