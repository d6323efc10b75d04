internal import KTSDBModel

/// Decides what happens to alerts that the expression no longer returns.
struct LostAlerts {
    private let policy: NoDataPolicy
    /// The series of the rule, by the labels of their alerts; nil if they are unknown.
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

    /// Whether an alert keeps its state because its series no longer exists, as opposed to having recovered. The alert
    /// about missing data is never kept: it ends as soon as there is data.
    private func isKept(_ labels: Labels) -> Bool {
        guard labels[NoDataPolicy.alertLabel] == nil, let samples else { return false }
        return samples[labels] == nil
    }

    /// Returns the labels of the alerts that keep their state although the expression no longer returns them.
    ///
    /// Series that are replaced by others, such as those of pods, never come back. To bound the number of their alerts,
    /// at most `limit` are kept: those that became active last.
    func kept(of state: RuleState, besides found: [Labels: Alert], atMost limit: Int) -> Set<Labels> {
        guard policy != .resolve else { return [] }
        let kept = state.alerts.values.filter {
            $0.state != .inactive && found[$0.labels] == nil && isKept($0.labels)
        }
        guard kept.count > limit else { return Set(kept.map(\.labels)) }
        let newest = kept.sorted { ($0.activeAt, $0.labels) > ($1.activeAt, $1.labels) }.prefix(max(0, limit))
        return Set(newest.map(\.labels))
    }

    /// Whether the rule must alert about missing data: no series has data, and the policy is ``NoDataPolicy/alert``.
    var isDataMissing: Bool { policy == .alert && samples?.isEmpty ?? false }

    /// Returns the series of an alert with the value that the expression compares; nil if it is unknown.
    func sample(_ labels: Labels) -> RuleSample? { samples?[labels] }
}
