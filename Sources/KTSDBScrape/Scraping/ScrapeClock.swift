internal import CLibrary
package import KTSDBModel
internal import NIOCore

/// The time as scrape loops see it; tests have their own.
package protocol ScrapeClock: Sendable {
    /// The wall clock.
    var now: Timestamp { get }
    /// Has `alarm` ring when the wall clock shows `time`, on the thread of `alarms` or any other.
    func set(_ alarm: ScrapeAlarm, at time: Timestamp, on alarms: LoopAlarms)
}

/// The system's clock.
package struct SystemClock: ScrapeClock {
    package init() {}

    package var now: Timestamp { .now }

    package func set(_ alarm: ScrapeAlarm, at time: Timestamp, on alarms: LoopAlarms) {
        let wall = SystemCall.time(CLOCK_REALTIME)
        let now = Duration.seconds(wall.tv_sec) + .nanoseconds(wall.tv_nsec)
        // If the wall clock is set meanwhile, the next alarm follows the new time.
        let wait = max(.zero, .milliseconds(time.milliseconds) - now)
        alarms.set(alarm, at: .now() + TimeAmount(wait))
    }
}
