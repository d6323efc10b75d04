internal import KTSDBModel
internal import PrometheusWire

/// The samples of one series in a line of JSON.
struct SampleLine {
    private(set) var values: [JSONTree] = [], times: [JSONTree] = [], starts: [JSONTree] = []
    private(set) var histograms: [JSONTree] = []
    private var hasStarts = false

    mutating func add(_ value: Double, _ time: Int64, _ start: Int64) {
        values.append(Self.number(value))
        times.append(.integer(time))
        starts.append(.integer(start))
        hasStarts = hasStarts || start != 0
    }

    mutating func add(_ histogram: Histogram, _ time: Int64, _ start: Int64) {
        histograms.append(
            .members([
                ("timestamp", .integer(time)), ("start", start == 0 ? nil : .integer(start)),
                ("gauge", histogram.counterResetHint == .gauge ? .bool(true) : nil),
                ("schema", .integer(histogram.schema)), ("count", Self.number(histogram.count)),
                ("sum", Self.number(histogram.sum)),
                ("zero_threshold", histogram.usesCustomBuckets ? nil : Self.number(histogram.zeroThreshold)),
                ("zero_count", histogram.usesCustomBuckets ? nil : Self.number(histogram.zeroCount)),
                ("positive", Self.buckets(histogram.positive)), ("negative", Self.buckets(histogram.negative)),
                (
                    "custom_values",
                    histogram.usesCustomBuckets ? .array(histogram.customBounds.map(Self.number)) : nil
                ),
            ]))
    }

    /// The whole line.
    func tree(_ metric: JSONTree) -> JSONTree {
        .members([
            ("metric", metric), ("values", .array(values)), ("timestamps", .array(times)),
            ("start_timestamps", hasStarts ? .array(starts) : nil),
            ("histograms", histograms.isEmpty ? nil : .array(histograms)),
        ])
    }

    private static func buckets(_ buckets: HistogramBuckets) -> JSONTree? {
        guard !buckets.isEmpty else { return nil }
        return .members([
            (
                "spans",
                .array(buckets.spans.map { .array([.integer($0.offset), .integer($0.length)]) })
            ), ("counts", .array(buckets.counts.map(number))),
        ])
    }

    /// A number; null is NaN, and what JSON has no number for is a string.
    static func number(_ value: Double) -> JSONTree {
        if value.isNaN {
            return value.bitPattern == SampleText.notANumber.bitPattern ? .null : .string(SampleText.text(value))
        }
        if value.isInfinite { return .string(value > 0 ? "Infinity" : "-Infinity") }
        return .number(formatDouble(value))
    }

    // MARK: Reading

    /// A sample that was read: a float, or a histogram.
    struct Row {
        var time: Int64, start: Int64
        var value: Double
        var histogram: Histogram?
    }

    /// Reads a line.
    ///
    /// - Throws: ``StorageProblem`` that says what is wrong with it.
    static func read(_ bytes: [UInt8]) throws(StorageProblem) -> (labels: Labels, rows: [Row]) {
        let tree: JSONTree
        do throws(JSONTreeParser.Problem) { tree = try JSONTreeParser.parse(bytes) } catch {
            throw StorageProblem("\(error)")
        }
        guard case .object(let members)? = tree["metric"] else { throw StorageProblem("it has no metric") }
        var pairs: [(String, String)] = []
        for member in members {
            guard let value = member.value.text else {
                throw StorageProblem("the label \(member.name) is not a string")
            }
            if !value.isEmpty { pairs.append((member.name, value)) }
        }
        guard Set(pairs.map(\.0)).count == pairs.count else { throw StorageProblem("a label occurs twice") }
        let values = try list(tree, "values"), times = try list(tree, "timestamps")
        let starts = try list(tree, "start_timestamps")
        guard values.count == times.count, starts.isEmpty || starts.count == times.count else {
            throw StorageProblem("it has \(values.count) values and \(times.count) timestamps")
        }
        var rows: [Row] = []
        for index in values.indices {
            rows.append(
                Row(
                    time: try integer(times[index]), start: starts.isEmpty ? 0 : try integer(starts[index]),
                    value: try double(values[index])))
        }
        for item in try list(tree, "histograms") { rows.append(try histogram(item)) }
        rows.sort { $0.time < $1.time }
        return (Labels(pairs), rows)
    }

    private static func list(_ tree: JSONTree, _ name: String) throws(StorageProblem) -> [JSONTree] {
        switch tree[name] {
        case nil: return []
        case .array(let elements): return elements
        default: throw StorageProblem("\(name) is not a list")
        }
    }

    private static func integer(_ tree: JSONTree?) throws(StorageProblem) -> Int64 {
        guard case .number(let text)? = tree, let value = Int64(text) else {
            throw StorageProblem(
                "\(tree.map { String(decoding: $0.encoded, as: UTF8.self) } ?? "nothing") is not an integer")
        }
        return value
    }

    private static func double(_ tree: JSONTree?) throws(StorageProblem) -> Double {
        switch tree {
        case .null: return SampleText.notANumber
        case .number(let text), .string(let text):
            if let value = SampleText.value(text) { return value }
        default: break
        }
        throw StorageProblem("\(tree.map { String(decoding: $0.encoded, as: UTF8.self) } ?? "nothing") is not a number")
    }

    private static func histogram(_ tree: JSONTree) throws(StorageProblem) -> Row {
        var histogram = Histogram()
        guard let schema = Int32(exactly: try integer(tree["schema"])) else {
            throw StorageProblem("the schema is unknown")
        }
        histogram.schema = schema
        histogram.count = try double(tree["count"])
        histogram.sum = try double(tree["sum"])
        if let value = tree["zero_threshold"] { histogram.zeroThreshold = try double(value) }
        if let value = tree["zero_count"] { histogram.zeroCount = try double(value) }
        if case .bool(true)? = tree["gauge"] { histogram.counterResetHint = .gauge }
        for bound in try list(tree, "custom_values") { histogram.customBounds.append(try double(bound)) }
        if let value = tree["positive"] { histogram.positive = try buckets(value) }
        if let value = tree["negative"] { histogram.negative = try buckets(value) }
        let start = try tree["start"].map { tree throws(StorageProblem) in try integer(tree) } ?? 0
        return Row(time: try integer(tree["timestamp"]), start: start, value: 0, histogram: histogram)
    }

    private static func buckets(_ tree: JSONTree) throws(StorageProblem) -> HistogramBuckets {
        var buckets = HistogramBuckets(), room: UInt64 = 0
        for count in try list(tree, "counts") { buckets.counts.append(try double(count)) }
        for span in try list(tree, "spans") {
            guard case .array(let pair) = span, pair.count == 2,
                let offset = Int32(exactly: try integer(pair[0])), let length = UInt32(exactly: try integer(pair[1]))
            else { throw StorageProblem("a span of buckets is malformed") }
            buckets.spans.append(HistogramSpan(offset: offset, length: length))
            room += UInt64(length)
        }
        guard room == UInt64(buckets.counts.count) else {
            throw StorageProblem("the spans have \(room) buckets, and there are \(buckets.counts.count) counts")
        }
        return buckets
    }
}
