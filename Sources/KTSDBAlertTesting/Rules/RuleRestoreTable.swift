import KTSDBModel
import KTSDBRules

/// `rule_restore.json`: since when alerts are active after a restart without records.
enum RuleRestoreTable {
    static let table = AlertTable("rule_restore.json") { test in
        var options = RuleOptions()
        options.restorer = ActivityRestorer(
            gracePeriod: try need(test["grace_period_s"]).duration,
            outageTolerance: try need(test["outage_tolerance_s"]).duration)
        let state = try restart(test, options).ruleStates[0]
        let found = state.activeAlerts.map { Int($0.activeAt.wholeSeconds) }.sorted()
        try check(found, is: test["active_at_s"]?.integers)
        try check(state.isRestored, "a state that is restored")
    }

    /// Returns the state of the process after a restart.
    private static func restart(_ test: TableValue, _ options: RuleOptions) throws -> GroupState {
        let storage = try TableStorage(script: try need(test["load"]?.text))
        var group = RuleGroup(name: "g", interval: .seconds(300), rules: [try need(test["rule"]?.rule)])
        let before = GroupEvaluator(try PreparedGroup(group, options.language), storage: storage, options: options)
        for time in try need(test["evaluated_at_s"]?.array) { before.evaluate(at: time.time) }
        // Only the new process has the offset.
        group.queryOffset = try need(test["query_offset_s"]).duration
        let after = GroupEvaluator(
            try PreparedGroup(group, options.language), storage: storage, options: options,
            state: GroupState(group, restores: true))
        let restart = try need(test["restart_at_s"]).time
        after.evaluate(at: restart)
        after.restore(at: restart, options.restorer)
        return after.state
    }
}
