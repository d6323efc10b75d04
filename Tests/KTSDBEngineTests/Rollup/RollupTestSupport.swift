import KTSDBModel
import KTSDBTesting
import PromQL
import Synchronization

@testable import KTSDBEngine

/// Databases with rollup rules, and queries that compare what points and samples answer.
enum RollupTestSupport {
    static let minute: Int64 = 60_000, hour: Int64 = 3_600_000, day: Int64 = 86_400_000
    /// The beginning of a day.
    static let start: Int64 = 1_700_000_000_000 / day * day

    static func rule(
        _ name: String = "r", _ seconds: Int = 60, matching: [LabelMatcher]? = nil,
        aggregates: Set<RollupAggregate> = Set(RollupAggregate.allCases), keep: Duration? = nil
    ) throws -> RollupRule {
        try RollupRule(
            name, matching: [matching ?? [.name("m")]], interval: .seconds(seconds), aggregates: aggregates, keep: keep)
    }

    static func configuration(_ clocks: MovableClocks, _ rules: [RollupRule]) throws -> Database.Configuration {
        var configuration = DeletionTestSupport.configuration(clocks)
        configuration.rollupRules = try RollupRules(rules)
        configuration.rollsUpWhenDue = false
        configuration.rollupSeriesLimit = 3
        return configuration
    }

    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    /// Appends floats of one series, at times relative to ``start``.
    static func append(_ samples: [(Int64, Double)], to database: Database, _ labels: Labels = ["__name__": "m"]) throws
    {
        try database.append { batch in
            batch.duplicates = .keepLast
            for (time, value) in samples { batch.append(value, at: Self.time(start + time), to: labels) }
        }
    }

    /// Evaluates a query at each step, and returns the bits of its points by labels, step by step.
    static func bits(
        _ text: String, _ use: RollupUse, from first: Int64, through last: Int64, step: Int64, in view: ReadView
    ) async throws -> [String: [String]] {
        var overrides = QueryOverrides()
        overrides.rollups = use
        let result = try await PromQLEngine().query(
            text, over: time(first)...time(last), step: .milliseconds(step), in: view, overrides: overrides)
        guard case .matrix(let series) = result.value else { return [:] }
        var bits: [String: [String]] = [:]
        for series in series {
            var points: [String] = []
            for (time, value) in zip(series.timestamps, series.values) {
                points.append("\(time.milliseconds):\(value.bitPattern)")
            }
            for (time, histogram) in zip(series.histogramTimestamps, series.histograms) {
                points.append("\(time.milliseconds):\(histogram)")
            }
            bits["\(series.labels)"] = points.sorted()
        }
        return bits
    }

    /// Evaluates a query at one time and returns the value of its only series; nil if there is none.
    static func value(_ text: String, _ use: RollupUse, at time: Int64, in view: ReadView) async throws -> Double? {
        var overrides = QueryOverrides()
        overrides.rollups = use
        let result = try await PromQLEngine().query(text, at: Self.time(time), in: view, overrides: overrides)
        guard case .vector(let elements) = result.value else { return nil }
        return elements.count == 1 ? elements[0].value : nil
    }

    /// How many samples, or points in their place, a query reads.
    static func samplesRead(
        _ text: String, _ use: RollupUse, at time: Int64, in view: ReadView
    ) async throws -> Int {
        var overrides = QueryOverrides()
        overrides.rollups = use
        return try await PromQLEngine().query(text, at: Self.time(time), in: view, overrides: overrides)
            .statistics.samplesRead
    }

    /// The functions that are exact.
    static let functions = ["count", "present", "min", "max", "last", "sum"]
}

/// The events that a database has reported.
final class EventList: Sendable {
    private let events = Mutex<[DatabaseEvent]>([])
    var all: [DatabaseEvent] { events.withLock { $0 } }
    func add(_ event: DatabaseEvent) { events.withLock { $0.append(event) } }
}
