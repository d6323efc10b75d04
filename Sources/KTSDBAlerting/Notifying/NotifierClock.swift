internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules

/// The time as the notifier sees it: the wall clock, and how far it was set since the last look.
struct NotifierClock: Sendable {
    private let clock: DatabaseClock
    private var jumps: ClockJump

    init(_ clock: DatabaseClock) {
        self.clock = clock
        jumps = ClockJump(wall: Self.wall(clock), elapsed: Self.elapsed(clock))
    }

    /// Returns what time it is, and how far the wall clock has jumped since the last call; nil if it has not.
    mutating func observe() -> (now: WallTime, jump: Duration?) {
        let wall = Self.wall(clock)
        return (WallTime(wall), jumps.observe(wall: wall, elapsed: Self.elapsed(clock)))
    }

    /// What the clock shows that only goes forward.
    var elapsed: Duration { Self.elapsed(clock) }

    private static func wall(_ clock: DatabaseClock) -> PreciseTime {
        PreciseTime(nanoseconds: clock.wall().multipliedReportingOverflow(by: 1_000_000).partialValue)
    }

    private static func elapsed(_ clock: DatabaseClock) -> Duration { .milliseconds(clock.monotonic()) }
}

extension WallTime {
    init(_ time: PreciseTime) { self.init(milliseconds: time.timestamp.milliseconds) }
}
