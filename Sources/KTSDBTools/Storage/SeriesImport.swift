package import KTSDBEngine
internal import KTSDBModel
internal import PrometheusWire

/// Reads samples from text and stores those that are not stored yet, so that an import can be repeated.
///
/// In memory are one line, the samples of one commit, and those that are stored already of one series in the times of
/// that commit.
package struct SeriesImport {
    /// What was stored, and what was not.
    package struct Report: Hashable, Sendable {
        /// Samples that were read, and those of them that were stored, or were there already.
        package var read = 0, stored = 0, repeated = 0
        /// Samples that were not stored, by the reason.
        package var refused: [String: Int] = [:]

        package init() {}

        /// How many samples were not stored.
        package var refusedCount: Int { refused.values.reduce(0, +) }
    }

    private struct Row {
        var labels: Labels
        var sample: SampleLine.Row

        func append(to batch: inout Batch) {
            let time = Timestamp(milliseconds: sample.time)
            let start = sample.start == 0 ? nil : Timestamp(milliseconds: sample.start)
            if let histogram = sample.histogram {
                batch.append(histogram, at: time, startedAt: start, to: labels)
            } else if let start {
                batch.append(sample.value, at: time, startedAt: start, to: labels)
            } else {
                batch.append(sample.value, at: time, to: labels)
            }
        }
    }

    private let database: Database
    private let format: SampleFormat
    private let replaces: Bool
    private var rows: [Row] = []
    package private(set) var report = Report()
    /// The series of the last line, whose text is often that of the next.
    private var lastText: [UInt8] = [], lastLabels = Labels()
    private var hasEnded = false
    /// What the file says of metrics.
    private var metadata: [String: MetricMetadata] = [:]
    /// How many samples are committed together.
    private static let rowsInCommit = 20_000

    /// Stores samples in `database`. If `replaces` is set, they count instead of others that are stored at their times.
    package init(_ format: SampleFormat, into database: Database, replaces: Bool = false) {
        self.format = format
        self.replaces = replaces
        self.database = database
    }

    /// Stores everything in a file, or standard input.
    ///
    /// - Throws: ``StorageProblem`` that names the line; what comes before that line is stored then.
    package mutating func run(_ input: LineInput, _ name: String, progress: (Report) -> Void = { _ in })
        throws(StorageProblem)
    {
        while let line = try input.next() {
            do throws(StorageProblem) { try take(line, isFirst: input.line == 1) } catch {
                try commit()
                try storeMetadata()
                throw StorageProblem("\(name), line \(input.line): \(error)")
            }
            if rows.count >= Self.rowsInCommit {
                try commit()
                progress(report)
            }
        }
        try commit()
        try storeMetadata()
        if format == .openmetrics, !hasEnded { throw StorageProblem("\(name): # EOF is missing: the file is cut off") }
        progress(report)
    }

    private mutating func take(_ line: [UInt8], isFirst: Bool) throws(StorageProblem) {
        guard !line.isEmpty else { return }
        switch format {
        case .jsonl:
            let (labels, found) = try SampleLine.read(line)
            for sample in found { add(labels, sample) }
        case .csv:
            guard let fields = CSVLine.fields(line) else { throw StorageProblem("a quote does not end") }
            guard fields.count == 3 else { throw StorageProblem("it has \(fields.count) fields instead of 3") }
            if isFirst, fields.map({ String(decoding: $0, as: UTF8.self) }) == ["series", "timestamp", "value"] {
                return
            }
            guard let time = Int64(String(decoding: fields[1], as: UTF8.self)) else {
                throw StorageProblem("the timestamp is not a number of milliseconds")
            }
            add(try labels(fields[0]), .init(time: time, start: 0, value: try value(fields[2])))
        case .openmetrics: try takeOpenMetrics(line)
        }
    }

    private mutating func add(_ labels: Labels, _ sample: SampleLine.Row) {
        report.read += 1
        rows.append(Row(labels: labels, sample: sample))
    }

    private mutating func takeOpenMetrics(_ line: [UInt8]) throws(StorageProblem) {
        if hasEnded { throw StorageProblem("it comes after # EOF") }
        if line[0] == UInt8(ascii: "#") {
            hasEnded = line == Array("# EOF".utf8)
            if let line = MetadataLine(line) { line.apply(to: &metadata[line.name, default: MetricMetadata()]) }
            return
        }
        // The labels end with the last brace outside of quotes, or with the first blank without braces.
        var position = 0, isQuoted = false, depth = 0
        while position < line.count {
            let byte = line[position]
            if isQuoted {
                if byte == UInt8(ascii: "\\") { position += 1 } else if byte == UInt8(ascii: "\"") { isQuoted = false }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: "{") {
                depth += 1
            } else if byte == UInt8(ascii: "}") {
                depth -= 1
            } else if depth == 0, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                break
            }
            position += 1
        }
        let end = min(position, line.count)
        let rest = line[end...].split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") })
        guard let first = rest.first else { throw StorageProblem("it has no value") }
        // What follows `#` is an exemplar.
        guard rest.count > 1, rest[1] != [UInt8(ascii: "#")] else { throw StorageProblem("it has no timestamp") }
        guard rest.count == 2 || rest[2].first == UInt8(ascii: "#") else {
            throw StorageProblem("it has text after the timestamp")
        }
        let time = try Self.milliseconds(Array(rest[1]))
        add(try labels(Array(line[..<end])), .init(time: time, start: 0, value: try value(Array(first))))
    }

    /// Stores what the file says of metrics, after their samples. Where something else is known, that stays, unless
    /// this import replaces.
    private func storeMetadata() throws(StorageProblem) {
        guard !metadata.isEmpty else { return }
        let known: [String: MetricMetadata]
        do throws(ReadError) { known = try database.readView().metadata() } catch { throw StorageProblem(error) }
        let new = metadata.filter { known[$0.key] == nil || (replaces && known[$0.key] != $0.value) }
        guard !new.isEmpty else { return }
        do throws(AppendError) {
            try database.append { batch in
                for (name, metadata) in new { batch.setMetadata(metadata, of: name) }
            }
        } catch { throw StorageProblem("\(error)") }
    }

    /// Seconds, possibly with a fraction, as milliseconds: the nearest one.
    static func milliseconds(_ text: [UInt8]) throws(StorageProblem) -> Int64 {
        guard let seconds = parseDouble(text.span), seconds.isFinite, seconds.magnitude < 9e15 else {
            throw StorageProblem("the timestamp \(String(decoding: text, as: UTF8.self)) is not a number of seconds")
        }
        return Int64((seconds * 1000).rounded())
    }

    private mutating func labels(_ text: [UInt8]) throws(StorageProblem) -> Labels {
        if text == lastText { return lastLabels }
        guard let labels = LabelText.labels(String(decoding: text, as: UTF8.self)), !labels.isEmpty else {
            throw StorageProblem("the series \(String(decoding: text, as: UTF8.self)) is malformed")
        }
        (lastText, lastLabels) = (text, labels)
        return labels
    }

    private func value(_ text: [UInt8]) throws(StorageProblem) -> Double {
        guard let value = SampleText.value(String(decoding: text, as: UTF8.self)) else {
            throw StorageProblem("the value \(String(decoding: text, as: UTF8.self)) is not a number")
        }
        return value
    }

    private mutating func commit() throws(StorageProblem) {
        guard !rows.isEmpty else { return }
        let rows: [Row]
        do throws(ReadError) { rows = try takeRows() } catch { throw StorageProblem(error) }
        do throws(AppendError) {
            let summary = try database.append { batch in
                if replaces { batch.duplicates = .keepLast }
                for row in rows { row.append(to: &batch) }
            }
            report.stored += summary.appended
            report.repeated += summary.repeated
            for (reason, count) in summary.rejections { report.refused[reason.rawValue, default: 0] += count }
        } catch { throw StorageProblem("\(error)") }
    }

    /// Takes the rows that wait, and leaves out those that need not or cannot be stored.
    private mutating func takeRows() throws(ReadError) -> [Row] {
        defer { rows.removeAll(keepingCapacity: true) }
        var places: [Labels: [Int]] = [:], isLeftOut = [Bool](repeating: false, count: rows.count)
        for index in rows.indices { places[rows[index].labels, default: []].append(index) }
        let view = database.readView()
        for (labels, indices) in places {
            let times = indices.map { rows[$0].sample.time }
            let range = Timestamp(milliseconds: times.min()!)...Timestamp(milliseconds: times.max()!)
            guard let newest = try view.newest(of: labels), newest.timestamp >= range.lowerBound else { continue }
            let stored = try StoredTimes(labels, in: range, of: view)
            for index in indices {
                switch stored.compare(rows[index].sample) {
                case .absent: continue
                case .equal: report.repeated += 1
                case .different where replaces: continue
                case .different: report.refused[RejectionReason.duplicateTimestamp.rawValue, default: 0] += 1
                }
                isLeftOut[index] = true
            }
        }
        return zip(rows, isLeftOut).filter { !$1 }.map(\.0)
    }
}
