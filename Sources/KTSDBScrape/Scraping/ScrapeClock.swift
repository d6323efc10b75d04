internal import CLibrary
package import KTSDBModel
internal import NIOCore
internal import NIOPosix

/// The time as scrape loops see it; tests have their own.
package protocol ScrapeClock: Sendable {
    /// The wall clock.
    var now: Timestamp { get }
    /// Waits until the wall clock shows `time`.
    /// - Throws: `CancellationError` if the task is cancelled before.
    func sleep(until time: Timestamp) async throws
}

/// The system's clock.
package struct SystemClock: ScrapeClock {
    private static let timers = MultiThreadedEventLoopGroup.singleton.next()

    package init() {}

    package var now: Timestamp { .now }

    package func sleep(until time: Timestamp) async throws {
        let wall = SystemCall.time(CLOCK_REALTIME)
        let now = Duration.seconds(wall.tv_sec) + .nanoseconds(wall.tv_nsec)
        let wait = max(.zero, .milliseconds(time.milliseconds) - now)
        // An event loop's timer wakes one thread, or none if the loop itself is waiting; the runtime's own sleep goes
        // through several threads of libdispatch.
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? Self.timers
        let timer = loop.scheduleTask(in: TimeAmount(wait)) {}
        do {
            try await withTaskCancellationHandler {
                try await timer.futureResult.get()
            } onCancel: {
                timer.cancel()
            }
        } catch {
            throw CancellationError()
        }
    }
}
