/// Notices that somebody has set the wall clock: it and a clock that only goes forward disagree about how much time has
/// passed.
///
/// Groups are aligned anew then, instead of evaluating what was missed or waiting until the time is reached again, and
/// the times in their states move along.
public struct ClockJump: Hashable, Sendable {
    private var wall: PreciseTime
    private var elapsed: Duration

    /// Smaller differences are corrections of the clock, and nothing is aligned anew for them.
    public static let tolerance: Duration = .seconds(5)

    /// Begins to watch.
    public init(wall: PreciseTime, elapsed: Duration) {
        self.wall = wall
        self.elapsed = elapsed
    }

    /// Returns how far the wall clock has jumped since the last call; nil if it has not.
    public mutating func observe(wall now: PreciseTime, elapsed nowElapsed: Duration) -> Duration? {
        let difference = (now - wall) - (nowElapsed - elapsed)
        wall = now
        elapsed = nowElapsed
        return difference > Self.tolerance || difference < .zero - Self.tolerance ? difference : nil
    }
}
