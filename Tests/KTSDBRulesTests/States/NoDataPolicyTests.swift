import KTSDBAlertTesting
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Alerts without data` {
    private static let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)

    /// A rule on `m` with two instances, step by step: a value of nil is no sample.
    private func states(
        _ policy: String?, _ values: [(a: Double?, b: Double?)], expression: String = "m > 5",
        for hold: Duration = .zero,
        keep: Duration = .zero, restartAfter: Int? = nil
    ) throws -> [[String]] {
        let rule = AlertingRule(
            name: "A", expression: expression, for: hold, keepFiringFor: keep, labels: ["severity": "page"],
            annotations: policy.map { [NoDataPolicy.name: $0] } ?? [:])
        let group = RuleGroup(name: "g", interval: .seconds(15), rules: [.alerting(rule)])
        let prepared = try PreparedGroup(group, PromQLRuleLanguage())
        var options = RuleOptions()
        options.templates = GoRuleTemplates()
        let database = Database.inMemory(), storage = DatabaseRuleStorage(database)
        var evaluator = GroupEvaluator(prepared, storage: storage, options: options)
        var seen: [[String]] = []
        for (step, value) in values.enumerated() {
            let time = Self.start + .seconds(15 * step)
            try database.append { batch in
                for (name, value) in [("a", value.a), ("b", value.b)] {
                    let value = value ?? .staleMarker
                    batch.append(value, at: time.timestamp, to: ["__name__": "m", "i": name])
                }
            }
            if step == restartAfter {
                var records = storage.records(), state = GroupState(group, restores: true)
                #expect(state.load(from: &records, at: time, outageTolerance: .seconds(3600)).isEmpty)
                evaluator = GroupEvaluator(prepared, storage: storage, options: options, state: state)
            }
            evaluator.evaluate(at: time)
            let state = evaluator.state.ruleStates[0]
            #expect(state.health == .ok)
            seen.append(
                state.activeAlerts.map { "\($0.labels["i"] ?? $0.labels[NoDataPolicy.alertLabel] ?? "") \($0.state)" })
        }
        return seen
    }

    private let gone: [(a: Double?, b: Double?)] = [(9, 0), (nil, 0), (nil, nil), (9, 0), (1, 0)]

    @Test func `Without a policy they are over, as in Prometheus`() throws {
        #expect(try states(nil, gone) == [["a firing"], [], [], ["a firing"], []])
        #expect(try states("resolve", gone) == [["a firing"], [], [], ["a firing"], []])
    }

    @Test func `With keep they stay until there is data that says otherwise`() throws {
        let kept = try states("keep", gone)
        #expect(kept == [["a firing"], ["a firing"], ["a firing"], ["a firing"], []])
        #expect(try states("keep", gone, restartAfter: 2) == kept)
        #expect(try states("keep", gone, keep: .seconds(15)).last == ["a firing"])
    }

    @Test func `A pending alert waits, and does not fire without data`() throws {
        let values: [(a: Double?, b: Double?)] = [(9, 0), (nil, 0), (nil, 0), (nil, 0), (9, 0), (1, 0)]
        let kept = try states("keep", values, for: .seconds(30))
        #expect(kept == [["a pending"], ["a pending"], ["a pending"], ["a pending"], ["a firing"], []])
        #expect(try states(nil, values, for: .seconds(30)) == [["a pending"], [], [], [], ["a pending"], []])
    }

    @Test func `With alert a rule without any data says so`() throws {
        let values = gone + [(nil, nil), (1, 1)]
        #expect(
            try states("alert", values) == [
                ["a firing"], ["a firing"], ["a firing", "true firing"], ["a firing"], [],
                ["true firing"], [],
            ])
        let slow = try states("alert", [(1, 1), (nil, nil), (nil, nil), (nil, nil), (1, 1)], for: .seconds(30))
        #expect(slow == [[], ["true pending"], ["true pending"], ["true firing"], []])
        #expect(
            try states(
                "alert", [(1, 1), (nil, nil), (nil, nil), (nil, nil), (1, 1)], for: .seconds(30), restartAfter: 2)
                == slow)
    }

    /// Evaluates `m > 1` with `keep` hour by hour, each with other series, and returns the states.
    private func churn(_ hours: Int, limit: Int, series: (Int) -> [String]) -> [RuleState] {
        let rule = AlertingRule(name: "A", expression: "m > 1", annotations: [NoDataPolicy.name: "keep"])
        var context = RuleContext(time: Self.start), state = RuleState(), states: [RuleState] = []
        context.bounds.alerts = limit
        for hour in 0..<hours {
            let samples = series(hour).map { RuleSample(labels: ["i": $0], value: 2) }
            let input = AlertInput(expand: { text, _, _ in text }) { .series(samples) }
            let step = rule.evaluate(state, .success(samples), in: context, input)
            #expect(step.error == nil)
            state = step.state
            states.append(state)
            context.time = context.time + .seconds(3600)
        }
        return states
    }

    @Test func `Kept alerts do not become more and more, the newest stay`() throws {
        let states = churn(200, limit: 5) { ["\(1000 + $0)"] }
        for state in states {
            #expect(state.activeAlerts.count <= 5 && state.alerts.count <= 6 && state.written.alerts.count <= 5)
        }
        let last = try #require(states.last)
        #expect(last.activeAlerts.compactMap { $0.labels["i"] }.sorted() == (1195..<1200).map { "\($0)" })
        // What the expression gives always has its place.
        let full = churn(3, limit: 2) { $0 == 0 ? ["a", "b"] : ["c", "d"] }
        #expect(full.last?.activeAlerts.compactMap { $0.labels["i"] }.sorted() == ["c", "d"])
    }

    @Test func `A kept alert stays the same for ever`() {
        let states = churn(2000, limit: 5) { $0 == 0 ? ["a"] : [] }
        #expect(states.allSatisfy { $0.alerts == states[1].alerts && $0.alerts.count == 1 })
    }

    @Test func `What is not a comparison has no data if no selector finds any`() throws {
        let rule = "sum by (i) (m) unless on () vector(0)"
        #expect(
            try states("keep", [(1, nil), (nil, nil)], expression: "max by (i) (m)") == [["a firing"], ["a firing"]])
        #expect(
            try states("keep", [(1, nil), (nil, 1)], expression: "max by (i) (m)") == [["a firing"], ["b firing"]])
        #expect(try states("keep", [(1, nil)], expression: rule) == [[]])
        #expect(try states("keep", [(nil, nil), (1, nil)], expression: "absent(m)") == [[" firing"], []])
    }

    @Test func `Labels say it too, annotations take precedence, and unknown values do not count`() {
        var rule = AlertingRule(name: "A", expression: "m", labels: [NoDataPolicy.name: "alert"])
        #expect(rule.noDataPolicy == .alert)
        rule.annotations = [NoDataPolicy.name: "keep"]
        #expect(rule.noDataPolicy == .keep)
        rule.annotations = [NoDataPolicy.name: "sometimes"]
        #expect(rule.noDataPolicy == .resolve)
    }

    @Test func `A failure to look for data leaves alerts as they are, but only with a policy`() {
        let time = Self.start
        for (policy, expected) in [("keep", AlertState.firing), ("resolve", .inactive)] {
            let rule = AlertingRule(name: "A", expression: "m > 1", annotations: [NoDataPolicy.name: policy])
            let input = AlertInput(expand: { text, _, _ in text }) { () throws(RuleError) in throw .query("no") }
            var step = rule.evaluate(
                RuleState(), .success([RuleSample(labels: ["i": "a"], value: 2)]), in: RuleContext(time: time), input)
            step = rule.evaluate(step.state, .success([]), in: RuleContext(time: time + .seconds(15)), input)
            #expect(step.state.alerts.values.map(\.state) == [expected])
            #expect((step.error == nil) == (policy == "resolve"))
        }
    }
}
