/// Detects that the wall clock was set: it disagrees with a monotonic clock about how much time has passed.
///
/// After a jump, groups are aligned to the new time, instead of evaluating what was missed or waiting until the old
/// time is reached again. The times in their states move by the same amount.
public struct ClockJump: Hashable, Sendable {
    private var wall: PreciseTime
    private var elapsed: Duration

    /// The largest difference, in either direction, that counts as a correction of the clock and not as a jump.
    public static let tolerance: Duration = .seconds(5)

    /// Starts at a reading of both clocks.
    public init(wall: PreciseTime, elapsed: Duration) {
        self.wall = wall
        self.elapsed = elapsed
    }

    /// Returns how far the wall clock has jumped since the previous reading, negative for a jump back; nil if it has
    /// not.
    public mutating func observe(wall now: PreciseTime, elapsed nowElapsed: Duration) -> Duration? {
        let difference = (now - wall) - (nowElapsed - elapsed)
        wall = now
        elapsed = nowElapsed
        return difference > Self.tolerance || difference < .zero - Self.tolerance ? difference : nil
    }
}
