import KTSDBModel
import Testing

@testable import KTSDBRules

@Suite struct `Alerting rules` {
    let start = PreciseTime(nanoseconds: 1_700_000_000_123_456_789)
    let labels: Labels = ["alertname": "A", "i": "1"]

    func step(
        _ rule: AlertingRule, _ state: RuleState, at seconds: Int, _ values: [Double] = [1], limit: Int = 0,
        labels: Labels = ["__name__": "m", "i": "1"], expand: (String, RuleSample) -> String = { text, _ in text }
    ) -> RuleStep {
        let samples = values.enumerated().map { number, value in
            RuleSample(labels: number == 0 ? labels : labels.setting("i", to: "\(number + 1)"), value: value)
        }
        let context = RuleContext(time: start + .seconds(seconds), limit: limit)
        return rule.evaluate(state, .success(samples), in: context, expand: expand)
    }

    @Test func `An alert without for fires in the evaluation that finds it`() {
        let step = step(AlertingRule(name: "A", expression: "m"), RuleState(), at: 0)
        #expect(step.state.alerts[labels]?.state == .firing && step.state.alerts[labels]?.firedAt == start)
        #expect(step.samples.map(\.labels.metricName) == ["ALERTS", "ALERTS_FOR_STATE"])
        #expect(step.samples.map(\.value) == [1, 1_700_000_000])
        #expect(step.state.alertState == .firing && RuleState().alertState == nil)
    }

    @Test func `A longer for makes a firing alert pending again, a shorter one fires by the old time`() {
        var rule = AlertingRule(name: "A", expression: "m", for: .seconds(30))
        var state = step(rule, RuleState(), at: 0).state
        state = step(rule, state, at: 30).state
        #expect(state.alerts[labels]?.state == .firing)
        state.markSent(state.activeAlerts, at: start + .seconds(30))
        rule.holdDuration = .seconds(60)
        let back = step(rule, state, at: 45)
        #expect(back.state.alerts[labels]?.state == .pending && back.state.alerts[labels]?.firedAt == nil)
        #expect(back.state.alerts[labels]?.lastSentAt == nil && back.state.alerts[labels]?.activeAt == start)
        #expect(back.endedSeries.map { $0["alertstate"] } == ["firing"])
        rule.holdDuration = .seconds(50)
        #expect(step(rule, back.state, at: 51).state.alerts[labels]?.state == .firing)
    }

    @Test func `Equal labels are an error that changes nothing`() {
        let rule = AlertingRule(name: "A", expression: "m", labels: ["i": "x"])
        let before = step(rule, RuleState(), at: 0).state
        let after = step(rule, before, at: 15, [1, 2])
        #expect(
            after.error?.description == "vector contains metrics with the same labelset after applying alert labels")
        #expect(after.state.alerts == before.alerts && after.samples.isEmpty && after.endedSeries.isEmpty)
        #expect(after.state.health.description == "err")
    }

    @Test func `Beyond the limit all state is thrown away, and the next success ends the series`() {
        let rule = AlertingRule(name: "A", expression: "m")
        let before = step(rule, RuleState(), at: 0, limit: 1).state
        let over = step(rule, before, at: 15, [1, 2], limit: 1)
        #expect(over.error?.description == "exceeded limit of 1 with 2 alerts" && over.state.alerts.isEmpty)
        #expect(over.endedSeries.isEmpty)
        #expect(step(rule, over.state, at: 30, [], limit: 1).endedSeries.count == 2)
    }

    @Test func `An empty label of the rule removes the label, an empty annotation stays`() {
        let rule = AlertingRule(name: "A", expression: "m", labels: ["i": "", "j": "k"], annotations: ["a": ""])
        let alert = step(rule, RuleState(), at: 0).state.activeAlerts[0]
        #expect(alert.labels == ["alertname": "A", "j": "k"] && alert.annotations["a"] == "")
    }

    @Test func `ALERTS have the labels of the alert alone`() {
        let rule = AlertingRule(name: "A", expression: "m", labels: ["gone": "{{ nothing }}"])
        let step = step(rule, RuleState(), at: 0) { text, _ in text.hasPrefix("{{") ? "" : text }
        #expect(step.samples[0].labels == ["__name__": "ALERTS", "alertname": "A", "alertstate": "firing", "i": "1"])
    }

    @Test func `Before the state is restored nothing is stored`() {
        let step = step(AlertingRule(name: "A", expression: "m"), RuleState(isRestored: false), at: 0)
        #expect(step.samples.isEmpty && step.state.alerts.count == 1)
    }

    @Test func `A firing alert is sent again when more than the delay has passed, and at once when it is over`() {
        let rule = AlertingRule(name: "A", expression: "m"), policy = ResendPolicy(interval: .seconds(15))
        var state = RuleState(), sent: [Int] = []
        for second in stride(from: 0, through: 1500, by: 15) {
            state = step(rule, state, at: second, second < 200 ? [1] : []).state
            let due = state.dueAlerts(at: start + .seconds(second), policy)
            if !due.isEmpty { sent.append(second) }
            state.markSent(due, at: start + .seconds(second))
        }
        #expect(sent == [0, 75, 150] + stride(from: 210, through: 1110, by: 75))
        #expect(state.alerts.isEmpty)
        #expect(policy.validity == .seconds(240))
    }

    @Test func `Alerts that were not taken over stay due and come first`() {
        let rule = AlertingRule(name: "A", expression: "m"), policy = ResendPolicy(interval: .seconds(15))
        var state = step(rule, RuleState(), at: 0, [1, 2, 3]).state
        let due = state.dueAlerts(at: start, policy)
        #expect(due.count == 3)
        state.markSent(due.prefix(1), at: start)
        let later = state.dueAlerts(at: start + .seconds(75), policy)
        #expect(later.map(\.labels) == [due[1].labels, due[2].labels, due[0].labels])
    }
}
