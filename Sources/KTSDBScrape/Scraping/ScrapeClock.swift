internal import Glibc
package import KTSDBModel

/// The time as scrape loops see it; tests have their own.
package protocol ScrapeClock: Sendable {
    /// The wall clock.
    var now: Timestamp { get }
    /// Waits until the wall clock shows `time`.
    /// - Throws: `CancellationError` when the task is cancelled before.
    func sleep(until time: Timestamp) async throws
}

/// The system's clock.
package struct SystemClock: ScrapeClock {
    package init() {}

    package var now: Timestamp { .now }

    package func sleep(until time: Timestamp) async throws {
        var wall = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        let now = Duration.seconds(wall.tv_sec) + .nanoseconds(wall.tv_nsec)
        try await Task.sleep(for: max(.zero, .milliseconds(time.milliseconds) - now), tolerance: .zero)
    }
}
