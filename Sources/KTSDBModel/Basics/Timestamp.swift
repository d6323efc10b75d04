internal import CLibrary

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z; negative before that.
@frozen
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64

    /// Creates a timestamp from milliseconds since the Unix epoch.
    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The wall clock's time now, to the millisecond.
    public static var now: Timestamp {
        let time = SystemCall.time(CLOCK_REALTIME)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The earliest and the latest timestamp that can be represented.
    public static let earliest = Timestamp(milliseconds: .min), latest = Timestamp(milliseconds: .max)

    /// Whether `left` is before `right`.
    @inlinable
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Returns the time `duration` after `start`; the earliest or latest timestamp on overflow. `duration` is truncated
    /// to milliseconds.
    public static func + (start: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = start.milliseconds.addingReportingOverflow(duration.milliseconds)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return duration.milliseconds < 0 ? .earliest : .latest
    }

    /// Returns the time `duration` before `end`; the earliest or latest timestamp on overflow. `duration` is truncated
    /// to milliseconds.
    public static func - (end: Timestamp, duration: Duration) -> Timestamp {
        let (difference, overflow) = end.milliseconds.subtractingReportingOverflow(duration.milliseconds)
        guard overflow else { return Timestamp(milliseconds: difference) }
        return duration.milliseconds < 0 ? .latest : .earliest
    }

    /// The time from `start` to `end`, negative if `end` is earlier.
    public static func - (end: Timestamp, start: Timestamp) -> Duration {
        let (difference, overflow) = end.milliseconds.subtractingReportingOverflow(start.milliseconds)
        guard overflow else { return .milliseconds(difference) }
        return .milliseconds(end < start ? Int64.min : Int64.max)
    }
}

extension Timestamp: CustomStringConvertible {
    /// Milliseconds since the Unix epoch, as a decimal number.
    public var description: String { String(milliseconds) }
}

extension Timestamp: Codable {
    /// Writes the milliseconds as a number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    /// Reads a number of milliseconds.
    public init(from decoder: any Decoder) throws {
        self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
    }
}

extension Duration {
    /// Whole milliseconds, truncated towards zero; `Int64.min` or `Int64.max` on overflow.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard !overflowed else { return seconds < 0 ? .min : .max }
        return sum
    }
}
