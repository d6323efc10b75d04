internal import KTSDBModel

/// What is known of alerts that the expression does not give any more.
struct LostAlerts {
    private let policy: NoDataPolicy
    /// The series of the rule by the labels that their alerts have; nil if they are not known.
    private var samples: [Labels: RuleSample]?

    init(
        _ subjects: AlertSubjects, _ policy: NoDataPolicy, labels: (RuleSample) throws(RuleError) -> Labels
    ) throws(RuleError) {
        self.policy = policy
        guard case .series(let series) = subjects else { return }
        var samples: [Labels: RuleSample] = [:]
        for sample in series { samples[try labels(sample)] = sample }
        self.samples = samples
    }

    /// Whether an alert stays as it is, because its series is gone and has not only recovered. The alert about missing
    /// data is over as soon as there is data.
    private func isKept(_ labels: Labels) -> Bool {
        guard labels[NoDataPolicy.alertLabel] == nil, let samples else { return false }
        return samples[labels] == nil
    }

    /// The alerts that stay as they are, although they are not among those that the expression gives.
    ///
    /// Series that are replaced by others, such as those of pods, never come back. So that their alerts do not become
    /// more and more, at most `limit` are kept: those that became active last.
    func kept(of state: RuleState, besides found: [Labels: Alert], atMost limit: Int) -> Set<Labels> {
        guard policy != .resolve else { return [] }
        let kept = state.alerts.values.filter {
            $0.state != .inactive && found[$0.labels] == nil && isKept($0.labels)
        }
        guard kept.count > limit else { return Set(kept.map(\.labels)) }
        let newest = kept.sorted { ($0.activeAt, $0.labels) > ($1.activeAt, $1.labels) }.prefix(max(0, limit))
        return Set(newest.map(\.labels))
    }

    /// Whether there is no data at all, and the rule has an alert that says so.
    var isDataMissing: Bool { policy == .alert && samples?.isEmpty ?? false }

    /// The series of an alert with what the expression compares.
    func sample(_ labels: Labels) -> RuleSample? { samples?[labels] }
}
