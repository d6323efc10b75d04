internal import KTSDBModel

/// Which rules of a group read series that other rules of the group produce.
///
/// A rule depends on each earlier rule whose name matches one of its selectors. A selector of `ALERTS` or
/// `ALERTS_FOR_STATE` depends on every alerting rule whose name meets the selector's matcher on `alertname`. A selector
/// without a matcher on the metric name can read any series, so the dependencies of the whole group are then unknown.
public struct RuleDependencies: Hashable, Sendable {
    /// For each rule, the indices of the earlier rules that it reads, ascending; nil if they are unknown.
    public let dependencies: [[Int]]?
    /// The indices of the rules in batches. The rules of a batch can be evaluated at the same time, with the same
    /// results as one after the other. If the dependencies are unknown, each rule is a batch of its own.
    public let batches: [[Int]]
    /// The rules in ranges of neighbours, in their order. The rules of a range can be evaluated at the same time, as
    /// those of a batch can.
    public let runs: [Range<Int>]

    /// Pairs of rules, the earlier one first, that must not be evaluated at the same time.
    private typealias Conflicts = Set<Pair>
    private struct Pair: Hashable {
        var earlier: Int, later: Int
    }

    /// The largest number of rules for which dependencies are computed, since every pair of rules is compared. The
    /// dependencies of a larger group are unknown.
    static let ruleLimit = 2000

    /// Computes the dependencies of rules. `expressions` has one entry for each rule, in the same order.
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

    /// Whether a later rule reads the series of this rule; true if the dependencies are unknown.
    public func hasDependents(_ rule: Int) -> Bool { dependencies?.contains { $0.contains(rule) } ?? true }

    /// Whether the rule reads the series of an earlier rule; true if the dependencies are unknown.
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

/// The series that a selector can read, as far as its matchers on the metric name and on `alertname` decide it.
private struct SelectorReads {
    /// Its first matcher on the metric name; nil if it has none.
    var name: LabelMatcher?
    /// Its first matcher on `alertname`; nil if it has none.
    var alertName: LabelMatcher?
    /// Whether it matches `ALERTS` or `ALERTS_FOR_STATE`.
    var isOfAlerts = false

    init(_ matchers: [LabelMatcher]) {
        name = matchers.first { $0.name == "__name__" }
        alertName = matchers.first { $0.name == AlertSeries.nameLabel }
        isOfAlerts = matches(AlertSeries.stateName) || matches(AlertSeries.activityName)
    }

    /// Whether it may read the series of a rule, judged by the rule's name.
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
