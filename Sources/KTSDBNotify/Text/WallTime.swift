/// A point of wall clock time, to the nanosecond.
///
/// Alertmanager's payloads show nanoseconds, and its zero time is in the year 1, which 64 bits of nanoseconds do not
/// reach: so seconds and nanoseconds are apart.
package struct WallTime: Hashable, Sendable, BitwiseCopyable {
    /// Seconds since 1970-01-01T00:00:00Z, negative before it; between ±``secondLimit``.
    package var seconds: Int64
    /// Nanoseconds after that second: 0 to 999,999,999.
    package var nanoseconds: Int32

    /// How far from 1970 a time can be, in seconds: about a million years, so that no difference overflows.
    package static let secondLimit: Int64 = 1 << 45

    /// Creates a time; seconds beyond ±``secondLimit`` are clamped, and so are nanoseconds.
    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = min(max(seconds, -Self.secondLimit), Self.secondLimit)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    /// Creates a time from milliseconds since 1970.
    package init(milliseconds: Int64) {
        let second = milliseconds.flooringQuotient(by: 1000)
        self.init(seconds: second, nanoseconds: Int32(truncatingIfNeeded: milliseconds - second * 1000) * 1_000_000)
    }

    /// Go's zero time, which means "no time": the beginning of the year 1.
    package static let zero = WallTime(seconds: -62_135_596_800)
}

extension WallTime: Comparable {
    package static func < (left: WallTime, right: WallTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The time `duration` later, cut to nanoseconds.
    package static func + (start: WallTime, duration: Duration) -> WallTime {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(seconds, -4 * secondLimit), 4 * secondLimit)
        let nanoseconds = Int64(start.nanoseconds) + attoseconds / 1_000_000_000
        let carry = nanoseconds.flooringQuotient(by: 1_000_000_000)
        return WallTime(
            seconds: start.seconds + bounded + carry,
            nanoseconds: Int32(truncatingIfNeeded: nanoseconds - carry * 1_000_000_000))
    }

    /// The time `duration` earlier, cut to nanoseconds.
    package static func - (end: WallTime, duration: Duration) -> WallTime { end + (.zero - duration) }

    /// How much later `left` is than `right`.
    package static func - (left: WallTime, right: WallTime) -> Duration {
        .seconds(left.seconds - right.seconds) + .nanoseconds(Int64(left.nanoseconds) - Int64(right.nanoseconds))
    }
}

extension Int64 {
    /// The quotient, rounded down. The divisor is positive.
    func flooringQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
