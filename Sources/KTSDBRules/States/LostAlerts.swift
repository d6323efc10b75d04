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
    func isKept(_ labels: Labels) -> Bool {
        guard policy != .resolve, labels[NoDataPolicy.alertLabel] == nil, let samples else { return false }
        return samples[labels] == nil
    }

    /// Whether there is no data at all, and the rule has an alert that says so.
    var isDataMissing: Bool { policy == .alert && samples?.isEmpty ?? false }

    /// The series of an alert with what the expression compares.
    func sample(_ labels: Labels) -> RuleSample? { samples?[labels] }
}
