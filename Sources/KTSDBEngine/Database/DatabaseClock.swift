public import KTSDBModel
internal import Synchronization

/// What time it is for a database: the wall clock, by which samples and retention are judged, and a clock that only
/// goes forward, which shows when the wall clock jumps.
public struct DatabaseClock: Sendable {
    /// The wall clock, in milliseconds since the Unix epoch.
    package let wall: @Sendable () -> Int64
    /// The clock that only goes forward, in milliseconds.
    package let monotonic: @Sendable () -> Int64

    init(wall: @escaping @Sendable () -> Int64, monotonic: @escaping @Sendable () -> Int64) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The system's clocks.
    public static let system = DatabaseClock(
        wall: { Timestamp.now.milliseconds }, monotonic: { MonotonicClock.millisecondsWithSleep })

    /// Returns a clock that a test moves.
    public static func manual(_ clock: ManualClock) -> DatabaseClock {
        DatabaseClock(wall: { clock.now.milliseconds }, monotonic: { clock.elapsedMilliseconds })
    }
}

/// A clock that does not move by itself, so that tests of limits and retention take no time. Safe for use by any number
/// of threads at once.
public final class ManualClock: Sendable {
    private let wall: Atomic<Int64>, monotonic = Atomic<Int64>(0)

    /// Creates a clock that shows `now`.
    public init(_ now: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) { wall = Atomic(now.milliseconds) }

    /// The wall clock. Setting it is a jump, as if somebody had set the machine's clock.
    public var now: Timestamp {
        get { Timestamp(milliseconds: wall.load(ordering: .relaxed)) }
        set { wall.store(newValue.milliseconds, ordering: .relaxed) }
    }

    /// Lets time pass, for the wall clock and for the one that only goes forward.
    public func advance(by duration: Duration) {
        wall.wrappingAdd(duration.milliseconds, ordering: .relaxed)
        monotonic.wrappingAdd(max(0, duration.milliseconds), ordering: .relaxed)
    }

    var elapsedMilliseconds: Int64 { monotonic.load(ordering: .relaxed) }
}
