internal import KTSDBEngine
package import KTSDBModel
package import PrometheusWire

/// What takes room in a database: series, labels, churn, and how well its blocks are filled.
///
/// Reads all samples once. In memory is one entry for each pair of a label's name and value.
package struct StorageAnalysis: Sendable {
    /// A label's name, a pair, or the name of a metric.
    struct Entry: Sendable {
        var series: UInt64 = 0, samples: UInt64 = 0
        /// The share of the analysed time that its series are missing in, summed over the series.
        var uncovered = 0.0
    }
    /// A label's name.
    struct Name: Sendable {
        var values: UInt64 = 0, valueBytes: UInt64 = 0
        var entry = Entry()
    }
    /// The blocks of one level.
    struct Level: Sendable {
        var blocks: UInt64 = 0, series: UInt64 = 0, samples: UInt64 = 0, bytes: UInt64 = 0
    }

    private(set) var series: UInt64 = 0, samples: UInt64 = 0, pairEntries: UInt64 = 0
    private(set) var range: ClosedRange<Int64>?
    private(set) var pairs: [String: Entry] = [:], names: [String: Name] = [:], metrics: [String: Entry] = [:]
    private(set) var levels: [Int: Level] = [:]
    /// The length of the lists.
    private let limit: Int

    /// Analyses what matches, in a range of time.
    package init(
        _ stored: StoredView, _ lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>, limit: Int,
        progress: (UInt64) -> Void = { _ in }
    ) throws(StorageProblem) {
        self.limit = limit
        for block in stored.follower.blockList {
            var level = levels[block.level] ?? Level()
            level.blocks += 1
            level.series += block.series
            level.samples += block.samples
            level.bytes += block.byteCount
            levels[block.level] = level
        }
        let statistics = stored.follower.statistics
        if let first = statistics.minTime?.milliseconds, let last = statistics.maxTime?.milliseconds, first <= last {
            let low = max(first, range.lowerBound.milliseconds), high = min(last, range.upperBound.milliseconds)
            if low <= high { self.range = low...high }
        }
        let span = self.range.map { Double($0.upperBound) - Double($0.lowerBound) } ?? 0
        try stored.forEachSeries(lists, in: range) { found, columns throws(StorageProblem) in
            let count = UInt64(columns.times.count)
            let covered = Double(columns.times[columns.times.count - 1]) - Double(columns.times[0])
            let uncovered = span > 0 ? max(0, 1 - covered / span) : 0
            add(found.labels, count, uncovered)
            progress(series)
        }
    }

    private mutating func add(_ labels: Labels, _ count: UInt64, _ uncovered: Double) {
        series += 1
        samples += count
        func update(_ entry: inout Entry) {
            entry.series += 1
            entry.samples += count
            entry.uncovered += uncovered
        }
        for label in labels {
            pairEntries += 1
            let isNew = pairs["\(label.name)=\(label.value)"] == nil
            update(&pairs["\(label.name)=\(label.value)", default: Entry()])
            update(&names[label.name, default: Name()].entry)
            if isNew {
                names[label.name]!.values += 1
                names[label.name]!.valueBytes += UInt64(label.value.utf8.count)
            }
            if label.name == "__name__" { update(&metrics[label.value, default: Entry()]) }
        }
    }

    /// Bytes of the blocks for each sample in them.
    private var bytesPerSample: Double {
        let bytes = levels.values.reduce(0) { $0 + $1.bytes }, samples = levels.values.reduce(0) { $0 + $1.samples }
        return samples == 0 ? 0 : Double(bytes) / Double(samples)
    }

    private func bytes(_ entry: Entry) -> UInt64 { UInt64(Double(entry.samples) * bytesPerSample) }

    // MARK: Lists

    private struct Line {
        var count: UInt64
        var name: String
        var bytes: UInt64?
    }

    private func largest(_ lines: some Sequence<Line>) -> [Line] {
        Array(lines.filter { $0.count > 0 }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(limit))
    }

    private var lists: [(title: String, key: String, lines: [Line])] {
        [
            (
                "Label pairs most involved in churning", "labelPairsByChurn",
                largest(pairs.lazy.map { Line(count: UInt64($1.uncovered), name: $0, bytes: bytes($1)) })
            ),
            (
                "Label names most involved in churning", "labelNamesByChurn",
                largest(names.lazy.map { Line(count: UInt64($1.entry.uncovered), name: $0, bytes: bytes($1.entry)) })
            ),
            (
                "Most common label pairs", "labelPairsBySeries",
                largest(pairs.lazy.map { Line(count: $1.series, name: $0, bytes: bytes($1)) })
            ),
            (
                "Label names with highest cumulative label value length", "labelNamesByValueLength",
                largest(names.lazy.map { Line(count: $1.valueBytes, name: $0) })
            ),
            (
                "Highest cardinality labels", "labelNamesByValues",
                largest(names.lazy.map { Line(count: $1.values, name: $0) })
            ),
            (
                "Highest cardinality metric names", "metricNamesBySeries",
                largest(metrics.lazy.map { Line(count: $1.series, name: $0, bytes: bytes($1)) })
            ),
            (
                "Metric names with the most bytes", "metricNamesByBytes",
                largest(metrics.lazy.map { Line(count: bytes($1), name: $0) })
            ),
        ]
    }

    /// The analysis as text, in the order and with the titles of promtool's; after the names, about how many bytes of
    /// the blocks their samples take.
    package var text: String {
        var text = ""
        if let range {
            text += "Duration: \(HumanText.duration(milliseconds: range.upperBound - range.lowerBound))\n"
        }
        text += """
            Total Series: \(series)
            Total Samples: \(samples)
            Label names: \(names.count)
            Postings (unique label pairs): \(pairs.count)
            Postings entries (total label pairs): \(pairEntries)

            """
        for list in lists {
            text += "\n\(list.title):\n"
            for line in list.lines {
                text += "\(line.count) \(line.name)" + (line.bytes.map { " (\(HumanText.bytes($0)))" } ?? "") + "\n"
            }
        }
        text += "\nCompaction:\n"
        var lines = ["LEVEL\tBLOCKS\tSERIES\tSAMPLES\tSAMPLES A SERIES\tBYTES\tBYTES A SAMPLE"]
        for (number, level) in levels.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "\(number)\t\(level.blocks)\t\(level.series)\t\(level.samples)\t\(Self.ratio(level.samples, level.series))"
                    + "\t\(level.bytes)\t\(Self.ratio(level.bytes, level.samples))")
        }
        return text + AlignedTable.align(lines.joined(separator: "\n")) + "\n"
    }

    private static func ratio(_ part: UInt64, _ whole: UInt64) -> String {
        guard whole > 0 else { return "-" }
        let hundredths = Int((Double(part) / Double(whole) * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// The analysis as JSON.
    package var json: JSONTree {
        var members: [(String, JSONTree?)] = [
            ("minTime", range.map { .integer($0.lowerBound) }), ("maxTime", range.map { .integer($0.upperBound) }),
            ("series", .integer(series)), ("samples", .integer(samples)), ("labelNames", .integer(names.count)),
            ("labelPairs", .integer(pairs.count)), ("labelPairEntries", .integer(pairEntries)),
        ]
        for list in lists {
            let lines = list.lines.map { line in
                JSONTree.members([
                    ("name", .string(line.name)), ("count", .integer(line.count)),
                    ("bytes", line.bytes.map { .integer($0) }),
                ])
            }
            members.append((list.key, .array(lines)))
        }
        members.append(
            (
                "levels",
                .array(
                    levels.sorted { $0.key < $1.key }.map { number, level in
                        .members([
                            ("level", .integer(number)), ("blocks", .integer(level.blocks)),
                            ("series", .integer(level.series)), ("samples", .integer(level.samples)),
                            ("bytes", .integer(level.bytes)),
                        ])
                    })
            ))
        return .members(members)
    }
}
