internal import KTSDBModel

/// The rules in force, each with what identifies it from one opening to the next.
struct RollupRuleSet: Hashable, Sendable {
    /// A rule.
    struct Entry: Hashable, Sendable {
        let rule: RollupRule
        /// Any change of what the rule's points depend on gives another number: the interval, the aggregates, the
        /// matchers, and the matchers of the rules with this interval before it. How long points are kept plays no
        /// part.
        let identity: UInt64

        var grid: RollupGrid { RollupGrid(interval: rule.interval.milliseconds) }

        /// The columns that the rule keeps, in the order in which they are written.
        var columns: [RollupColumn] {
            RollupAggregate.allCases.filter(rule.aggregates.contains).flatMap(RollupColumn.columns)
        }
    }

    /// The rules, in the order in which they are tried.
    let entries: [Entry]

    init(_ rules: RollupRules) {
        var entries: [Entry] = []
        for rule in rules.all {
            let before = entries.map(\.rule).filter { $0.interval == rule.interval }
            entries.append(Entry(rule: rule, identity: Self.identity(rule, after: before)))
        }
        self.entries = entries
    }

    /// Returns the rule by which series with these labels are rolled up to intervals of this length.
    func entry(for labels: Labels, interval: Int64) -> Entry? {
        entries.first { $0.grid.interval == interval && $0.rule.matches(labels) }
    }

    private static func identity(_ rule: RollupRule, after others: [RollupRule]) -> UInt64 {
        var hash = StableHash()
        hash.add(rule.interval.milliseconds)
        for aggregate in RollupAggregate.allCases where rule.aggregates.contains(aggregate) {
            hash.add(aggregate.rawValue)
        }
        for rule in others + [rule] { hash.add(rule.matchers) }
        return hash.value
    }
}
