/// The metadata of a metric, as its targets expose it.
public struct MetricMetadata: Hashable, Sendable, Codable {
    /// `counter`, `gauge`, `histogram`, `gaugehistogram`, `summary`, `info`, `stateset` or `unknown`.
    public var type: String
    /// The metric's help text, often empty.
    public var help: String
    /// The metric's unit, often empty.
    public var unit: String

    /// Creates metadata.
    public init(type: String = "unknown", help: String = "", unit: String = "") {
        self.type = type
        self.help = help
        self.unit = unit
    }

    /// An entry also applies to the metrics whose name is its own with one of these suffixes: the series of a family.
    package static let familySuffixes = [
        "_total", "_bucket", "_count", "_sum", "_created", "_info", "_gcount", "_gsum",
    ]
}
