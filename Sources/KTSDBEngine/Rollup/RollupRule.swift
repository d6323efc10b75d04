public import KTSDBModel

/// What a rollup keeps of the samples of an interval.
public enum RollupAggregate: String, Hashable, Sendable, CaseIterable {
    /// How many samples there are.
    case count
    /// The sum of all floats, or the merged native histograms, if the interval has nothing else. The sum of whole
    /// numbers is marked as such, since it can be added up in any order.
    case sum
    /// The smallest float.
    case min
    /// The largest float.
    case max
    /// The last sample.
    case last
    /// What `rate` and `increase` need: the first and the last sample with their times, and what was lost in resets.
    case counter
}

/// Which series are rolled up, to which intervals, and how long that is kept.
public struct RollupRule: Hashable, Sendable {
    /// The shortest and the longest interval.
    public static let shortestInterval = Duration.seconds(10), longestInterval = Duration.seconds(86_400)

    /// What statistics and metrics call the rule; rules of one list have different names.
    public let name: String
    /// A series is meant if it matches all matchers of at least one list.
    public let matchers: [[LabelMatcher]]
    /// The length of the intervals.
    public let interval: Duration
    /// What is kept of each interval.
    public let aggregates: Set<RollupAggregate>
    /// How long points are kept, counted back as for retention rules; nil for ever.
    public let keep: Duration?

    /// Creates a rule.
    ///
    /// - Parameters:
    ///   - name: The rule's name.
    ///   - matchers: A series is meant if it matches all matchers of at least one list.
    ///   - interval: Whole milliseconds, from ``shortestInterval`` to ``longestInterval``.
    ///   - aggregates: What is kept of each interval.
    ///   - keep: How long points are kept; nil for ever.
    /// - Throws: ``RollupRuleError``.
    public init(
        _ name: String, matching matchers: [[LabelMatcher]], interval: Duration,
        aggregates: Set<RollupAggregate> = [.count, .sum, .min, .max, .last], keep: Duration? = nil
    ) throws(RollupRuleError) {
        guard !name.isEmpty else { throw .noName }
        guard !matchers.isEmpty, !matchers.contains(where: \.isEmpty) else { throw .noMatchers(rule: name) }
        guard interval >= Self.shortestInterval, interval <= Self.longestInterval,
            interval == .milliseconds(interval.milliseconds)
        else { throw .interval(rule: name) }
        guard !aggregates.isEmpty else { throw .noAggregates(rule: name) }
        if let keep, keep < interval { throw .keptTooShort(rule: name) }
        self.name = name
        self.matchers = matchers
        self.interval = interval
        self.aggregates = aggregates
        self.keep = keep
    }

    /// Whether the rule means a series with these labels.
    func matches(_ labels: Labels) -> Bool {
        matchers.contains { matchers in matchers.allSatisfy { $0.matches(labels) } }
    }
}

/// The rollup rules of a database. A series is rolled up by all rules that match it; of those with the same interval,
/// by the first.
public struct RollupRules: Hashable, Sendable {
    /// How many rules there may be.
    public static let limit = 8
    /// No rules.
    public static let none = RollupRules()

    /// The rules, in the order in which they are tried.
    public let all: [RollupRule]

    private init() { all = [] }

    /// Creates a list of rules.
    /// - Throws: ``RollupRuleError`` if there are more than ``limit``, or if two have one name.
    public init(_ rules: [RollupRule]) throws(RollupRuleError) {
        guard rules.count <= Self.limit else { throw .tooMany(count: rules.count) }
        for (index, rule) in rules.enumerated() where rules[..<index].contains(where: { $0.name == rule.name }) {
            throw .sameName(rule.name)
        }
        all = rules
    }
}

/// Why rollup rules were refused. Nothing was changed.
@nonexhaustive
public enum RollupRuleError: Error, Hashable, Sendable, CustomStringConvertible {
    case noName
    case noMatchers(rule: String)
    case interval(rule: String)
    case noAggregates(rule: String)
    case keptTooShort(rule: String)
    case sameName(String)
    case tooMany(count: Int)

    /// What is wrong, and what to do next.
    public var description: String {
        switch self {
        case .noName: "A rollup rule has an empty name. Give it one; nothing was changed."
        case .noMatchers(let rule):
            "The rollup rule \"\(rule)\" has no matchers, or an empty list of them. To match all series, match "
                + #"`__name__=~".*"`. Nothing was changed."#
        case .interval(let rule):
            "The interval of the rollup rule \"\(rule)\" is not a number of whole milliseconds from 10 seconds to a day. "
                + "Nothing was changed."
        case .noAggregates(let rule):
            "The rollup rule \"\(rule)\" keeps no aggregates. Name at least one; nothing was changed."
        case .keptTooShort(let rule):
            "The rollup rule \"\(rule)\" keeps points for less than one interval. Nothing was changed."
        case .sameName(let name):
            "Two rollup rules are called \"\(name)\". Give them different names; nothing was changed."
        case .tooMany(let count):
            "There are \(count) rollup rules; \(RollupRules.limit) is the limit. Nothing was changed."
        }
    }
}
