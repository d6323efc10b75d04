public import KTSDBModel

/// Restores the times at which alerts became active from stored `ALERTS_FOR_STATE`, as Prometheus does after a restart.
///
/// It serves rules that have no record: their samples were imported, or stored by another program. Only rules whose
/// `for` is at least the grace period are restored; the others start again.
public struct ActivityRestorer: Hashable, Sendable {
    /// The shortest time that a restored pending alert still waits, and the shortest `for` of a rule that is restored.
    public var gracePeriod: Duration
    /// The greatest age of the last sample.
    public var outageTolerance: Duration

    /// Creates a restorer. The defaults are those of Prometheus.
    public init(gracePeriod: Duration = .seconds(600), outageTolerance: Duration = .seconds(3600)) {
        self.gracePeriod = gracePeriod
        self.outageTolerance = outageTolerance
    }

    /// Returns the state of an alerting rule with the times that `source` has for its alerts. It is for the second
    /// evaluation after a start. If `source` cannot be read, the times stay as they are.
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

    /// Returns when an alert became active whose last `ALERTS_FOR_STATE` is `sample`; nil if its value is NaN or out of
    /// range.
    func activity(_ sample: Sample, holdDuration: Duration, now: PreciseTime) -> PreciseTime? {
        guard sample.value.magnitude < 9e9 else { return nil }
        let second = floorDivide(sample.timestamp.milliseconds, by: 1000) * 1_000_000_000
        let downAt = PreciseTime(nanoseconds: second)
        let activeAt = PreciseTime(nanoseconds: Int64(sample.value) * 1_000_000_000)
        let remaining = holdDuration - (downAt - activeAt)
        // It was firing, and fires again at the next evaluation.
        if remaining <= .zero { return activeAt }
        if remaining < gracePeriod { return now + gracePeriod - holdDuration }
        // The time without evaluations does not count.
        return activeAt + (now - downAt)
    }

    /// Returns the last sample of each `ALERTS_FOR_STATE` series of a rule, by the labels of its alert.
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

    /// The matchers that the series of all alerts of a rule meet. Labels with templates are left out, since they differ
    /// from alert to alert.
    private func matchers(of rule: AlertingRule) -> [LabelMatcher] {
        let fixed = rule.labels.filter { !$0.text.contains("{{") && $0.name != AlertSeries.nameLabel }
        return [.name(AlertSeries.activityName), .equal(AlertSeries.nameLabel, rule.name)]
            + fixed.map { .equal($0.name, $0.text) }
    }
}
