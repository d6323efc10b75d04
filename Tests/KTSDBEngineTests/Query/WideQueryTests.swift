import KTSDBModel
import KTSDBTesting
import PromQL
import Synchronization
import Testing

@testable import KTSDBEngine

/// What the newest samples and the classes of a selection say, compared with its samples and labels; and queries that
/// use them, compared with the same ones without them.
@Suite struct `Questions about many series` {
    private static let start: Int64 = 1_700_000_000_000

    private final class Clock: Sendable {
        let now = Atomic(start)
    }

    /// A database with a random past: series that come and go, histograms, staleness markers, start times, a clock that
    /// was wrong for a while, seals, deletions and restarts.
    private struct Past {
        let clock = Clock(), disk = SimulatedFileSystem()
        var database: Database
        var random: SeededGenerator
        /// Views that were opened in the middle of it.
        var views: [ReadView] = []

        init(seed: UInt64) throws {
            random = SeededGenerator(seed: seed)
            database = try Self.open(disk, clock)
            for _ in 0..<(10 + random.below(30)) { try step() }
            views.append(database.readView())
        }

        private static func open(_ disk: SimulatedFileSystem, _ clock: Clock) throws -> Database {
            var configuration = Database.Configuration()
            configuration.runsMaintenance = false
            configuration.openSpanLimit = .zero
            configuration.wallClock = { clock.now.load(ordering: .relaxed) }
            return try Database(files: disk, path: "/data", configuration: configuration)
        }

        static func labels(_ number: Int) -> Labels {
            var labels = [
                ("__name__", "m\(number % 3)"), ("host", "h\(number / 3)"), ("region", "r\(number % 4)"),
            ]
            if number % 5 == 0 { labels.append(("extra", "e\(number % 2)")) }
            return Labels(labels)
        }

        private mutating func step() throws {
            switch random.below(12) {
            case 0: try database.seal()
            case 1: views = views.suffix(2) + [database.readView()]
            case 2:
                views = []
                try database.close()
                database = try Self.open(disk, clock)
            case 3:
                let now = clock.now.load(ordering: .relaxed), first = now - Int64(random.below(400_000))
                _ = try database.delete(
                    matching: [[.equal("region", "r\(random.below(4))")]],
                    in: Timestamp(milliseconds: first)...Timestamp(milliseconds: first + Int64(random.below(200_000))))
            default: try append()
            }
        }

        private mutating func append() throws {
            var random = self.random
            clock.now.store(
                clock.now.load(ordering: .relaxed) + 1_000 + Int64(random.below(40_000)), ordering: .relaxed)
            // Now and then, all samples of a commit are minutes ahead of the clock; the next ones are not.
            let ahead: Int64 = random.oneIn(8) ? 300_000 : 0, now = clock.now.load(ordering: .relaxed) + ahead
            try database.append { batch in
                for number in 0..<30 where !random.oneIn(3) {
                    let time = Timestamp(milliseconds: now - Int64(number % 7) * 10), labels = Self.labels(number)
                    switch random.below(number % 10 == 9 ? 3 : 16) {
                    case 0: batch.append(.staleMarker, at: time, to: labels)
                    case 1 where number % 10 == 9:
                        batch.append(
                            Histogram(schema: 0, count: 2, sum: 3, positive: .init(offset: 0, counts: [2])), at: time,
                            to: labels)
                    default: batch.append(Double(random.below(100)) / 10, at: time, to: labels)
                    }
                }
            }
            self.random = random
        }
    }

    private static func range(_ random: inout SeededGenerator, _ clock: Clock) -> ClosedRange<Timestamp> {
        let now = clock.now.load(ordering: .relaxed)
        let end = random.oneIn(2) ? now : start + Int64(random.below(Int(now - start) + 400_000))
        return Timestamp(milliseconds: end - Int64(random.below(400_000)))...Timestamp(milliseconds: end)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `the newest samples are those that decoding finds`(seed: UInt64) throws {
        var past = try Past(seed: seed)
        for view in past.views {
            for _ in 0..<4 {
                let range = Self.range(&past.random, past.clock)
                let selection = try view.select([try .matches("__name__", ".+")], in: range)
                var newest = NewestSamples(), columns = SampleColumns()
                let middle = past.random.below(selection.count + 1)
                try selection.appendNewest(of: 0..<middle, to: &newest)
                try selection.appendNewest(of: middle..<selection.count, to: &newest)
                #expect(newest.times.count == selection.count && newest.values.count == selection.count)
                for position in 0..<selection.count where newest.times[position] != NewestSamples.unknown {
                    try selection.decode(position, into: &columns)
                    guard columns.times.count > 0 else {
                        #expect(newest.times[position] == NewestSamples.noSample)
                        continue
                    }
                    let last = columns.times.count - 1
                    #expect(newest.times[position] == columns.times[last])
                    #expect(newest.values[position].bitPattern == columns.values[last].bitPattern)
                    #expect(columns.histograms.rows.last.map { Int($0) } != last)
                }
            }
        }
    }

    @Test func `the newest samples of floats are at hand, in memory and in blocks`() throws {
        let database = Database.inMemory()
        let now = Timestamp.now.milliseconds
        func append(_ time: Int64) throws {
            try database.append { batch in
                for number in 0..<3000 {
                    batch.append(
                        Double(number), at: Timestamp(milliseconds: time), to: ["__name__": "m", "i": "\(number)"])
                }
            }
        }
        func unknown() throws -> Int {
            let range = Timestamp(milliseconds: now - 300_000)...Timestamp(milliseconds: now)
            let selection = try database.readView().select([.equal("__name__", "m")], in: range)
            var newest = NewestSamples()
            try selection.appendNewest(of: 0..<selection.count, to: &newest)
            #expect(newest.times.count == 3000)
            return (0..<newest.times.count).count { newest.times[$0] == NewestSamples.unknown }
        }
        try append(now - 20_000)
        #expect(try unknown() == 0)
        try append(now - 10_000)
        #expect(try unknown() == 0)
        try database.seal()
        #expect(try unknown() == 0)
        try append(now)
        #expect(try unknown() == 0)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `series of one class agree in the chosen labels`(seed: UInt64) throws {
        var past = try Past(seed: seed)
        let choices: [([String], Bool)] = [
            (["region"], false), (["region", "host"], false), (["extra"], false), (["none"], false), ([], false),
            (["host"], true), (["__name__", "host", "none"], true), ([], true), (["region", "region"], false),
        ]
        for view in past.views {
            let range = Self.range(&past.random, past.clock)
            let selection = try view.select([try .matches("__name__", "m[01]")], in: range)
            for (names, isWithout) in choices {
                let choice = LabelChoice(names.map { Array($0.utf8) }, isWithout: isWithout)
                let classes = try #require(try selection.classes(by: choice))
                #expect(classes.numbers.count == selection.count)
                var all: [Labels?] = Array(repeating: nil, count: classes.firstSeries.count)
                for position in 0..<selection.count {
                    let labels = try selection.labels(at: position)
                    let chosen = Labels(
                        labels.map { ($0.name, $0.value) }.filter { names.contains($0.0) != isWithout })
                    let number = Int(classes.numbers[position])
                    if let known = all[number] {
                        #expect(known == chosen)
                    } else {
                        #expect(classes.firstSeries[number] == position)
                        all[number] = chosen
                    }
                }
                #expect(!all.contains(nil))
                // Series in different places may be in different classes; there are at most a few places.
                #expect(all.count <= Set(all).count * (1 + view.content.blocks.count))
            }
        }
    }

    /// A source that knows nothing but labels and samples.
    private struct Plain: SeriesSource {
        let view: ReadView

        struct Selected: SelectedSeries {
            let series: any SelectedSeries
            var count: Int { series.count }
            func labels(at position: Int) throws(ReadError) -> Labels { try series.labels(at: position) }
            func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
                try series.decode(position, into: &columns)
            }
        }

        func select(
            _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
        ) throws(ReadError) -> any SelectedSeries {
            Selected(series: try view.select(matchers, in: range, limits: limits))
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `queries have the same answers with and without short cuts`(seed: UInt64) throws {
        var past = try Past(seed: seed)
        let all = #"{__name__=~".+"}"#
        let texts = [
            "count(\(all))", "count by (__name__) (\(all))", "sum by (region) (\(all))", "avg by (region, extra) (m1)",
            "min without (host) (\(all))", "max(m2)", "stddev by (host) (m0)", "group by (none) (\(all))",
            "stdvar without (region, extra) (m2)", "topk(3, \(all))", "bottomk by (region) (2, m1)",
            "limitk(4, \(all))", "topk(0, m1)", "count_values(\"v\", m1)", "quantile by (region) (0.4, m2)",
            "sum by (region) (rate(m1[5m]))", "sum(last_over_time(m2[3m]))", "count(m0 > on (host) m1)",
            "sum by (host) (abs(m1))", "sum(m1 offset 1m)", "count(\(all) offset -1m)", "sum(timestamp(m1))",
            "sum by (region) (m1 @ end())", "-sum(m2)", "topk by (region) (1, m1 * 2)", "sum(m1 or m2)", "absent(m9)",
        ]
        for view in past.views {
            for text in texts {
                let range = Self.range(&past.random, past.clock), time = range.upperBound
                let threads = past.random.pick([1, 2])
                var options = EngineOptions()
                options.threads = threads
                options.parser.experimentalFunctions = true
                options.delayedNameRemoval = past.random.oneIn(5)
                let engine = PromQLEngine(options)
                let expression = try engine.prepare(text).expression
                let short = Result { try engine.evaluate(expression, text: text, at: time, in: view) }
                let long = Result { try engine.evaluate(expression, text: text, at: time, in: Plain(view: view)) }
                try Self.compare(short, long, text, time)
                let (a, b) = (
                    Result { try engine.evaluate(expression, text: text, over: range, step: .seconds(30), in: view) },
                    Result {
                        try engine.evaluate(
                            expression, text: text, over: range, step: .seconds(30), in: Plain(view: view))
                    }
                )
                try Self.compare(a, b, text, time)
            }
        }
    }

    private static func compare(
        _ short: Result<QueryResult, any Error>, _ long: Result<QueryResult, any Error>, _ text: String,
        _ time: Timestamp
    ) throws {
        switch (short, long) {
        case (.failure(let a), .failure(let b)): #expect("\(a)" == "\(b)")
        default:
            let a = try short.get(), b = try long.get()
            #expect("\(a.value)" == "\(b.value)", "\(text) at \(time)")
            #expect(a.warnings == b.warnings && a.infos == b.infos, "\(text)")
            #expect(a.statistics.queryableSamples == b.statistics.queryableSamples, "\(text)")
            #expect(a.statistics.samplesRead == b.statistics.samplesRead, "\(text)")
        }
    }

    @Test func `nothing is missing while the head is sealed`() async throws {
        let database = Database.inMemory(), start = Timestamp.now.milliseconds - 600_000, isDone = Atomic(false)
        @Sendable func append(_ round: Int) throws {
            try database.append { batch in
                for number in 0..<2500 {
                    let time = Timestamp(milliseconds: start + Int64(round) * 1000)
                    batch.append(Double(round), at: time, to: ["__name__": "m", "i": "\(number)"])
                }
            }
        }
        try append(0)
        let reader = Task.detached {
            let engine = PromQLEngine(), expression = try engine.prepare("count(m)").expression
            var answers: Set<String> = []
            repeat {
                let time = Timestamp(milliseconds: start + 250_000)
                let result = try engine.evaluate(expression, text: "count(m)", at: time, in: database.readView())
                answers.insert("\(result.value)")
            } while !isDone.load(ordering: .relaxed)
            return answers
        }
        for round in 1...60 {
            // Every other time, series get samples while others are sealed.
            if round % 2 == 0 { try database.seal() }
            try append(round)
        }
        isDone.store(true, ordering: .relaxed)
        let answers = try await reader.value
        #expect(answers.count == 1 && answers.first?.contains("2500") == true, "\(answers)")
    }

    /// A database with series of these values of a label, of which some have no sample for minutes.
    private static func database(_ series: [(labels: Labels, isAlive: Bool)], _ now: Timestamp) throws -> Database {
        let database = Database.inMemory()
        try database.append { batch in
            for one in series {
                let time = Timestamp(milliseconds: now.milliseconds - (one.isAlive ? 0 : 400_000))
                batch.append(1, at: time, to: one.labels)
            }
        }
        // So that the selection, which begins after them, still has the others.
        return database
    }

    @Test func `topk shows groups in the order of their first series with a point`() throws {
        let now = Timestamp.now
        let all = (0..<40).map { Labels([("__name__", "m"), ("g", "\($0 % 4)"), ("i", "\($0)")]) }
            .sorted { $0.fingerprint < $1.fingerprint }
        // The first series of the first group has no point.
        let database = try Self.database(all.enumerated().map { ($0.element, $0.offset > 0) }, now)
        let engine = PromQLEngine(), text = "topk by (g) (1, m)"
        let result = try engine.evaluate(
            try engine.prepare(text).expression, text: text, at: now, in: database.readView())
        guard case .vector(let elements) = result.value else { Issue.record("no vector"); return }
        var expected: [String] = []
        for labels in all.dropFirst() where !expected.contains(labels["g"]!) { expected.append(labels["g"]!) }
        #expect(elements.map { $0.labels["g"]! } == expected)
    }

    @Test func `labels that a result keeps count as memory, and series without a point are no samples`() throws {
        let now = Timestamp.now, padding = String(repeating: "x", count: 2000)
        let series = (0..<1500).map { (Labels([("__name__", "m"), ("i", "\($0)\(padding)")]), $0 < 800) }
        let view = try Self.database(series, now).readView()
        var options = EngineOptions()
        options.maximumBytes = 1_000_000
        let small = PromQLEngine(options)
        for text in ["m", "topk(700, m)", "sort(m)", "m[1m]", "last_over_time(m[1m])"] {
            #expect {
                try small.evaluate(try small.prepare(text).expression, text: text, at: now, in: view)
            } throws: { error in
                if case .tooMuchMemory = error as? QueryError { true } else { false }
            }
        }
        #expect(
            "\(try small.evaluate(try small.prepare("count(m)").expression, text: "", at: now, in: view).value)" != "")
        options = EngineOptions()
        options.maximumSamples = 1000
        for threads in [1, 16] {
            options.threads = threads
            let few = PromQLEngine(options)
            for text in ["topk(5, m)", "count(m)", "sum(m)"] {
                _ = try few.evaluate(try few.prepare(text).expression, text: text, at: now, in: view)
            }
        }
    }

    @Test(arguments: [0, 1, 2, 100, 511, 512, 513, 5000])
    func `parts in memory are sorted by fingerprint, and stay in their order where that is equal`(count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        for head in [0, 3, 700] {
            var parts = (0..<(head + count)).map { number in
                Selection.Part(
                    fingerprint: random.next() & random.pick([.max, 0xffff_ffff, 0xff_0000_0000, 0xffff << 48]),
                    series: UInt32(number), block: number < head ? 0 : -1)
            }
            parts[..<(head / 2)].sort { $0.fingerprint < $1.fingerprint }
            parts[(head / 2)..<head].sort { $0.fingerprint < $1.fingerprint }
            let expected = parts.enumerated().sorted {
                ($0.element.fingerprint, $0.offset) < ($1.element.fingerprint, $1.offset)
            }.map(\.element.series)
            try Selection.sort(&parts, runs: [0, head / 2, head], nil)
            #expect(parts.map(\.series) == expected)
        }
    }
}
