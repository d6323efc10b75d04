public import KTSDBModel

/// A point in time to the nanosecond: when a rule is evaluated, and since when an alert is active.
///
/// Group evaluations do not fall on whole milliseconds, and the API shows the times of alerts in full precision.
/// Samples get ``timestamp``, in milliseconds.
public struct PreciseTime: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since 1970-01-01T00:00:00Z; negative before that.
    public var nanoseconds: Int64

    /// Creates a time from nanoseconds since the Unix epoch.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Creates the time of a timestamp; the earliest or latest time if the timestamp is more than 292 years from 1970.
    public init(_ timestamp: Timestamp) {
        let (product, overflow) = timestamp.milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? (timestamp.milliseconds < 0 ? .min : .max) : product
    }

    /// The time in milliseconds, rounded down.
    public var timestamp: Timestamp { Timestamp(milliseconds: floorDivide(nanoseconds, by: 1_000_000)) }

    /// Whole seconds since the Unix epoch, rounded down.
    public var wholeSeconds: Int64 { floorDivide(nanoseconds, by: 1_000_000_000) }

    /// Whether `left` is before `right`.
    public static func < (left: PreciseTime, right: PreciseTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Returns the time `duration` after `start`; the earliest or latest time on overflow.
    public static func + (start: PreciseTime, duration: Duration) -> PreciseTime {
        start.moved(by: duration.nanoseconds)
    }

    /// Returns the time `duration` before `end`; the earliest or latest time on overflow.
    public static func - (end: PreciseTime, duration: Duration) -> PreciseTime {
        let count = duration.nanoseconds
        return end.moved(by: count == .min ? .max : -count)
    }

    /// Returns the duration from `start` to `end`, negative if `end` is earlier; the nearest duration of `Int64`
    /// nanoseconds on overflow.
    public static func - (end: PreciseTime, start: PreciseTime) -> Duration {
        let (difference, overflow) = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
        return .nanoseconds(overflow ? (end < start ? .min : .max) : difference)
    }

    private func moved(by count: Int64) -> PreciseTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
        return PreciseTime(nanoseconds: overflow ? (count < 0 ? .min : .max) : sum)
    }
}

extension Duration {
    /// Whole nanoseconds, rounded towards zero; the nearest `Int64` on overflow.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }
}

/// Returns the quotient, rounded towards negative infinity; `divisor` is positive.
func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

/// Returns the remainder that belongs to ``floorDivide(_:by:)``: never negative.
func floorRemainder(_ value: Int64, by divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}
