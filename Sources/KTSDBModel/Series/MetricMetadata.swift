/// What a metric is, as those say who expose it.
public struct MetricMetadata: Hashable, Sendable, Codable {
    /// `counter`, `gauge`, `histogram`, `gaugehistogram`, `summary`, `info`, `stateset` or `unknown`.
    public var type: String
    /// What the metric means.
    public var help: String
    /// The metric's unit, often empty.
    public var unit: String

    /// Creates metadata.
    public init(type: String = "unknown", help: String = "", unit: String = "") {
        self.type = type
        self.help = help
        self.unit = unit
    }

    /// The names of metrics that an entry may be about beside one of its own name: those of the series of a family.
    package static let familySuffixes = [
        "_total", "_bucket", "_count", "_sum", "_created", "_info", "_gcount", "_gsum",
    ]
}
