import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@testable import KTSDBEngine

/// What is only computed from rollups where the user asked for it.
@Suite struct `Rollups where they are allowed` {
    typealias Support = RollupTestSupport
    static let start = Support.start, minute = Support.minute, hour = Support.hour

    /// Four hours of a counter that is reset now and then, and of a gauge, rolled up.
    private static func filled(_ clocks: MovableClocks = MovableClocks(), seed: UInt64 = 1) throws -> Database {
        clocks.now = start + 4 * hour
        let database = try Database(
            files: SimulatedFileSystem(), path: "/data", configuration: Support.configuration(clocks, [Support.rule()]))
        var generator = SeededGenerator(seed: seed), counter = 0.0
        let counters = (1...960).map { step -> (Int64, Double) in
            counter = generator.oneIn(100) ? 0 : counter + Double(generator.below(10))
            return (Int64(step) * 15_000, counter)
        }
        try Support.append(counters, to: database, ["__name__": "m", "i": "counter"])
        let gauge = (1...960).map { (Int64($0) * 15_000, Double(generator.below(1000)) / 7) }
        try Support.append(gauge, to: database, ["__name__": "m", "i": "gauge"])
        try database.seal()
        try database.rollUp()
        return database
    }

    private static func compare(
        _ text: String, _ database: Database, at time: Int64, within tolerance: Double
    ) async throws {
        let view = database.readView()
        let raw = try #require(try await Support.value(text, .off, at: time, in: view))
        let rolled = try #require(try await Support.value(text, .allow, at: time, in: view))
        #expect(abs(raw - rolled) <= tolerance * max(1, abs(raw)), "\(text): \(raw), \(rolled)")
        #expect(
            try await Support.samplesRead(text, .allow, at: time, in: view)
                < Support.samplesRead(text, .off, at: time, in: view))
        #expect(
            try await Support.samplesRead(text, .exact, at: time, in: view)
                == Support.samplesRead(text, .off, at: time, in: view))
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `say how much a counter rises, with its resets`(seed: UInt64) async throws {
        let database = try Self.filled(seed: seed)
        for window in ["30m", "1h", "3h"] {
            for function in ["increase", "rate"] {
                try await Self.compare(
                    "\(function)(m{i=\"counter\"}[\(window)])", database, at: Self.start + 4 * Self.hour, within: 0.01)
            }
        }
    }

    @Test func `say sums and means of any numbers`() async throws {
        let database = try Self.filled(), at = Self.start + 4 * Self.hour
        for function in ["sum", "avg"] {
            try await Self.compare("\(function)_over_time(m{i=\"gauge\"}[2h])", database, at: at, within: 1e-12)
        }
        // A window that does not end on the interval counts intervals that end in it.
        let text = "count_over_time(m{i=\"gauge\"}[1h])", view = database.readView()
        #expect(try await Support.value(text, .allow, at: at - 30_000, in: view) == 240)
    }

    @Test func `are named by an info`() async throws {
        let database = try Self.filled(), at = Support.time(Self.start + 4 * Self.hour)
        func infos(_ text: String, _ use: RollupUse) async throws -> [String] {
            var overrides = QueryOverrides()
            overrides.rollups = use
            return try await PromQLEngine().query(text, at: at, in: database.readView(), overrides: overrides).infos
        }
        let rate = "rate(m{i=\"counter\"}[1h])"
        #expect(try await infos(rate, .allow).contains { $0.contains("rollups of 60s were used") })
        #expect(try await !infos(rate, .exact).contains { $0.contains("rollups") })
        #expect(try await infos("max_over_time(m[1h])", .allow).isEmpty)
        #expect(try await infos("m", .allow).isEmpty)
    }

    @Test(arguments: [RollupUse.allow, .exact, .off]) func `are named by an explanation`(use: RollupUse) async throws {
        let database = try Self.filled(), at = Support.time(Self.start + 4 * Self.hour)
        var options = EngineOptions()
        options.rollups = use
        let engine = PromQLEngine(options)
        func intervals(_ text: String) async throws -> [Duration?] {
            let view = database.readView()
            let root = try await engine.explain(
                engine.prepare(text), over: at...at, step: .seconds(60), in: view
            ).plan
            return [root.rollupInterval] + root.children.map(\.rollupInterval)
        }
        #expect(try await intervals("rate(m{i=\"counter\"}[1h])") == [nil, use == .allow ? .seconds(60) : nil])
        #expect(try await intervals("max_over_time(m[1h])") == [nil, use == .off ? nil : .seconds(60)])
        #expect(try await intervals("max_over_time(m[61s])") == [nil, use == .allow ? .seconds(60) : nil])
    }

    @Test func `answer instant selectors where samples are gone`() async throws {
        let clocks = MovableClocks()
        clocks.now = Self.start + Self.hour
        var configuration = try Support.configuration(clocks, [Support.rule("r", 600)])
        configuration.retention = .seconds(4 * 3600)
        let database = try Database(files: SimulatedFileSystem(), path: "/data", configuration: configuration)
        for hour in 0..<20 as Range<Int64> {
            clocks.now = Self.start + (hour + 1) * Self.hour
            try Support.append((1...60).map { (hour * Self.hour + $0 * Self.minute, Double(hour)) }, to: database)
            try database.seal()
            try database.rollUp()
            database.maintain()
        }
        let view = database.readView(), then = Self.start + 2 * Self.hour + 25 * Self.minute
        #expect(try await Support.value("m", .exact, at: then, in: view) == nil)
        #expect(try await Support.value("m", .allow, at: then, in: view) == 2)
        let now = Self.start + 20 * Self.hour
        #expect(try await Support.value("m", .allow, at: now, in: view) == 19)
        #expect(try await Support.value("m", .allow, at: now + 10 * Self.minute, in: view) == nil)
        let steps = try await Support.bits(
            "m", .allow, from: Self.start + Self.hour, through: now, step: 5 * Self.minute, in: view)
        #expect(steps.values.first?.count == 19 * 12 + 1)
    }
}
