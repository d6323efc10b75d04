internal import KTSDBEngine
package import KTSDBModel
internal import PrometheusWire

/// Writes samples as text: ``SampleFormat``, or one of the two forms of promtool's `tsdb dump`.
package struct SeriesExport {
    /// A format, or a form of promtool.
    package enum Form: Hashable, Sendable {
        case format(SampleFormat)
        /// `{__name__="up", job="api"} 1 1700000000000`.
        case dump
    }

    /// What was written, and what the format has no place for.
    package struct Report: Hashable, Sendable {
        package var series = 0, samples = 0, histograms = 0
        package var skippedHistograms = 0, skippedMarkers = 0
        /// Why metadata was left out; nil if it was not.
        package var metadataProblem: String?

        package init() {}
    }

    private let form: Form
    private let output: ExportOutput
    /// What is not written yet.
    private var metadata: [String: MetricMetadata] = [:]
    package private(set) var report = Report()
    /// How many samples of a series a line of JSON has at most.
    private static let rowsInLine = 10_000

    package init(_ form: Form, to output: ExportOutput) {
        self.form = form
        self.output = output
    }

    /// Writes everything that matches.
    package mutating func run(
        _ stored: StoredView, _ lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>,
        progress: (Report) -> Void = { _ in }
    ) throws(StorageProblem) {
        if form == .format(.csv) { try output.write("series,timestamp,value\n") }
        if form == .format(.openmetrics) {
            do throws(ReadError) { metadata = try stored.view.metadata() } catch { report.metadataProblem = "\(error)" }
        }
        try stored.forEachSeries(lists, in: range) { series, columns throws(StorageProblem) in
            report.series += 1
            switch form {
            case .format(.openmetrics): try writeOpenMetrics(series, columns)
            case .format(.csv): try writeCSV(series, columns)
            case .format(.jsonl): try writeJSON(series, columns)
            case .dump: try writeDump(series, columns)
            }
            progress(report)
        }
        if form == .format(.openmetrics) { try output.write("# EOF\n") }
    }

    /// Calls `body` for each float.
    private mutating func forEachFloat(
        _ columns: borrowing SampleColumns, withMarkers: Bool,
        _ body: (Int64, Double) throws(StorageProblem) -> Void
    ) throws(StorageProblem) {
        var next = 0
        for row in 0..<columns.times.count {
            if next < columns.histograms.count, Int(columns.histograms.rows[next]) == row {
                next += 1
                report.skippedHistograms += 1
            } else if !withMarkers, columns.values[row].isStaleMarker {
                report.skippedMarkers += 1
            } else {
                report.samples += 1
                try body(columns.times[row], columns.values[row])
            }
        }
    }

    private mutating func writeOpenMetrics(
        _ series: StoredSeries, _ columns: borrowing SampleColumns
    ) throws(StorageProblem) {
        let output = output, head = Self.openMetricsHead(series.labels)
        let name = series.labels.metricName.flatMap(nameOfMetadata)
        var lines = name.map { MetadataLine.text(metadata[$0]!, of: $0) } ?? ""
        try forEachFloat(columns, withMarkers: false) { time, value throws(StorageProblem) in
            if !lines.isEmpty {
                try output.write(lines)
                lines = ""
            }
            try output.write("\(head) \(GoNumber.shortest(value)) \(Self.seconds(time))\n")
        }
        if let name, lines.isEmpty { metadata[name] = nil }
    }

    /// The name under which there is metadata of a metric that is not written yet: its own, or that of its family.
    private func nameOfMetadata(_ metric: String) -> String? {
        guard !metadata.isEmpty else { return nil }
        if metadata[metric] != nil { return metric }
        for suffix in MetricMetadata.familySuffixes where metric.hasSuffix(suffix) {
            let family = String(metric.dropLast(suffix.count))
            if metadata[family] != nil { return family }
        }
        return nil
    }

    /// The labels without blanks between them, as promtool writes them.
    static func openMetricsHead(_ labels: Labels) -> String {
        var name = "", parts: [String] = []
        for label in labels {
            if label.name == "__name__", LabelName.isLegacyMetricName(label.value) {
                name = label.value
            } else if label.name == "__name__" {
                parts.insert(LabelText.quoted(label.value), at: 0)
            } else {
                let written = LabelName.isLegacy(label.name) ? label.name : LabelText.quoted(label.name)
                parts.append("\(written)=\(LabelText.quoted(label.value))")
            }
        }
        return parts.isEmpty && !name.isEmpty ? name : "\(name){\(parts.joined(separator: ","))}"
    }

    /// Milliseconds as seconds with three decimals.
    static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds.magnitude % 1000)
        let whole = milliseconds.magnitude / 1000
        return (milliseconds < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private mutating func writeCSV(_ series: StoredSeries, _ columns: borrowing SampleColumns) throws(StorageProblem) {
        let output = output, field = CSVLine.field(series.text)
        try forEachFloat(columns, withMarkers: true) { time, value throws(StorageProblem) in
            try output.write("\(field),\(time),\(SampleText.text(value))\n")
        }
    }

    private mutating func writeDump(_ series: StoredSeries, _ columns: borrowing SampleColumns) throws(StorageProblem) {
        let text = series.goText
        var next = 0
        for row in 0..<columns.times.count {
            if next < columns.histograms.count, Int(columns.histograms.rows[next]) == row {
                let histogram = columns.histograms.values[next]
                next += 1
                report.histograms += 1
                try output.write("\(text) \(histogram) \(columns.times[row])\n")
            } else {
                report.samples += 1
                try output.write("\(text) \(GoNumber.shortest(columns.values[row])) \(columns.times[row])\n")
            }
        }
    }

    private mutating func writeJSON(_ series: StoredSeries, _ columns: borrowing SampleColumns) throws(StorageProblem) {
        let metric = JSONTree.object(series.labels.map { JSONTree.Member($0.name, .string($0.value)) })
        var first = 0, next = 0
        while first < columns.times.count {
            let end = min(columns.times.count, first + Self.rowsInLine)
            var line = SampleLine()
            for row in first..<end {
                let start = columns.startTimes.count == 0 ? 0 : columns.startTimes[row]
                if next < columns.histograms.count, Int(columns.histograms.rows[next]) == row {
                    line.add(columns.histograms.values[next], columns.times[row], start)
                    next += 1
                    report.histograms += 1
                } else {
                    line.add(columns.values[row], columns.times[row], start)
                    report.samples += 1
                }
            }
            var bytes = line.tree(metric).encoded
            bytes.append(UInt8(ascii: "\n"))
            try output.write(bytes)
            first = end
        }
    }
}
