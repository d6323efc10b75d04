public import KTSDBModel
internal import PromQL

/// A series in a PromQL test script, with its points.
public struct PromQLTestSeries: Sendable {
    /// The series' labels.
    public var labels: Labels
    /// The points, one for each step.
    public var points: [PromQLTestPoint]
    /// The start time of each point, in milliseconds relative to the point; empty if none are given.
    public var startOffsets: [Int64?] = []
}

/// The content of a script for a series at one step.
public enum PromQLTestPoint: Sendable {
    /// No sample.
    case absent
    /// A number, or the staleness marker.
    case float(Double)
    /// A native histogram. If one is expected, its counter reset hint is compared only if the script specifies it.
    case histogram(Histogram, saysHint: Bool)
}

/// The reason why a line of a script is invalid.
struct PromQLTestSyntaxError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

extension PromQLTestSeries {
    /// Reads a line such as `up{job="api"} 1 _ 0+10x5 stale`.
    init(line: String) throws { self.init(try SeriesDescription(line: line)) }

    /// Reads a line such as `up{job="api"}@st -1m+10sx5`; returns nil if the line is not of this kind.
    ///
    /// All points are absent; only the offsets count.
    init?(startTimestampLine line: String) throws {
        guard let description = try SeriesDescription(startTimestampLine: line) else { return nil }
        self.init(description)
    }

    private init(_ description: SeriesDescription) {
        labels = description.labels
        points = description.points.map(PromQLTestPoint.init)
        startOffsets = description.startOffsets
    }
}

extension PromQLTestPoint {
    fileprivate init(_ point: SeriesDescription.Point) {
        switch point {
        case .absent: self = .absent
        case .float(let value): self = .float(value)
        case .histogram(let histogram, let saysHint): self = .histogram(histogram, saysHint: saysHint)
        }
    }
}
