import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Alerting rules against a naive model` {
    static let series = (0..<5).map { Labels([("i", "\($0)")]) }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `States, times, series and records follow from the history of results`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let hold = Duration.seconds(random.pick([0, 0, 30, 60, 100])),
            keep = Duration.seconds(random.pick([0, 0, 45, 90]))
        let limit = random.oneIn(4) ? 3 : 0
        let rule = AlertingRule(name: "A", expression: "x", for: hold, keepFiringFor: keep, labels: ["a": "b"])
        var models = Dictionary(
            uniqueKeysWithValues: Self.series.map { ($0, AlertModel(holdDuration: hold, keepFiringFor: keep)) })
        var state = RuleState(), stored: Set<Labels> = [], time = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)
        for _ in 0..<60 {
            time = time + .seconds(random.pick([15, 15, 15, 16, 30, 400]))
            let context = RuleContext(time: time, limit: limit)
            guard !random.oneIn(10) else {
                let step = rule.evaluate(state, .failure(.query("no")), in: context) { text, _ in text }
                #expect(step.samples.isEmpty && step.endedSeries.isEmpty && step.state.alerts == state.alerts)
                state = step.state
                continue
            }
            let present = Set(Self.series.filter { _ in !random.oneIn(3) })
            let samples = present.map { RuleSample(labels: $0, value: 7) }
            let step = rule.evaluate(state, .success(samples), in: context) { text, _ in text }
            for labels in Self.series {
                models[labels]!.history.append((time, present.contains(labels)))
            }
            let active = models.values.filter { $0.outcome.map { $0.state != .inactive } ?? false }.count
            if limit > 0, active > limit {
                #expect(step.error == .limit(limit, found: active, isAlerting: true) && step.state.alerts.isEmpty)
                for labels in Self.series { models[labels]!.history = [] }
                state = step.state
                continue
            }
            for labels in Self.series {
                let alert = step.state.alerts[labels.setting("alertname", to: "A").setting("a", to: "b")]
                let found = alert.map {
                    AlertModel.Outcome(
                        state: $0.state, activeAt: $0.activeAt, firedAt: $0.firedAt, resolvedAt: $0.resolvedAt)
                }
                #expect(found == models[labels]!.outcome, "seed \(seed)")
            }
            stored.subtract(step.endedSeries)
            stored.formUnion(step.samples.map(\.labels))
            #expect(stored == Set(AlertSeriesModel.series(of: step.state)), "seed \(seed)")
            state = step.state
            let reread = try RuleStateCoding.decode(RuleStateCoding.encode(state))
            #expect(reread.alerts == state.alerts && reread.written == state.written)
        }
    }
}

enum AlertSeriesModel {
    /// The series that the alerts of a state have.
    static func series(of state: RuleState) -> [Labels] {
        state.activeAlerts.flatMap { alert in
            [
                alert.labels.setting("__name__", to: "ALERTS").setting("alertstate", to: "\(alert.state)"),
                alert.labels.setting("__name__", to: "ALERTS_FOR_STATE"),
            ]
        }
    }
}
