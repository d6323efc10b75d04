import KTSDBModel
import Testing

@testable import KTSDBRules

@Suite struct `States that are read from records` {
    let time = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)
    let group = RuleGroup(
        file: "f", name: "g", interval: .seconds(15), rules: [.alerting(AlertingRule(name: "A", expression: "m"))])

    private func resumed(_ state: RuleState, after gap: Duration) -> RuleState {
        var records = [RuleRecordKey.keys(of: group)[0]: RuleStateCoding.encode(state)]
        var loaded = GroupState(group, restores: true)
        let errors = loaded.load(from: &records, at: time + gap, outageTolerance: .seconds(3600))
        #expect(errors.isEmpty && records.isEmpty && loaded.evaluationsBeforeRestoring == nil)
        return loaded.ruleStates[0]
    }

    private var state: RuleState {
        var state = RuleState()
        for (number, alertState) in [AlertState.pending, .firing].enumerated() {
            var alert = Alert(
                labels: ["alertname": "A", "i": "\(number)"], value: 1, activeAt: time - .seconds(60 * number))
            alert.state = alertState
            if alertState == .firing { alert.firedAt = time }
            state.alerts[alert.labels] = alert
            state.written.alerts[alert.labels] = alertState
        }
        state.evaluatedAt = time
        return state
    }

    @Test func `Within the outage tolerance nothing changes`() {
        #expect(resumed(state, after: .seconds(3600)) == state)
    }

    @Test func `After a longer time pending alerts begin anew, and their series end; firing ones stay`() {
        let resumed = resumed(state, after: .seconds(3601))
        #expect(resumed.alerts.values.map(\.state) == [.firing] && resumed.written == state.written)
    }

    @Test func `If the clock was set back meanwhile, all times move along`() {
        let resumed = resumed(state, after: .seconds(-7200))
        #expect(resumed.evaluatedAt == time - .seconds(7200))
        #expect(Set(resumed.alerts.values.map(\.activeAt)) == [time - .seconds(7200), time - .seconds(7260)])
    }

    @Test func `A damaged record is reported, and the rule begins anew`() {
        let key = RuleRecordKey.keys(of: group)[0]
        var records: [String: [UInt8]] = [key: [1, 99]], loaded = GroupState(group, restores: true)
        let errors = loaded.load(from: &records, at: time, outageTolerance: .seconds(3600))
        #expect(errors == [key: .malformed(offset: 2)] && loaded.ruleStates[0].alerts.isEmpty)
        #expect(loaded.evaluationsBeforeRestoring == 2)
    }

    @Test func `Rules that are alike have keys of their own`() {
        let rule = Rule.alerting(AlertingRule(name: "A", expression: "m", labels: ["a": "b"]))
        let keys = RuleRecordKey.keys(of: RuleGroup(file: "f", name: "g", interval: .seconds(1), rules: [rule, rule]))
        #expect(keys == [#""f""g""A"{a="b"}0"#, #""f""g""A"{a="b"}1"#])
    }
}
