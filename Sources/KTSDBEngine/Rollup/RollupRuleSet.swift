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

    /// FNV-1a, which does not depend on the process.
    private static func identity(_ rule: RollupRule, after others: [RollupRule]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        func add(_ number: Int64) {
            for shift in stride(from: 0, to: 64, by: 8) {
                add(CollectionOfOne(UInt8(truncatingIfNeeded: number >> Int64(shift))))
            }
        }
        func add(_ text: String) {
            add(Int64(text.utf8.count))
            add(text.utf8)
        }
        func add(_ lists: [[LabelMatcher]]) {
            add(Int64(lists.count))
            for matchers in lists {
                add(Int64(matchers.count))
                for matcher in matchers {
                    add(matcher.operation.rawValue)
                    add(matcher.name)
                    add(matcher.value)
                }
            }
        }
        add(rule.interval.milliseconds)
        for aggregate in RollupAggregate.allCases where rule.aggregates.contains(aggregate) { add(aggregate.rawValue) }
        for rule in others + [rule] { add(rule.matchers) }
        return max(1, hash)
    }
}
