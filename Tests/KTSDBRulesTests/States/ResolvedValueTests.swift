import KTSDBAlertTesting
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Values at firing and at the end` {
    private static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)

    private func evaluate(_ rule: AlertingRule, _ values: [Double]) throws -> [RuleState] {
        let group = RuleGroup(name: "g", interval: .seconds(15), rules: [.alerting(rule)])
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        let database = Database.inMemory()
        let evaluator = GroupEvaluator(
            try PreparedGroup(group, options.language), storage: DatabaseRuleStorage(database), options: options)
        var states: [RuleState] = []
        for (step, value) in values.enumerated() {
            let time = Self.start + .seconds(15 * step)
            try database.append { $0.append(value, at: time.timestamp, to: ["__name__": "m", "i": "a"]) }
            evaluator.evaluate(at: time)
            states.append(evaluator.state.ruleStates[0])
        }
        return states
    }

    @Test func `annotations that name them are expanded again`() throws {
        let rule = AlertingRule(
            name: "A", expression: "m > 5", for: .seconds(15),
            annotations: [
                "now": "{{ with .ResolvedValue }}{{ . }} at {{ $labels.i }}{{ end }}", "then": "{{ .FiredValue }}",
                "last": "{{ $value }}",
            ])
        let states = try evaluate(rule, [7, 8, 9, 2])
        let alerts = states.compactMap(\.alerts.values.first)
        #expect(alerts.map { $0.annotations["now"] } == ["", "", "", "2 at a"])
        #expect(alerts.map { $0.annotations["then"] } == ["<no value>", "8", "8", "8"])
        #expect(alerts.map { $0.annotations["last"] } == ["7", "8", "9", "9"])
        #expect(alerts.map(\.resolvedValue) == [nil, nil, nil, 2] && alerts[3].firedValue == 8)
        #expect(try RuleStateCoding.decode(RuleStateCoding.encode(states[3])).alerts == states[3].alerts)
    }

    @Test func `zero is a value, and what is not a comparison has none`() throws {
        let rule = AlertingRule(
            name: "A", expression: "m > 5",
            annotations: ["now": "{{ if ne .ResolvedValue nil }}now {{ .ResolvedValue | humanize }}{{ end }}"])
        #expect(try evaluate(rule, [7, 0]).last?.alerts.values.first?.annotations["now"] == "now 0")
        let vector = AlertingRule(name: "A", expression: "abs(m) unless m < 5")
        #expect(try evaluate(vector, [7, 0]).last?.alerts.values.first?.resolvedValue == nil)
        let gone = try evaluate(rule, [7, .staleMarker]).last?.alerts.values.first
        #expect(gone?.state == .inactive && gone?.resolvedValue == nil && gone?.annotations["now"] == "")
    }

    @Test func `the value at the end is sent`() throws {
        let rule = AlertingRule(name: "A", expression: "m > 5")
        let alert = try #require(try evaluate(rule, [7, 3]).last?.alerts.values.first)
        let due = DueAlert(alert, of: "A", "m > 5", in: GroupKey(file: "f", name: "g"), validUntil: Self.start)
        #expect(due.resolvedValue == 3 && due.firedValue == 7 && due.value == 7)
    }
}
