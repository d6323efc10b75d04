internal import KTSDBModel

/// Which rules of a group read what others of it make.
///
/// A rule depends on those before it whose name one of its selectors matches. `ALERTS` and `ALERTS_FOR_STATE` are made
/// by all alerting rules whose name the selector's condition on `alertname` matches. A selector without a condition on
/// the name can read anything: then nothing is known of the whole group.
public struct RuleDependencies: Hashable, Sendable {
    /// For each rule the earlier rules that it reads, ascending; nil if that cannot be known.
    public let dependencies: [[Int]]?
    /// The rules in batches: those of a batch may be evaluated at the same time, and give what they would one after the
    /// other.
    public let batches: [[Int]]
    /// The rules in runs of neighbours that may be evaluated at the same time.
    public let runs: [Range<Int>]

    /// Pairs of rules, the earlier one first, that must not be evaluated at the same time.
    private typealias Conflicts = Set<Pair>
    private struct Pair: Hashable {
        var earlier: Int, later: Int
    }

    /// Nothing is found out of larger groups, since each rule is compared with each other.
    static let ruleLimit = 2000

    /// Finds the dependencies of rules in their order, with their expressions.
    init(_ rules: [Rule], _ expressions: [any RuleExpression]) {
        let reads = expressions.map { $0.selectors.map(SelectorReads.init) }
        guard rules.count <= Self.ruleLimit, rules.count < 2 || reads.allSatisfy({ $0.allSatisfy { $0.name != nil } })
        else {
            dependencies = nil
            batches = rules.indices.map { [$0] }
            runs = rules.indices.map { $0..<($0 + 1) }
            return
        }
        var found: [[Int]] = [], conflicts: Conflicts = []
        for later in rules.indices {
            found.append((0..<later).filter { earlier in reads[later].contains { $0.matches(rules[earlier]) } })
            for earlier in 0..<later {
                let isReadBefore = reads[earlier].contains { $0.matches(rules[later]) }
                if isReadBefore || found[later].contains(earlier) || rules[earlier].sharesSeries(with: rules[later]) {
                    conflicts.insert(Pair(earlier: earlier, later: later))
                }
            }
        }
        dependencies = found
        batches = Self.batches(of: rules.count, conflicts)
        runs = Self.runs(of: rules.count, conflicts)
    }

    /// Whether a later rule reads what the rule makes, or that cannot be known.
    public func hasDependents(_ rule: Int) -> Bool { dependencies?.contains { $0.contains(rule) } ?? true }

    /// Whether the rule reads what an earlier one makes, or that cannot be known.
    public func hasDependencies(_ rule: Int) -> Bool { dependencies.map { !$0[rule].isEmpty } ?? true }

    private static func batches(of count: Int, _ conflicts: Conflicts) -> [[Int]] {
        var levels: [Int] = [], batches: [[Int]] = []
        for rule in 0..<count {
            let level = (0..<rule).reduce(0) { level, earlier in
                conflicts.contains(Pair(earlier: earlier, later: rule)) ? max(level, levels[earlier] + 1) : level
            }
            levels.append(level)
            if level == batches.count { batches.append([]) }
            batches[level].append(rule)
        }
        return batches
    }

    private static func runs(of count: Int, _ conflicts: Conflicts) -> [Range<Int>] {
        var runs: [Range<Int>] = [], start = 0
        for rule in 0..<count
        where (start..<rule).contains(where: { conflicts.contains(Pair(earlier: $0, later: rule)) }) {
            runs.append(start..<rule)
            start = rule
        }
        if start < count { runs.append(start..<count) }
        return runs
    }
}

/// What a selector can read: the names that it matches, and of alerts.
private struct SelectorReads {
    /// Its first condition on the name; nil if it has none.
    var name: LabelMatcher?
    /// Its first condition on `alertname`.
    var alertName: LabelMatcher?
    /// Whether it reads the series that alerting rules make.
    var isOfAlerts = false

    init(_ matchers: [LabelMatcher]) {
        name = matchers.first { $0.name == "__name__" }
        alertName = matchers.first { $0.name == AlertSeries.nameLabel }
        isOfAlerts = matches(AlertSeries.stateName) || matches(AlertSeries.activityName)
    }

    /// Whether it reads what a rule makes, or as much as its name says.
    func matches(_ rule: Rule) -> Bool {
        if matches(rule.name) { return true }
        guard isOfAlerts, rule.alerting != nil else { return false }
        return alertName?.matches(["alertname": rule.name]) ?? true
    }

    private func matches(_ metricName: String) -> Bool { name?.matches(["__name__": metricName]) ?? false }
}

extension Rule {
    /// Whether both may store the same series.
    fileprivate func sharesSeries(with other: Rule) -> Bool {
        guard (alerting == nil) == (other.alerting == nil) else { return false }
        return name == other.name
    }
}
