package import KTSDBModel
internal import PrometheusWire

/// Draws series as a chart of characters: values upwards, time from left to right, a letter for each series.
///
/// ```
///   3.00 |              aa
///        |        aaa
///   1.00 |aaaaaa           bbbb
///        +---------------------
///         2026-01-02 15:00:00 … 2026-01-02 16:00:00 UTC
///   a  up{job="api"}  min 1, average 2, max 3, last 3
/// ```
package struct TerminalChart: Sendable {
    /// The most series that are drawn.
    package static let seriesLimit = 12
    /// The fewest and the most columns of a chart.
    private static let columnBounds = 40...400
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")

    private let columns: Int
    private let rows: Int

    /// Creates a chart for a terminal of this many columns; `rows` is the height of the drawing, in lines.
    package init(columns: Int = 80, rows: Int = 16) {
        self.columns = min(max(columns, Self.columnBounds.lowerBound), Self.columnBounds.upperBound)
        self.rows = max(rows, 2)
    }

    /// Returns the chart of series over a range of time. Points that are not finite are left out.
    package func text(_ series: [QueriedSeries], over range: ClosedRange<Timestamp>) -> String {
        let drawn = Array(series.prefix(Self.seriesLimit))
        let values = drawn.flatMap { $0.points.map(\.value) }.filter(\.isFinite)
        guard let low = values.min(), let high = values.max() else { return "no numbers in this range\n" }
        let scale = ChartScale(low, high, rows: rows), labels = scale.labels
        let margin = labels.map(\.count).max() ?? 0, width = columns - margin - 2
        var text = ""
        for (line, label) in zip(grid(drawn, range, scale, width: width), labels) {
            text += String(repeating: " ", count: margin - label.count) + label + " |" + Self.trimmed(line) + "\n"
        }
        let indent = String(repeating: " ", count: margin + 1)
        text += indent + "+" + String(repeating: "-", count: width) + "\n"
        text += indent + " \(Self.shown(range.lowerBound)) … \(Self.shown(range.upperBound)) UTC\n"
        return text + legend(series)
    }

    /// Returns the lines of the drawing, from the highest values down.
    private func grid(
        _ series: [QueriedSeries], _ range: ClosedRange<Timestamp>, _ scale: ChartScale, width: Int
    ) -> [[Character]] {
        var lines = [[Character]](repeating: [Character](repeating: " ", count: width), count: rows)
        let start = range.lowerBound.milliseconds
        let length = Double(range.upperBound.milliseconds) - Double(start)
        for (letter, series) in zip(Self.letters, series) {
            for point in series.points where point.value.isFinite {
                let place = length > 0 ? (Double(point.time.milliseconds) - Double(start)) / length : 0
                guard place >= 0, place <= 1 else { continue }
                lines[scale.line(of: point.value)][Int((place * Double(width - 1)).rounded())] = letter
            }
        }
        return lines
    }

    private func legend(_ series: [QueriedSeries]) -> String {
        var text = ""
        for (letter, series) in zip(Self.letters, series.prefix(Self.seriesLimit)) {
            let values = series.points.map(\.value).filter(\.isFinite)
            var line = "\(letter)  \(series.labels.text)"
            if let low = values.min(), let high = values.max(), let last = values.last {
                let average = values.reduce(0) { $0 + $1 / Double(values.count) }
                let numbers = [("min", low), ("average", average), ("max", high), ("last", last)]
                line += "  " + numbers.map { "\($0) \(ChartScale.short($1))" }.joined(separator: ", ")
            }
            if !series.histograms.isEmpty { line += "  (histograms are not drawn)" }
            text += line + "\n"
        }
        let rest = series.count - Self.seriesLimit
        if rest > 0 { text += "and \(rest) more series; select fewer, or ask for --format=csv\n" }
        return text
    }

    private static func trimmed(_ line: [Character]) -> String {
        String(line.prefix((line.lastIndex { $0 != " " } ?? -1) + 1))
    }

    /// Returns a time such as `2026-01-02 15:04:05`.
    private static func shown(_ time: Timestamp) -> String {
        String(RFC3339.format(time).prefix(19)).replacing("T", with: " ")
    }
}
