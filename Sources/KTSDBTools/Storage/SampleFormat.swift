internal import KTSDBModel
internal import PrometheusWire

/// A form of samples as text, for exports and imports.
package enum SampleFormat: String, CaseIterable, Sendable {
    /// OpenMetrics text: a line for each float, times in seconds, and what is known of the metrics. Histograms and
    /// staleness markers have no place in it.
    case openmetrics
    /// A line `series,timestamp,value` for each float, times in milliseconds. Histograms have no place in it.
    case csv
    /// A JSON object a line, for up to 10,000 samples of a series: `{"metric":{…},"values":[…],"timestamps":[…]}`, as
    /// VictoriaMetrics exports them. Native histograms are in a list of their own, and everything is kept.
    case jsonl

    /// The format that a file's name says: `.prom`, `.om` and `.txt`, `.csv`, `.json` and `.jsonl`, each also with
    /// `.gz` after it.
    package init?(path: String) {
        let name =
            path.hasSuffix(".gz") ? String(path.dropLast(3)) : path.hasSuffix(".zst") ? String(path.dropLast(4)) : path
        guard let ending = name.split(separator: ".").last, name.contains(".") else { return nil }
        switch ending {
        case "prom", "om", "txt", "openmetrics": self = .openmetrics
        case "csv": self = .csv
        case "json", "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }
}

/// The text of values, of which each gives back the same bits.
enum SampleText {
    static let staleMarker = "StaleNaN"
    /// What `NaN` means as a text.
    static let notANumber = parseDouble("NaN") ?? .nan
    private static let bitsStart = "NaN(", bitsEnd = ")"

    /// Returns a value as text: the fewest digits that give it back, `+Inf`, `-Inf`, `NaN`, `StaleNaN`, or for one of
    /// the other values that are not numbers its bits, `NaN(7ff8000000000002)`.
    static func text(_ value: Double) -> String {
        if value.isStaleMarker { return staleMarker }
        guard value.isNaN, value.bitPattern != notANumber.bitPattern else { return formatDouble(value) }
        return bitsStart + String(value.bitPattern, radix: 16) + bitsEnd
    }

    static func value(_ text: String) -> Double? {
        if text == staleMarker { return .staleMarker }
        guard text.hasPrefix(bitsStart), text.hasSuffix(bitsEnd) else { return parseDouble(text) }
        let bits = UInt64(text.dropFirst(bitsStart.count).dropLast(bitsEnd.count), radix: 16)
        return bits.map { Double(bitPattern: $0) }.flatMap { $0.isNaN ? $0 : nil }
    }
}
