import KTSDBEngine
import KTSDBModel
import PromQL
import Testing

@Suite struct `Bounds of a query` {
    /// `count` series with a sample each 15 s, made when they are read: they take no memory of their own.
    struct ManySeries: SeriesSource, SelectedSeries {
        var count: Int
        var samples = 80

        func select(
            _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
        ) throws(ReadError) -> any SelectedSeries { self }

        func labels(at position: Int) -> Labels {
            ["__name__": "x_total", "series": "\(position)", "g": "\(position % 3)"]
        }

        func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
            columns.removeAll()
            for row in 0..<samples {
                columns.times.append(Int64(row) * 15_000)
                columns.values.append(Double(row * position))
                if row % 1024 == 1023, columns.times.count > columns.sampleLimit {
                    throw .tooManySamples(needed: columns.times.count)
                }
            }
            columns.timeColumnID = 1
        }
    }

    private func evaluate(
        _ text: String, _ engine: PromQLEngine, _ source: some SeriesSource, steps: Int64 = 100,
        overrides: QueryOverrides = .init()
    ) throws -> QueryResult {
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: (steps - 1) * 10_000)
        return try engine.evaluate(
            try engine.expression(text), text: text, over: range, step: .seconds(10), in: source, overrides: overrides)
    }

    private func error(_ body: () throws -> QueryResult) -> QueryError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? QueryError
        }
    }

    // MARK: Memory

    @Test(arguments: [1, 2, 5])
    func `a sum over many series holds its groups and one series for each thread, not all rows`(threads: Int) throws {
        let steps = 100, source = ManySeries(count: 4000)
        let engine = testEngine { $0.threads = threads }
        for (text, groups) in [("sum(rate(x_total[5m]))", 1), ("sum by (g) (rate(x_total[5m]))", 3)] {
            let statistics = try evaluate(text, engine, source).statistics
            // A group has a sum and a rest for each step: in the total, and in each thread's part.
            let accumulators = groups * 2 * steps * (1 + threads), output = 2 * groups * steps
            let workers = threads * (steps + source.samples)
            #expect(statistics.peakSamples <= accumulators + output + workers)
            #expect(statistics.peakSamples * 20 < source.count * steps)
            // Beside the samples there are the labels of all series, as they are stored.
            let labels = source.count * (64 + 96)
            #expect(statistics.peakBytes <= labels + 24 * (accumulators + output + workers))
        }
        let rows = try evaluate("rate(x_total[5m])", engine, source).statistics
        #expect(rows.peakSamples >= source.count * steps / 2, "What is shown is held.")
    }

    @Test func `a query that needs more bytes than one may is refused, and told how many`() throws {
        let engine = testEngine { $0.maximumBytes = 1 << 20 }
        let error = error { try evaluate("rate(x_total[5m])", engine, ManySeries(count: 5000)) }
        guard case .tooMuchMemory(limit: 1 << 20, let needed) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(needed > 1 << 20)
        let text = try #require(error).description
        #expect(text.contains("one query may use 1.0 MiB") && text.contains("Ask for a shorter range"))
        #expect(try evaluate("sum(x_total)", engine, ManySeries(count: 100)).statistics.peakBytes > 0)
    }

    @Test func `what results hold is missing to others until they are gone`() throws {
        let engine = testEngine { $0.maximumBytesOfAllQueries = 6 << 20 }
        let source = ManySeries(count: 2000)
        var first: QueryResult? = try evaluate("rate(x_total[5m])", engine, source)
        let held = try #require(engine.bytesInUse)
        #expect((1 << 20)...(6 << 20) ~= held && first != nil)
        let refusal = error { try evaluate("rate(x_total[5m])", engine, source) }
        guard case .memoryInUse(limit: 6 << 20, let needed, let others) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(others == held && needed + others > 6 << 20)
        #expect(try #require(refusal).description.contains("Try again when they have ended"))
        first = nil
        #expect(engine.bytesInUse == 0)
        #expect(try evaluate("rate(x_total[5m])", engine, source).statistics.peakBytes > 1 << 20)
        #expect(engine.bytesInUse == 0)
    }

    @Test func `queries get no more than the ledger has left, and give all of it back`() throws {
        let ledger = MemoryLedger(limit: 512 << 20)
        let engine = testEngine { $0.memory = ledger }
        let source = ManySeries(count: 20_000)
        var result: QueryResult? = try evaluate("rate(x_total[5m])", engine, source)
        let held = ledger.bytes(of: .queries)
        #expect(held > 1 << 20 && result != nil && engine.bytesInUse == held)
        result = nil
        #expect(ledger.bytes == 0)
        ledger.noteProcess(bytes: ledger.marks!.hard)
        let refusal = error { try evaluate("rate(x_total[5m])", engine, source) }
        guard case .memoryLimit(limit: 512 << 20, let needed, let inUse) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(needed > 1 << 20 && inUse >= ledger.marks!.hard)
        let text = try #require(refusal).description
        #expect(text.contains("of the memory limit of 512.0 MiB are in use. Try again later"))
        #expect(ledger.bytes(of: .queries) == 0 && ledger.refusals.queries == 1)
        // Small ones are answered up to the floor mark.
        _ = try evaluate("sum(x_total)", engine, ManySeries(count: 100))
        ledger.noteProcess(bytes: ledger.marks!.floor)
        guard case .memoryLimit = error({ try evaluate("sum(x_total)", engine, ManySeries(count: 100)) }) else {
            Issue.record("Nothing is left.")
            return
        }
        #expect(ledger.refusals.queries == 2)
    }

    @Test func `a running query is ended when its memory is needed`() async throws {
        let ledger = MemoryLedger(limit: 512 << 20)
        let engine = testEngine {
            $0.memory = ledger
            // Other tests may hold all threads for minutes.
            $0.timeout = .seconds(86_400)
        }
        let limits = engine.limits()
        try limits.reserve(bytes: 100 << 20)
        try limits.check()
        #expect(ledger.endNewestClaim())
        #expect(throws: ReadError.interrupted) { try limits.check() }
        guard case .memoryLimit(limit: 512 << 20, let held, _) = limits.error(for: .interrupted) else {
            Issue.record("\(limits.error(for: .interrupted))")
            return
        }
        #expect(held >= 100 << 20)
        limits.release(bytes: 100 << 20)
        // One that has its answer cannot be ended any more.
        let other = engine.limits()
        _ = try await engine.read(other) { try other.reserve(bytes: 100 << 20) }
        #expect(!ledger.endNewestClaim())
    }

    @Test func `a series without end is read no further than there is room`() throws {
        let endless = ManySeries(count: 1, samples: 1 << 30)
        let few = testEngine { $0.maximumSamples = 10_000 }
        guard
            case .tooManySamples(limit: 10_000, let needed) = error({
                try evaluate("sum(rate(x_total[5m]))", few, endless)
            })
        else {
            Issue.record("The samples are limited.")
            return
        }
        #expect(needed < 12_000)
        let small = testEngine { $0.maximumBytes = 1 << 20 }
        guard
            case .tooMuchMemory(limit: 1 << 20, let bytes) = error({
                try evaluate("sum(rate(x_total[5m]))", small, endless)
            })
        else {
            Issue.record("The bytes are limited.")
            return
        }
        #expect(bytes < 2 << 20)
        let all = testEngine { $0.maximumBytesOfAllQueries = 1 << 20 }
        guard case .memoryInUse = error({ try evaluate("sum(rate(x_total[5m]))", all, endless) }) else {
            Issue.record("The bytes of all are limited.")
            return
        }
    }

    @Test func `a stored series is read no further than there is room`() throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = 0
        let database = Database.inMemory(configuration)
        for hour in 0..<6 {
            _ = try database.append { batch in
                for second in 0..<3600 {
                    let time = Timestamp(milliseconds: Int64(hour * 3600 + second) * 1000)
                    batch.append(Double(second), at: time, to: ["__name__": "x"])
                }
            }
            database.maintain()
        }
        let engine = testEngine { $0.maximumSamples = 3000 }
        let end = Timestamp(milliseconds: 6 * 3_600_000)
        let view = database.readView()
        guard
            case .tooManySamples(limit: 3000, let needed) = error({
                try engine.evaluate(try engine.expression("count_over_time(x[6h])"), at: end, in: view)
            })
        else {
            Issue.record("The samples are limited.")
            return
        }
        #expect(needed <= 3000 + 2 * 1024)
        #expect(try testEngine().lines("count_over_time(x[6h])", at: 6 * 3600, in: view) == ["{} 21599"])
    }

    // MARK: Samples of each step

    @Test(arguments: [
        "x", "sum(rate(x[5m]))", "x + on (a) x offset 1m", "x @ 100", "sum_over_time(x[3m:1m])", "1", "max(x) > bool 2",
    ])
    func `the samples of each step add up to those of the query`(text: String) throws {
        let source = TableSource([
            "x{a=\"1\"}": [1, 2, nil, 4, 5, 6, 7, 8, 9, 10], "x{a=\"2\"}": [1, 1, 1, nil, nil, nil, nil, 1, 2, 3],
        ])
        var overrides = QueryOverrides()
        overrides.countsSteps = true
        for steps in [1, 7, 60] as [Int64] {
            let statistics = try evaluate(text, testEngine(), source, steps: steps, overrides: overrides).statistics
            #expect(statistics.queryableSamplesPerStep.count == Int(steps))
            #expect(statistics.queryableSamplesPerStep.reduce(0, +) == statistics.queryableSamples)
        }
        #expect(try evaluate(text, testEngine(), source).statistics.queryableSamplesPerStep.isEmpty)
    }
}
