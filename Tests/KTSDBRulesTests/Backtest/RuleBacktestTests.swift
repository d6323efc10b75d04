import KTSDBAlertTesting
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Back-tests` {
    static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)

    @Test(arguments: 0..<10 as Range<UInt64>) func `find what the server would have found`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let storage = TableStorage(), steps = 300
        for series in 0..<3 {
            var value = 0.0
            let samples = (0..<steps).map { step in
                if random.oneIn(8) { value = 1 - value }
                return Sample(timestamp: (Self.start + .seconds(15 * step)).timestamp, value: value)
            }
            storage.append(samples, to: ["__name__": "m", "i": "\(series)"])
        }
        let rule = AlertingRule(
            name: "A", expression: random.oneIn(2) ? "m > 0" : "m @ end() > 0",
            for: .seconds(random.pick([0, 30, 60])),
            keepFiringFor: .seconds(random.pick([0, 30])), annotations: ["v": "{{ $value }}"])
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        let end = Self.start + .seconds(15 * (steps - 1))
        let report = try RuleBacktest(rule, options: options)
            .run(over: Self.start...end, interval: .seconds(15), in: storage.view())
        var expected: [Labels: [PreciseTime]] = [:]
        let group = RuleGroup(name: "g", interval: .seconds(15), rules: [.alerting(rule)])
        let evaluator = GroupEvaluator(
            try PreparedGroup(group, options.language), storage: TableStorage(view: storage), options: options)
        for step in 0..<steps {
            evaluator.evaluate(at: Self.start + .seconds(15 * step))
            for alert in evaluator.state.ruleStates[0].alerts.values {
                guard let firedAt = alert.firedAt, expected[alert.labels]?.last != firedAt else { continue }
                expected[alert.labels, default: []].append(firedAt)
            }
        }
        let found = Dictionary(grouping: report.fired, by: \.labels).mapValues { $0.compactMap(\.firedAt) }
        #expect(found == expected && report.evaluations == steps && report.failures.isEmpty)
        #expect(report.fired.allSatisfy { $0.annotations["v"] == "1" })
    }

    @Test func `say how often a rule failed, and are bounded`() throws {
        let storage = TableStorage()
        for series in 0..<2 {
            storage.append(
                [Sample(timestamp: Self.start.timestamp, value: 1)], to: ["__name__": "m", "i": "\(series)"])
        }
        let rule = AlertingRule(name: "A", expression: "m", labels: ["i": "x"])
        var test = RuleBacktest(rule)
        let end = Self.start + .seconds(60)
        let report = try test.run(over: Self.start...end, interval: .seconds(15), in: storage.view())
        #expect(report.failures.values.first == 5 && report.runs.isEmpty)
        test.evaluationLimit = 4
        #expect(throws: RuleError.self) {
            try test.run(over: Self.start...end, interval: .seconds(15), in: storage.view())
        }
    }
}
