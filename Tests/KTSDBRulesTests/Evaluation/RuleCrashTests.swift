import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Rules across crashes` {
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    static let rules: [Rule] = [
        .alerting(AlertingRule(name: "A", expression: "m == 1", for: .seconds(30), keepFiringFor: .seconds(15))),
        .recording(RecordingRule(name: "r", expression: "m * 2")),
    ]
    /// The values of `m`, one for each evaluation.
    static let values: [Double?] = [0, 1, 1, 1, 1, 0, 0, nil]

    private func open(_ disk: SimulatedFileSystem) throws -> Database {
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.clock = .manual(ManualClock(Self.start + .seconds(3600)))
        return try Database(files: disk, path: "/data", configuration: configuration)
    }

    private func time(_ step: Int) -> PreciseTime { PreciseTime(Self.start + .seconds(15 * step)) }

    /// An evaluator that continues with what the database has.
    private func evaluator(_ database: Database, at now: PreciseTime) throws -> GroupEvaluator {
        let group = RuleGroup(file: "f", name: "g", interval: .seconds(15), rules: Self.rules)
        let storage = DatabaseRuleStorage(database)
        var state = GroupState(group), records = storage.records()
        #expect(state.load(from: &records, at: now, outageTolerance: .seconds(3600)).isEmpty && records.isEmpty)
        return GroupEvaluator(
            try PreparedGroup(group, PromQLRuleLanguage()), storage: storage, options: .init(), state: state)
    }

    /// Runs the evaluations from `first` on; returns how many were stored whole.
    @discardableResult
    private func run(_ database: Database, from first: Int = 0) throws -> Int {
        let evaluator = try evaluator(database, at: time(first))
        for step in first..<Self.values.count {
            if let value = Self.values[step] {
                let summary = try? database.append { $0.append(value, at: time(step).timestamp, to: ["__name__": "m"]) }
                guard summary != nil else { return step }
            }
            evaluator.evaluate(at: time(step))
            guard evaluator.state.ruleStates.allSatisfy({ $0.health == .ok }) else { return step }
        }
        return Self.values.count
    }

    private func samples(_ database: Database, _ name: String) throws -> [String] {
        let range = Timestamp.earliest...Timestamp.latest
        return try database.readView().series(matching: .name(name), in: range).flatMap { series in
            try series.samples().map { "\(series.labels) \($0.timestamp) \($0.value.bitPattern)" }
        }.sorted()
    }

    @Test func `A crash at any call leaves a state that belongs to the samples, and the run ends as if there was none`()
        throws
    {
        let whole = try open(SimulatedFileSystem())
        try run(whole)
        let names = ["ALERTS", "ALERTS_FOR_STATE", "r"]
        let wanted = try names.map { try samples(whole, $0) }
        let states = whole.readView().records(in: DatabaseRuleStorage.space)
        #expect(!states.isEmpty && wanted.allSatisfy { $0.count >= 4 })
        var call = 0, hasCrashed = true
        while hasCrashed {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let stored = (try? run(open(disk))) ?? 0
            hasCrashed = disk.hasCrashed
            let reopened = try open(hasCrashed ? disk.crashImage(seed: UInt64(call)) : disk.processEndImage())
            try checkAgreement(reopened, call)
            // Evaluations that were stored are not repeated; the one of the crash is.
            try run(reopened, from: stored)
            #expect(try names.map { try samples(reopened, $0) } == wanted, "call \(call)")
            #expect(reopened.readView().records(in: DatabaseRuleStorage.space) == states, "call \(call)")
            call += 1
        }
        #expect(call > 20)
    }

    /// The alert's record is as new as its samples: both are one commit.
    private func checkAgreement(_ database: Database, _ call: Int) throws {
        let view = database.readView(), range = Timestamp.earliest...Timestamp.latest
        let states = try view.records(in: DatabaseRuleStorage.space).values.map(RuleStateCoding.decode)
        let alerts = states.flatMap { $0.activeAlerts }
        let shown = try view.series(matching: .name("ALERTS"), in: range).filter { series in
            try series.samples().last.map { !$0.value.isStaleMarker } ?? false
        }
        #expect(shown.map { $0.labels["alertstate"] } == alerts.map { $0.state.description }, "call \(call)")
    }
}
