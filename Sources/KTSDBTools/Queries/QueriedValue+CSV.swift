internal import KTSDBModel
internal import PrometheusWire

extension QueriedValue {
    /// The value as comma-separated cells (RFC 4180, but with line feeds): a column for each label, one for the time in
    /// seconds since 1970, and one for the value. Each point is a line of its own.
    package var csv: String {
        switch self {
        case .scalar(let point):
            CSVText.lines([["timestamp", "value"], [point.time.secondsText, point.valueText]])
        case .string(let text, let time): CSVText.lines([["timestamp", "value"], [time.secondsText, text]])
        case .vector(let series), .matrix(let series): Self.csv(series)
        }
    }

    private static func csv(_ series: [QueriedSeries]) -> String {
        let names = CSVText.names(series.map(\.labels))
        var rows = [names + ["timestamp", "value"]]
        for series in series {
            let cells = names.map { series.labels[$0] ?? "" }
            rows += series.points.map { cells + [$0.time.secondsText, $0.valueText] }
            rows += series.histograms.map { cells + [$0.time.secondsText, $0.text] }
        }
        return CSVText.lines(rows)
    }
}

/// Comma-separated cells.
enum CSVText {
    /// Returns a line for each row; cells with commas, quotes or line breaks are quoted.
    static func lines(_ rows: [[String]]) -> String {
        rows.map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
    }

    /// Returns the names of all labels: `__name__` first, then in the order of their bytes.
    static func names(_ series: [QueriedLabels]) -> [String] {
        var names = Set(series.flatMap { $0.labels.map(\.name) })
        let first = names.remove("__name__").map { [$0] } ?? []
        return first + names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func cell(_ text: String) -> String {
        let isPlain = !text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
