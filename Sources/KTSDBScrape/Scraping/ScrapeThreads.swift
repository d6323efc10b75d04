internal import NIOPosix

/// The threads that parse and store pages.
///
/// An append writes to the log, and a large page takes a while: neither should hold up the few threads that everything
/// else in the process shares.
final class ScrapeThreads: TaskExecutor {
    private let pool: NIOThreadPool

    init(_ pool: NIOThreadPool = .singleton) { self.pool = pool }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit { _ in unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
