internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// The threads on which scrapes run.
///
/// A target belongs to an event loop, on whose thread its ``ScrapeLoop`` wakes, sends requests, reads answers and
/// stores them: for a short body, switching threads would cost more than the work. These loops only scrape, so nothing
/// else waits for a body that is being stored. Long work goes to ``workers``, because the other targets of the loop
/// have their schedules too.
package struct ScrapeThreads: Sendable {
    /// The thread of some targets.
    final class Member: Sendable {
        let executor: LoopExecutor
        let alarms: LoopAlarms

        init(_ loop: any EventLoop) {
            executor = LoopExecutor(loop)
            alarms = LoopAlarms(loop)
        }
    }

    /// The threads of this process: as many loops as cores, but at most four, which handle a million samples per second
    /// and more.
    static let shared = ScrapeThreads()

    /// The longest body, in bytes, that is not stored by a worker: storing this many takes about a millisecond and a
    /// half.
    static let shortBody = 1 << 20

    /// Runs work that takes long, or waits for the disk.
    let workers = WorkerExecutor()
    private let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(System.coreCount, 4))
    private let members: [Member]
    private let turn = Turn()

    private init() {
        members = loops.makeIterator().map(Member.init)
    }

    /// Counts the targets that got a thread.
    private final class Turn: Sendable {
        let count = Atomic(0)
    }

    /// Starts the threads now: they need descriptors, which are available when the process starts.
    package static func reserve() { _ = shared }

    /// Returns the thread for one more target.
    func next() -> Member {
        let number = turn.count.add(1, ordering: .relaxed).oldValue
        return members[Int(number.magnitude % UInt(members.count))]
    }
}
