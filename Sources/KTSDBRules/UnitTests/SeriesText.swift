internal import GoTemplate
internal import KTSDBModel
internal import PromQL

/// Series with their samples, as Prometheus prints them.
enum SeriesText {
    /// `{a="b"} =>`, then a line for each sample: `1.5 @[60000]`.
    static func text(_ series: MatrixSeries) -> String {
        var lines = [name(series.labels) + " =>"]
        for (time, value) in zip(series.timestamps, series.values) {
            lines.append("\(number(value)) @[\(time.milliseconds)]")
        }
        for (time, histogram) in zip(series.histogramTimestamps, series.histograms) {
            lines.append("\(HistogramText.text(histogram)) @[\(time.milliseconds)]")
        }
        return lines.joined(separator: "\n")
    }

    /// Returns a number, without an exponent if it is whole and below 1e18.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e18
            ? "\(Int64(value))" : GoFormat.text("%v", .float(value))
    }

    /// `{__name__="up", job="a"}`
    private static func name(_ labels: Labels) -> String { labelText(labels) }
}
