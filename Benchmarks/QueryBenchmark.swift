import KTSDBModel
import PromQL

/// Series whose columns are in memory, to measure what the evaluator costs without storage.
private struct ColumnTable: SeriesSource {
    struct Table: Sendable {
        var labels: [Labels]
        var times: [Int64]
        var values: [[Double]]
        /// Used instead of values.
        var histograms: [[Histogram]] = []
    }
    let tables: [String: Table]

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        let name = matchers.first { $0.name == "__name__" }?.value ?? ""
        let table = tables[name] ?? Table(labels: [], times: [], values: [])
        let first = table.times.firstIndex { $0 >= range.lowerBound.milliseconds } ?? table.times.count
        let end = table.times.lastIndex { $0 <= range.upperBound.milliseconds }.map { $0 + 1 } ?? 0
        return Selected(table: table, rows: first..<max(first, end))
    }

    struct Selected: SelectedSeries {
        let table: Table
        let rows: Range<Int>
        var count: Int { table.labels.count }
        func labels(at position: Int) -> Labels { table.labels[position] }
        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            columns.removeAll()
            if !table.histograms.isEmpty {
                for row in rows { columns.append(table.histograms[position][row], at: table.times[row]) }
                columns.timeColumnID = 1
                return
            }
            let times = table.times, values = table.values[position]
            columns.times.append(times.span.extracting(rows))
            columns.values.append(values.span.extracting(rows))
            columns.timeColumnID = 1
        }
    }
}

/// Makes 10,000 counters, 500 classic histograms of 20 buckets and 200 native ones of 40, with one sample every 15 s
/// for two hours.
private func makeTable() -> ColumnTable {
    let times = (0..<480).map { Int64($0) * 15_000 }
    var state: UInt64 = 1
    func random() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
    func table(_ labels: [Labels], counts: (Int) -> Double) -> ColumnTable.Table {
        let sorted = labels.sorted { $0.fingerprint < $1.fingerprint }
        let values = sorted.indices.map { index in
            var value = Double(random() % 1000)
            return times.map { _ in
                value = random() % 2000 == 0 ? 0 : value + Double(random() % 100) * counts(index)
                return value
            }
        }
        return .init(labels: sorted, times: times, values: values)
    }
    let counters = (0..<10_000).map { number in
        Labels([
            ("__name__", "requests_total"), ("job", "job\(number % 20)"), ("instance", "host\(number % 500):9100"),
            ("path", "/v1/path\(number / 500)"), ("code", number % 7 == 0 ? "500" : "200"), ("number", "\(number)"),
        ])
    }
    let bounds = (0..<19).map { "\(0.001 * Double(1 << $0))" } + ["+Inf"]
    let buckets = (0..<500).flatMap { host in
        bounds.map { bound in
            Labels([
                ("__name__", "latency_bucket"), ("job", "job\(host % 20)"), ("instance", "host\(host):9100"),
                ("le", bound),
            ])
        }
    }
    let natives = (0..<200).map { host in
        Labels([("__name__", "latency"), ("job", "job\(host % 20)"), ("instance", "host\(host):9100")])
    }.sorted { $0.fingerprint < $1.fingerprint }
    let histograms = natives.map { _ in
        var counts = [Double](repeating: 1, count: 40)
        return times.map { _ in
            for bucket in counts.indices where random() % 4 == 0 { counts[bucket] += Double(random() % 100) }
            let count = counts.reduce(0, +)
            return Histogram(
                counterResetHint: .notReset, schema: 3, count: count, sum: count * 2,
                positive: HistogramBuckets(offset: -20, counts: counts))
        }
    }
    return ColumnTable(tables: [
        "requests_total": table(counters) { _ in 1 }, "latency_bucket": table(buckets) { Double($0 % 20) },
        "latency": .init(labels: natives, times: times, values: [], histograms: histograms),
    ])
}

/// Measures the processor time of queries over columns in memory: ten thousand series, 240 steps of 30 s, windows of
/// five minutes.
///
/// If `only` is given, measures only queries whose names contain it.
func runQueryBenchmark(only: String? = nil) {
    let source = makeTable()
    let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 239 * 30_000)
    print("query benchmark: 10,000 series, 480 samples each; range queries of 240 steps; processor time, best of 5")
    measureDecoding(source, range)
    func measure(_ name: String, _ text: String, threads: Int?, instant: Bool) {
        if let only, !name.contains(only) { return }
        var options = EngineOptions()
        options.threads = threads
        let engine = PromQLEngine(options)
        do {
            let query = try engine.prepare(text)
            var best = Double.infinity, samples = 0, points = 0
            for _ in 0..<5 {
                let start = cpuSeconds()
                let result =
                    instant
                    ? try engine.evaluate(query.expression, text: text, at: range.upperBound, in: source)
                    : try engine.evaluate(query.expression, text: text, over: range, step: .seconds(30), in: source)
                best = min(best, cpuSeconds() - start)
                samples = result.statistics.queryableSamples
                points = instant ? 10_000 : 10_000 * 240
            }
            print(
                "  \(name) [\(threads.map { "\($0) thread" } ?? "all threads")]: \(format(best * 1e3, 0)) ms, "
                    + "\(format(best * 1e9 / Double(points), 0)) ns per step and series of 10,000, "
                    + "\(format(best * 1e9 / Double(max(1, samples)), 0)) ns per sample looked at")
        } catch {
            print("  \(name): \(error)")
        }
    }
    for threads in [1, nil] {
        measure("x", "requests_total", threads: threads, instant: false)
        measure("rate(x[5m])", "rate(requests_total[5m])", threads: threads, instant: false)
        measure("sum(rate(x[5m]))", "sum(rate(requests_total[5m]))", threads: threads, instant: false)
        measure(
            "sum by (job)(rate(x[5m]))", "sum by (job) (rate(requests_total[5m]))", threads: threads, instant: false)
        measure("avg_over_time(x[5m])", "sum(avg_over_time(requests_total[5m]))", threads: threads, instant: false)
        measure("max_over_time(x[5m])", "sum(max_over_time(requests_total[5m]))", threads: threads, instant: false)
        measure(
            "stddev_over_time(x[5m])", "sum(stddev_over_time(requests_total[5m]))", threads: threads, instant: false)
        measure(
            "histogram_quantile(0.9, sum by (le, job)(rate(b[5m])))",
            "histogram_quantile(0.9, sum by (le, job) (rate(latency_bucket[5m])))", threads: threads, instant: false)
        measure(
            "histogram_quantile(0.9, rate(b[5m]))", "histogram_quantile(0.9, rate(latency_bucket[5m]))",
            threads: threads,
            instant: false)
        measure(
            "histogram_quantile(0.9, sum(rate(h[5m]))), native", "histogram_quantile(0.9, sum(rate(latency[5m])))",
            threads: threads, instant: false)
        measure(
            "histogram_avg(rate(h[5m])), native", "histogram_avg(rate(latency[5m]))", threads: threads, instant: false)
        measure("a / b", "rate(requests_total[5m]) / requests_total", threads: threads, instant: false)
        measure("topk(5, rate(x[5m]))", "topk(5, rate(requests_total[5m]))", threads: threads, instant: false)
        measure("instant x", "requests_total", threads: threads, instant: true)
        measure("instant sum(rate(x[5m]))", "sum(rate(requests_total[5m]))", threads: threads, instant: true)
    }
    if only == nil { runSmallQueryBenchmark() }
}

/// Measures what the table's columns cost, to be subtracted from the figures of queries over them.
private func measureDecoding(_ source: ColumnTable, _ range: ClosedRange<Timestamp>) {
    guard let selected = try? source.select([.equal("__name__", "requests_total")], in: range) else { return }
    var columns = SampleColumns(), samples = 0
    let cost = nanoseconds(per: selected.count) {
        for position in 0..<selected.count {
            try? selected.decode(position, into: &columns)
            samples += columns.times.count
        }
    }
    print("  columns alone: \(format(cost * Double(selected.count) / 1e6, 0)) ms, \(format(cost, 0, 0)) ns a series")
}
