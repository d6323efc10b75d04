public import KTSDBModel

/// Restores since when alerts are active from stored `ALERTS_FOR_STATE`, as Prometheus does after a restart.
///
/// This is for rules that have no record: their samples were imported, or stored by another program. Only rules whose
/// `for` is at least the grace period are restored; the others begin anew.
public struct ActivityRestorer: Hashable, Sendable {
    /// How long an alert waits at least after a restart, and which rules are restored at all.
    public var gracePeriod: Duration
    /// How old the last sample may be.
    public var outageTolerance: Duration

    /// Prometheus' defaults.
    public init(gracePeriod: Duration = .seconds(600), outageTolerance: Duration = .seconds(3600)) {
        self.gracePeriod = gracePeriod
        self.outageTolerance = outageTolerance
    }

    /// Returns the state of an alerting rule after its second evaluation since a start, with what `source` has of it
    /// before `now`. A failure to read counts as nothing found.
    public func restore(
        _ state: RuleState, of rule: AlertingRule, in source: any SeriesSource, at now: PreciseTime
    ) -> RuleState {
        var restored = state
        restored.isRestored = true
        guard rule.holdDuration >= gracePeriod,
            let samples = try? lastSamples(of: rule, in: source, (now - outageTolerance).timestamp...now.timestamp)
        else { return restored }
        for (labels, alert) in state.alerts {
            guard let sample = samples[labels], !sample.value.isStaleMarker else { continue }
            let activeAt = activity(sample, holdDuration: rule.holdDuration, now: now)
            restored.alerts[labels]?.activeAt = activeAt ?? alert.activeAt
        }
        return restored
    }

    /// Since when an alert is active whose last `ALERTS_FOR_STATE` was `sample`; nil if the sample makes no sense.
    func activity(_ sample: Sample, holdDuration: Duration, now: PreciseTime) -> PreciseTime? {
        guard sample.value.magnitude < 9e9 else { return nil }
        let second = floorDivide(sample.timestamp.milliseconds, by: 1000) * 1_000_000_000
        let downAt = PreciseTime(nanoseconds: second)
        let activeAt = PreciseTime(nanoseconds: Int64(sample.value) * 1_000_000_000)
        let remaining = holdDuration - (downAt - activeAt)
        // It fired, and does again with the next evaluation.
        if remaining <= .zero { return activeAt }
        if remaining < gracePeriod { return now + gracePeriod - holdDuration }
        // The time that nobody looked does not count.
        return activeAt + (now - downAt)
    }

    /// The last sample of each `ALERTS_FOR_STATE` of a rule, by the labels of its alert.
    private func lastSamples(
        of rule: AlertingRule, in source: any SeriesSource, _ range: ClosedRange<Timestamp>
    ) throws(ReadError) -> [Labels: Sample] {
        let selection = try source.select(matchers(of: rule), in: range)
        var samples: [Labels: Sample] = [:], columns = SampleColumns()
        for position in 0..<selection.count {
            try selection.decode(position, into: &columns)
            guard columns.times.count > 0 else { continue }
            let last = columns.times.count - 1
            let labels = try selection.labels(at: position).removing(["__name__"])
            samples[labels] = Sample(
                timestamp: Timestamp(milliseconds: columns.times[last]), value: columns.values[last])
        }
        return samples
    }

    /// The conditions that the series of all alerts of a rule meet. Labels with templates differ from alert to alert.
    private func matchers(of rule: AlertingRule) -> [LabelMatcher] {
        let fixed = rule.labels.filter { !$0.text.contains("{{") && $0.name != AlertSeries.nameLabel }
        return [.name(AlertSeries.activityName), .equal(AlertSeries.nameLabel, rule.name)]
            + fixed.map { .equal($0.name, $0.text) }
    }
}
