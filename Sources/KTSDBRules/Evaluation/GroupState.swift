internal import KTSDBModel

/// What is remembered of a group from one evaluation to the next.
public struct GroupState: Sendable {
    /// Its rules, in their order.
    var rules: [RuleRuntime]
    /// Series of rules that the group does not have any more; they get a staleness marker at the end of the next
    /// evaluation.
    var endedSeries: Set<Labels> = []
    /// Keys of such rules' records, which are removed then.
    var endedRecords: Set<String> = []
    /// How many evaluations are to come before `ALERTS_FOR_STATE` is looked at; nil if that is done or not needed.
    var evaluationsBeforeRestoring: Int?
    /// Figures for metrics.
    public internal(set) var statistics = GroupStatistics()

    /// The state of a group that was never evaluated. With `restores`, alerts are restored after the second evaluation.
    public init(_ group: RuleGroup, restores: Bool = false) {
        rules = zip(group.rules, RuleRecordKey.keys(of: group)).map {
            RuleRuntime(state: RuleState(isRestored: !restores || $0.alerting == nil), recordKey: $1)
        }
        evaluationsBeforeRestoring = restores ? 2 : nil
    }

    /// The state of each rule.
    public var ruleStates: [RuleState] { rules.map(\.state) }
}

/// How often a group was evaluated, and with what result.
public struct GroupStatistics: Hashable, Sendable {
    /// Evaluations that were due, missed ones included.
    public var scheduled = 0
    /// Evaluations that were left out because the one before took too long.
    public var missed = 0
    /// Evaluations of rules.
    public var ruleEvaluations = 0
    /// Evaluations of rules that failed.
    public var ruleFailures = 0
    /// Samples that the last evaluation stored.
    public var samples = 0
    /// When the last evaluation began, by the wall clock; nil before the first one.
    public var lastEvaluation: PreciseTime?
    /// How long it took.
    public var duration: Duration = .zero

    /// How long it took to restore alerts from stored series.
    public var restoring: Duration = .zero

    /// No evaluations.
    public init() {}
}

/// The keys of rules' records.
enum RuleRecordKey {
    /// Returns a key for each rule of a group: its group, its name and labels, and which of several that are alike.
    static func keys(of group: RuleGroup) -> [String] {
        var counts: [RuleIdentity: Int] = [:]
        return group.rules.map { rule in
            let number = counts[rule.identity, default: 0]
            counts[rule.identity] = number + 1
            return prefix(of: group.key) + goQuoted(rule.name) + rule.labels.description + String(number)
        }
    }

    /// What the keys of all rules of a group begin with.
    static func prefix(of group: GroupKey) -> String { goQuoted(group.file) + goQuoted(group.name) }
}
