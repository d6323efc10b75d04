public import KTSDBEngine
internal import KTSDBModel

/// What time it is for the rules: the wall clock, by which groups are aligned, and a clock that only goes forward,
/// which shows when the wall clock was set.
public struct RuleClock: Sendable {
    private let clock: DatabaseClock
    /// Waits for a duration, or until the task is cancelled.
    let sleep: @Sendable (Duration) async -> Void

    /// Takes the time of a database's clock; `.system`, or one that a test moves.
    public init(_ clock: DatabaseClock = .system) {
        self.init(clock) { duration in _ = try? await Task.sleep(for: duration) }
    }

    init(_ clock: DatabaseClock, sleep: @escaping @Sendable (Duration) async -> Void) {
        self.clock = clock
        self.sleep = sleep
    }

    /// The wall clock.
    public var now: PreciseTime { PreciseTime(Timestamp(milliseconds: clock.wall())) }

    /// What the clock shows that only goes forward.
    var elapsed: Duration { .milliseconds(clock.monotonic()) }
}
