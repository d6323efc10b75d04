internal import NIOCore
internal import NIOPosix

/// Where scrapes happen.
///
/// A target belongs to an event loop, on whose thread its ``ScrapeLoop`` waits, asks, reads the answer and stores it: a
/// short body would cost more in changes of threads than in work. These loops do nothing but scrape, so that nobody
/// else waits for a body that is being stored. What takes long goes to ``workers``, since the other targets of the loop
/// have their times too.
package struct ScrapeThreads: Sendable {
    /// The threads of this process: as many loops as cores, at most four, which carry a million samples a second and
    /// more.
    static let shared = ScrapeThreads()

    /// Bodies of more bytes are stored by a worker: storing takes about a millisecond and a half for so many.
    static let shortBody = 1 << 20

    /// For what takes long, or waits for the disk.
    let workers = WorkerExecutor()
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(System.coreCount, 4))

    /// Starts the threads now: they need descriptors, and there are some when the process starts.
    package static func reserve() { _ = shared }

    /// The loop for one more target.
    func next() -> LoopExecutor { LoopExecutor(loops.next()) }
}

/// Runs tasks on threads that may wait for the disk.
final class WorkerExecutor: TaskExecutor {
    private let pool = NIOThreadPool.singleton

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // SAFETY: each job is run exactly once, here.
        pool.submit { _ in unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
