internal import KTSDBModel

extension GroupState {
    /// Takes the states of rules from their records, which are then not among `records` any more.
    ///
    /// - Returns: What is wrong with records that cannot be read, by their keys.
    mutating func load(
        from records: inout [String: [UInt8]], at now: PreciseTime, outageTolerance: Duration
    ) -> [String: RuleStateError] {
        var errors: [String: RuleStateError] = [:]
        for index in rules.indices {
            guard let bytes = records.removeValue(forKey: rules[index].recordKey) else { continue }
            do throws(RuleStateError) {
                let state = try RuleStateCoding.decode(bytes)
                rules[index].record = RecordMemory(bytes, state)
                rules[index].state = state.resumed(at: now, outageTolerance: outageTolerance)
            } catch { errors[rules[index].recordKey] = error }
        }
        if rules.allSatisfy(\.state.isRestored) { evaluationsBeforeRestoring = nil }
        return errors
    }
}

extension RuleState {
    /// Returns the state with which the rule continues after a start.
    ///
    /// Nothing changes, however long nobody looked, but for two cases. If that was longer than the outage tolerance,
    /// pending alerts begin anew: nothing is known of that time. And if the last evaluation is in the future, the
    /// clock was set back, and all times move along.
    fileprivate func resumed(at now: PreciseTime, outageTolerance: Duration) -> RuleState {
        guard let evaluatedAt else { return self }
        if evaluatedAt > now { return moved(by: now - evaluatedAt) }
        guard now - evaluatedAt > outageTolerance else { return self }
        var state = self
        state.alerts = alerts.filter { $0.value.state != .pending }
        return state
    }
}
