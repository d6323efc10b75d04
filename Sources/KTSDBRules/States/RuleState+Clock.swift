extension RuleState {
    /// Returns the state with all of its times moved, so that their ages stay the same after the clock was set.
    func moved(by duration: Duration) -> RuleState {
        var state = self
        state.evaluatedAt = evaluatedAt.map { $0 + duration }
        state.alerts = alerts.mapValues { $0.moved(by: duration) }
        return state
    }
}

extension Alert {
    fileprivate func moved(by duration: Duration) -> Alert {
        var alert = self
        alert.activeAt = activeAt + duration
        alert.firedAt = firedAt.map { $0 + duration }
        alert.resolvedAt = resolvedAt.map { $0 + duration }
        alert.lastSentAt = lastSentAt.map { $0 + duration }
        alert.keepFiringSince = keepFiringSince.map { $0 + duration }
        return alert
    }
}
