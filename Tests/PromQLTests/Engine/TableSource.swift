import KTSDBModel
import PromQL
import Synchronization

/// Series in memory, for queries in tests.
struct TableSource: SeriesSource {
    struct Series: Sendable {
        var labels: Labels
        var samples: [Sample]
    }
    /// In canonical order.
    let series: [Series]
    /// Whether series with equal times share a time column, as those of one target do.
    var sharesTimes = false

    init(_ series: [Series]) {
        self.series = series.sorted {
            let a = $0.labels.fingerprint, b = $1.labels.fingerprint
            return a != b ? a < b : $0.labels.stringForm.lexicographicallyPrecedes($1.labels.stringForm)
        }
    }

    /// Series by selector, with one value for each step from 0 on; nil leaves a step out.
    init(step: Int64 = 60, _ values: KeyValuePairs<String, [Double?]>) {
        self.init(
            values.map { name, values in
                Series(
                    labels: labels(name),
                    samples: values.enumerated().compactMap { index, value in
                        value.map { Sample(timestamp: Timestamp(milliseconds: Int64(index) * step * 1000), value: $0) }
                    })
            })
    }

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        Selected(
            series: series.filter { series in matchers.allSatisfy { $0.matches(series.labels) } }, range, sharesTimes)
    }

    private struct Selected: SelectedSeries {
        let series: [Series]
        let range: ClosedRange<Timestamp>
        let sharesTimes: Bool

        init(series: [Series], _ range: ClosedRange<Timestamp>, _ sharesTimes: Bool) {
            self.series = series
            self.range = range
            self.sharesTimes = sharesTimes
        }

        var count: Int { series.count }

        func labels(at position: Int) -> Labels { series[position].labels }

        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            columns.removeAll()
            var id: UInt64 = 1
            for sample in series[position].samples where range.contains(sample.timestamp) {
                columns.times.append(sample.timestamp.milliseconds)
                columns.values.append(sample.value)
                id = id &* 31 &+ UInt64(bitPattern: sample.timestamp.milliseconds)
            }
            if sharesTimes { columns.timeColumnID = id }
        }
    }
}

/// The labels that a selector with equality alone names.
func labels(_ selector: String) -> Labels {
    if selector.isEmpty || selector == "{}" { return Labels() }
    guard case .vectorSelector(let node)? = try? parse(selector) else {
        preconditionFailure("No selector: \(selector)")
    }
    return Labels(node.matchers.map { ($0.name, $0.value) })
}

/// The engine with all experimental parts switched on.
func testEngine(_ change: (inout EngineOptions) -> Void = { _ in }) -> PromQLEngine {
    var options = EngineOptions()
    options.parser.experimentalFunctions = true
    options.parser.extendedRangeSelectors = true
    options.parser.fillModifiers = true
    change(&options)
    return PromQLEngine(options)
}

extension PromQLEngine {
    /// The result of an instant query, `seconds` after 1970.
    func result(_ text: String, at seconds: Double, in source: some SeriesSource) throws -> QueryResult {
        try evaluate(
            try expression(text), text: text, at: Timestamp(milliseconds: Int64(seconds * 1000)), in: source)
    }

    /// The result of a range query, in seconds.
    func result(_ text: String, from: Double, to: Double, step: Double, in source: some SeriesSource) throws
        -> QueryResult
    {
        let range = Timestamp(milliseconds: Int64(from * 1000))...Timestamp(milliseconds: Int64(to * 1000))
        return try evaluate(
            try expression(text), text: text, over: range, step: .milliseconds(Int64(step * 1000)), in: source)
    }

    /// The points of an instant query as text: `a{b="c"} 1`, ordered by labels unless `inOrder`.
    func lines(_ text: String, at seconds: Double = 0, in source: some SeriesSource, inOrder: Bool = false) throws
        -> [String]
    {
        let lines = try result(text, at: seconds, in: source).lines
        return inOrder ? lines : lines.sorted()
    }

    /// The series of a range query as text: `a 1 _ 3`, with `_` where there is no point.
    func lines(_ text: String, from: Double, to: Double, step: Double, in source: some SeriesSource) throws -> [String]
    {
        guard case .matrix(let series) = try result(text, from: from, to: to, step: step, in: source).value else {
            return []
        }
        let count = Int((to - from) / step) + 1
        return series.map { series in
            var values = [String](repeating: "_", count: count)
            for sample in series.samples {
                values[Int((Double(sample.timestamp.milliseconds) / 1000 - from) / step)] = number(sample.value)
            }
            return "\(series.labels) \(values.joined(separator: " "))"
        }
    }
}

extension QueryResult {
    /// The result as text, one line for each series.
    var lines: [String] {
        switch value {
        case .scalar(let sample): [number(sample.value)]
        case .string(let text, _): [text]
        case .vector(let elements): elements.map { "\($0.labels) \(number($0.value))" }
        case .matrix(let series):
            series.map { series in
                let points = series.samples.map { "\(number($0.value))@\($0.timestamp.milliseconds)" }
                return "\(series.labels) \(points.joined(separator: " "))"
            }
        }
    }
}

/// Ten digits of a number, whole ones without a point.
func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if let whole = Int(exactly: value) { return String(whole) }
    guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
    let rounded = (value * 1e6).rounded() / 1e6
    return "\(rounded)"
}

/// A number that several threads count up.
/// A source that counts how often it selects and decodes, calls a hook at each decoding, and may know how many series a
/// selection looks at.
final class HookedSource: SeriesSource {
    private let base: TableSource
    private let bound: Int?
    private let onDecode: @Sendable () -> Void
    private let selectionCounter = Counter(), decodeCounter = Counter()

    init(_ base: TableSource, bound: Int? = nil, onDecode: @escaping @Sendable () -> Void = {}) {
        self.base = base
        self.bound = bound
        self.onDecode = onDecode
    }

    var selections: Int { selectionCounter.value }
    var decodes: Int { decodeCounter.value }

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        selectionCounter.increment()
        return Selected(base: try base.select(matchers, in: range, limits: limits), source: self)
    }

    func selectionBound(_ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>) -> Int? { bound }

    private struct Selected: SelectedSeries {
        let base: any SelectedSeries
        let source: HookedSource
        var count: Int { base.count }
        func labels(at position: Int) throws(ReadError) -> Labels { try base.labels(at: position) }
        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            source.decodeCounter.increment()
            source.onDecode()
            try base.decode(position, into: &columns)
        }
    }
}

final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}
