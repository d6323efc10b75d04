internal import KTSDBModel

extension QueryValue: CustomStringConvertible {
    /// A line for each element or series, as promtool prints them: `up{job="api"} => 1 @[1700000000000]`.
    public var description: String {
        switch self {
        case .scalar(let sample): "scalar: \(plainText(sample.value)) @[\(sample.timestamp)]"
        case .string(let text, let time): "\(text) @[\(time)]"
        case .vector(let elements): elements.map(\.description).joined(separator: "\n")
        case .matrix(let series): series.map(\.description).joined(separator: "\n")
        }
    }
}

extension VectorElement: CustomStringConvertible {
    /// The labels, `=>`, the value and its time in milliseconds.
    public var description: String {
        "\(labels) => \(histogram.map { "\($0)" } ?? plainText(value)) @[\(timestamp)]"
    }
}

extension MatrixSeries: CustomStringConvertible {
    /// The labels, `=>`, and a line for each value with its time in milliseconds.
    public var description: String {
        let floats = zip(timestamps, values).map { ($0, plainText($1)) }
        let others = zip(histogramTimestamps, histograms).map { ($0, "\($1)") }
        let points = (floats + others).sorted { $0.0 < $1.0 }
        return "\(labels) =>\n" + points.map { "\($1) @[\($0)]" }.joined(separator: "\n")
    }
}
