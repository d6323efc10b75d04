internal import KTSDBModel

/// What one series of the rollup database has of a raw series: one number, or histogram, for each interval.
enum RollupColumn: String, Hashable, CaseIterable {
    case count
    /// Sums that may have been rounded, and merged histograms.
    case sum
    /// Sums of whole numbers that can be added up in any order; an interval that has one has no ``sum``.
    case whole
    case min, max, last
    /// The first sample of a counter, and its last one.
    case first, final
    /// Their times, in milliseconds.
    case firstTime = "first_time", finalTime = "final_time"
    /// The sum of the values before each reset within the interval.
    case resets

    /// The columns in which an aggregate is kept.
    static func columns(of aggregate: RollupAggregate) -> [RollupColumn] {
        switch aggregate {
        case .count: [.count]
        case .sum: [.sum, .whole]
        case .min: [.min]
        case .max: [.max]
        case .last: [.last]
        case .counter: [.first, .final, .firstTime, .finalTime, .resets]
        }
    }

    /// The columns that a query for points of a kind reads.
    static func columns(of request: RollupRequest) -> [RollupColumn] {
        switch request.content {
        case .count: [.count]
        case .minimum: [.min]
        case .maximum: [.max]
        case .last, .filling: [.last]
        case .sum: request.isExact ? [.whole] : [.whole, .sum]
        case .counter: [.first, .final, .firstTime, .finalTime, .resets]
        }
    }
}

extension RollupRequest.Content {
    /// The aggregate that has the points.
    var aggregate: RollupAggregate {
        switch self {
        case .count: .count
        case .minimum: .min
        case .maximum: .max
        case .last, .filling: .last
        case .sum: .sum
        case .counter: .counter
        }
    }
}

/// The label by which series of the rollup database differ.
enum RollupLabel {
    /// The name of the label. Raw series that have it are not rolled up.
    static let name = "__rollup__"

    /// Returns the value of the label: the interval in milliseconds as the longest unit that divides it, and the
    /// column.
    static func value(_ interval: Int64, _ column: RollupColumn) -> String {
        "\(text(of: interval)):\(column.rawValue)"
    }

    /// Returns a matcher for all columns of an interval.
    static func matcher(_ interval: Int64) -> LabelMatcher {
        // The text is a number and a unit, which means itself in a pattern.
        guard let matcher = try? LabelMatcher.matches(name, "\(text(of: interval)):.*") else {
            preconditionFailure("An interval is a pattern: \(interval)")
        }
        return matcher
    }

    /// Returns a matcher for some columns of some intervals.
    static func matcher(_ intervals: [Int64], _ columns: [RollupColumn]) -> LabelMatcher {
        if columns.count == 1, intervals.count == 1 { return .equal(name, value(intervals[0], columns[0])) }
        let names = columns.map(\.rawValue).joined(separator: "|")
        let lengths = intervals.map(text).joined(separator: "|")
        guard let matcher = try? LabelMatcher.matches(name, "(\(lengths)):(\(names))") else {
            preconditionFailure("Names of columns are patterns: \(names)")
        }
        return matcher
    }

    private static func text(of interval: Int64) -> String {
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where interval % length == 0 {
            return "\(interval / length)\(unit)"
        }
        return "\(interval)ms"
    }
}

/// The grid of intervals of one length: open on the left, closed on the right, each named by its end.
struct RollupGrid: Hashable, Sendable {
    /// Milliseconds; positive.
    let interval: Int64

    /// Returns the end of the interval that has a time; the last multiple below `Int64.max` for times after it.
    func end(of time: Int64) -> Int64 {
        let remainder = time % interval
        if remainder == 0 { return time }
        let start = time - (remainder > 0 ? remainder : 0)
        if remainder < 0 { return time - remainder }
        let (end, overflow) = start.addingReportingOverflow(interval)
        return overflow ? start : end
    }

    /// Returns the ends of the first and the last interval that a range of time touches.
    func ends(of range: ClosedRange<Int64>) -> ClosedRange<Int64> {
        end(of: range.lowerBound)...Swift.max(end(of: range.lowerBound), end(of: range.upperBound))
    }

    /// Returns the time of the first sample that may be in the interval that ends at `end`.
    func start(of end: Int64) -> Int64 {
        let (start, overflow) = end.subtractingReportingOverflow(interval - 1)
        return overflow ? .min : start
    }
}
