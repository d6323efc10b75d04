internal import KTSDBModel

extension GroupState {
    /// Returns the state of a group that takes the place of one with the same key.
    ///
    /// Rules keep their state if their name and labels are the same, the n-th of several that are alike that of the
    /// n-th. Their expression, `for` and annotations may differ. What other rules have stored has ended.
    package static func copying(_ old: GroupState, of oldGroup: RuleGroup, to group: RuleGroup) -> GroupState {
        var state = GroupState(group)
        state.statistics = old.statistics
        state.endedSeries = old.endedSeries
        state.endedRecords = old.endedRecords
        state.evaluationsBeforeRestoring = old.evaluationsBeforeRestoring
        var waiting: [RuleIdentity: [Int]] = [:]
        for (index, rule) in oldGroup.rules.enumerated().reversed() {
            waiting[rule.identity, default: []].append(index)
        }
        for (index, rule) in group.rules.enumerated() {
            guard let match = waiting[rule.identity]?.popLast() else { continue }
            state.rules[index].take(old.rules[match], isAlerting: rule.alerting != nil)
        }
        for index in waiting.values.joined() {
            state.endedSeries.formUnion(old.rules[index].state.written.all)
            state.endedRecords.insert(old.rules[index].recordKey)
        }
        for rule in state.rules { state.endedRecords.remove(rule.recordKey) }
        return state
    }
}

extension RuleRuntime {
    fileprivate mutating func take(_ old: RuleRuntime, isAlerting: Bool) {
        state.written = old.state.written
        state.isRestored = old.state.isRestored || !isAlerting
        state.health = old.state.health
        state.evaluatedAt = old.state.evaluatedAt
        if isAlerting { state.alerts = old.state.alerts }
        record = old.record
        lastEvaluation = old.lastEvaluation
        duration = old.duration
    }
}
