import KTSDBModel
import Testing

@testable import KTSDBRules

/// `rule_restore.json`: since when alerts are active after a restart without records.
@Suite struct `Table rule_restore` {
    @Test func `Alerts are restored as Prometheus restores them`() throws {
        guard let table = try TableValue.file("rule_restore.json") else { return }
        for test in table.list {
            let storage = try TableStorage(script: test["load"]!.text!)
            var options = RuleOptions()
            options.restorer = ActivityRestorer(
                gracePeriod: test["grace_period_s"]!.duration, outageTolerance: test["outage_tolerance_s"]!.duration)
            var group = RuleGroup(name: "g", interval: .seconds(300), rules: [test["rule"]!.rule!])
            // Only the new process has the offset.
            let before = GroupEvaluator(
                try PreparedGroup(group, options.language), storage: storage, options: options)
            group.queryOffset = test["query_offset_s"]!.duration
            let prepared = try PreparedGroup(group, options.language)
            for time in test["evaluated_at_s"]!.list { before.evaluate(at: time.time) }
            let after = GroupEvaluator(
                prepared, storage: storage, options: options, state: GroupState(group, restores: true))
            let restart = test["restart_at_s"]!.time
            after.evaluate(at: restart)
            after.restore(at: restart, options.restorer)
            let found = after.state.ruleStates[0].activeAlerts.map(\.activeAt.wholeSeconds).sorted()
            #expect(found == test["active_at_s"]!.list.map { Int64($0.number!) }, "\(test["name"]!.value)")
            #expect(after.state.ruleStates[0].isRestored)
        }
    }
}
