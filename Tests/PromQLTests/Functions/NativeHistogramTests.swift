import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@Suite struct `Queries over native histograms` {
    /// Series of whole-numbered histograms, some with floats in between, one sample a minute.
    private func source(seed: UInt64, series: Int, samples: Int = 20) -> ReferenceDatabase {
        var generator = SeededGenerator(seed: seed)
        var database = ReferenceDatabase()
        for number in 0..<series {
            let labels = Labels([("__name__", "h"), ("job", "job\(number % 3)"), ("n", "\(number)")])
            let mixes = generator.oneIn(4)
            var counts = (0..<4).map { _ in Double(generator.below(5)) }
            for index in 0..<samples where !generator.oneIn(8) {
                let time = Timestamp(milliseconds: Int64(index) * 60_000)
                if mixes, generator.oneIn(4) {
                    database.append(Double(generator.below(100)), at: time, to: labels)
                    continue
                }
                if generator.oneIn(10) { counts = [0, 0, 0, 0] }
                counts[generator.below(4)] += Double(generator.below(9))
                let count = counts.reduce(0, +)
                let histogram = Histogram(
                    schema: number % 5 == 0 ? 1 : 0, count: count, sum: 3 * count,
                    positive: HistogramBuckets(offset: 0, counts: counts))
                database.append([TimedHistogram(timestamp: time, histogram: histogram)], to: labels)
            }
        }
        return database
    }

    private func engine(threads: Int) -> PromQLEngine { testEngine { $0.threads = threads } }

    /// The points of a range query as text, with everything in it that can differ.
    private func text(_ query: String, _ engine: PromQLEngine, _ source: ReferenceDatabase) throws -> [String] {
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1_200_000)
        let result = try engine.evaluate(
            try engine.expression(query), text: query, over: range, step: .seconds(45), in: source)
        guard case .matrix(let series) = result.value else { return [] }
        return series.map { series in
            "\(series.labels) \(series.timestamps) \(series.values) \(series.histogramTimestamps) \(series.histograms)"
        } + result.warnings + result.infos
    }

    @Test(arguments: [
        "sum by (job) (rate(h[5m]))", "avg(h)", "sum(h)", "histogram_quantile(0.9, rate(h[5m]))", "h * 2 - h",
        "count by (job) (h)", "last_over_time(h[3m])", "h and on (n) h offset 2m", "sum_over_time(h[4m:30s])",
    ])
    func `have the same answer with one thread and with four`(query: String) throws {
        let source = source(seed: 1, series: 600)
        let one = try text(query, engine(threads: 1), source)
        #expect(!one.isEmpty)
        #expect(try text(query, engine(threads: 4), source) == one)
    }

    /// What the function gives for the samples of one window, by looking at nothing else.
    private func naive(
        _ function: String, _ window: [(time: Int64, value: Double, histogram: Histogram?)]
    ) throws -> String? {
        guard let last = window.last else { return nil }
        let histograms = window.compactMap(\.histogram)
        let isMixed = !histograms.isEmpty && histograms.count < window.count
        switch function {
        case "count_over_time": return number(Double(window.count))
        case "last_over_time": return last.histogram?.description ?? number(last.value)
        case "first_over_time": return window[0].histogram?.description ?? number(window[0].value)
        case "max_over_time":
            return window.filter { $0.histogram == nil }.map(\.value).max().map(number)
        case "sum_over_time":
            if isMixed { return nil }
            guard var sum = histograms.first else { return number(window.reduce(0) { $0 + $1.value }) }
            for histogram in histograms.dropFirst() { _ = try sum.add(histogram) }
            return sum.description
        case "resets", "changes":
            let count = zip(window, window.dropFirst()).count { before, after in
                switch (before.histogram, after.histogram) {
                case (nil, nil): function == "resets" ? after.value < before.value : after.value != before.value
                case (let before?, let after?): function == "resets" ? after.isReset(from: before) : after != before
                default: true
                }
            }
            return number(Double(count))
        default: return nil
        }
    }

    @Test(arguments: 0..<20)
    func `agree with a look at each window alone`(seed: UInt64) throws {
        let source = source(seed: seed, series: 6)
        let engine = engine(threads: 1)
        let functions = [
            "count_over_time", "last_over_time", "first_over_time", "max_over_time", "sum_over_time", "resets",
            "changes",
        ]
        let selected = try source.select(
            [.name("h")], in: Timestamp(milliseconds: 0)...Timestamp(milliseconds: 10_000_000))
        for position in 0..<selected.count {
            var columns = SampleColumns()
            try selected.decode(position, into: &columns)
            var samples: [(time: Int64, value: Double, histogram: Histogram?)] = []
            for row in 0..<columns.times.count { samples.append((columns.times[row], columns.values[row], nil)) }
            for (row, histogram) in zip(columns.histograms.rows, columns.histograms.values) {
                samples[Int(row)].histogram = histogram
            }
            let selector = "h{n=\"\(try selected.labels(at: position)["n"]!)\"}[4m]"
            for (function, time) in functions.flatMap({ f in stride(from: 0, to: 1500, by: 100).map { (f, $0) } }) {
                let end = Int64(time) * 1000
                let window = samples.filter { $0.time > end - 240_000 && $0.time <= end }
                let result = try engine.result("\(function)(\(selector))", at: Double(time), in: source)
                guard case .vector(let elements) = result.value else {
                    Issue.record("\(function) at \(time) is no vector")
                    continue
                }
                let found = elements.first.map { $0.histogram?.description ?? number($0.value) }
                #expect(found == (try naive(function, window)), "\(function) at \(time)")
            }
        }
    }

    @Test(arguments: 0..<50)
    func `a fraction below a quantile is that quantile`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let counts = (0..<6).map { _ in Double(generator.below(20)) + 1 }
        let isCustom = generator.oneIn(2)
        let histogram = Histogram(
            schema: isCustom ? Histogram.customSchema : 2, count: counts.reduce(0, +), sum: 1,
            positive: HistogramBuckets(offset: 0, counts: counts), customBounds: isCustom ? [1, 2, 5, 9, 20, 30] : [])
        var database = ReferenceDatabase()
        database.append(
            [TimedHistogram(timestamp: Timestamp(milliseconds: 0), histogram: histogram)],
            to: Labels([("__name__", "h")]))
        for fraction in [0.01, 0.2, 0.5, 0.77, 0.99] {
            let query = "histogram_fraction(-Inf, scalar(histogram_quantile(\(fraction), h)), h)"
            guard case .vector(let elements) = try engine(threads: 1).result(query, at: 0, in: database).value else {
                continue
            }
            let found = try #require(elements.first).value
            #expect(abs(found - fraction) < 1e-12)
        }
    }

    @Test func `nothing is smoothed, and nothing said of it, for times`() throws {
        var database = ReferenceDatabase()
        for (minute, bounds) in [[1.0, 2], [1, 3]].enumerated() {
            let histogram = Histogram(
                schema: Histogram.customSchema, count: 1, sum: 1, positive: HistogramBuckets(offset: 0, counts: [1]),
                customBounds: bounds)
            database.append(
                [TimedHistogram(timestamp: Timestamp(milliseconds: Int64(minute) * 60_000), histogram: histogram)],
                to: Labels([("__name__", "h")]))
        }
        for usesStartTimestamps in [false, true] {
            let engine = testEngine { $0.usesStartTimestamps = usesStartTimestamps }
            #expect(try engine.result("h smoothed", at: 30, in: database).infos.count == 2)
            for function in ["timestamp", "start_timestamp"] {
                #expect(try engine.result("\(function)(h smoothed)", at: 30, in: database).infos == [])
            }
        }
    }

    @Test func `labels that become equal are refused where both have a point, histograms too`() throws {
        var database = ReferenceDatabase()
        for (number, name) in ["a", "b"].enumerated() {
            database.append(
                [TimedHistogram(timestamp: Timestamp(milliseconds: Int64(number) * 240_000), histogram: Histogram())],
                to: Labels([("__name__", name)]))
        }
        let engine = engine(threads: 1)
        #expect(throws: QueryError.self) {
            _ = try engine.result("-{__name__=~\"a|b\"}", from: 0, to: 600, step: 1, in: database)
        }
        let joined = try engine.result("-{__name__=~\"a|b\"}", from: 0, to: 600, step: 300, in: database)
        guard case .matrix(let series) = joined.value else {
            Issue.record("The result is no matrix.")
            return
        }
        #expect(series.map(\.histogramTimestamps.count) == [2])
    }
}
