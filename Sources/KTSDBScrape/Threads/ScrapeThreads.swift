internal import NIOCore
internal import NIOPosix

/// The threads on which scrapes run.
///
/// A target belongs to an event loop, on whose thread its ``ScrapeLoop`` waits, sends requests, reads answers and
/// stores them: for a short body, switching threads would cost more than the work. These loops only scrape, so nothing
/// else waits for a body that is being stored. Long work goes to ``workers``, because the other targets of the loop
/// have their schedules too.
package struct ScrapeThreads: Sendable {
    /// The threads of this process: as many loops as cores, but at most four, which handle a million samples per second
    /// and more.
    static let shared = ScrapeThreads()

    /// The longest body, in bytes, that is not stored by a worker: storing this many takes about a millisecond and a
    /// half.
    static let shortBody = 1 << 20

    /// Runs work that takes long, or waits for the disk.
    let workers = WorkerExecutor()
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(System.coreCount, 4))

    /// Starts the threads now: they need descriptors, which are available when the process starts.
    package static func reserve() { _ = shared }

    /// Returns the loop for one more target.
    func next() -> LoopExecutor { LoopExecutor(loops.next()) }
}
