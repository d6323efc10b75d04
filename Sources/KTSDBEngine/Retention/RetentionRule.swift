public import KTSDBModel

/// How long some series are kept, whatever the limit for all others is.
public struct RetentionRule: Hashable, Sendable {
    /// What statistics, previews and metrics call the rule; rules of one list have different names.
    public let name: String
    /// A series is meant if it matches all matchers of at least one list.
    public let matchers: [[LabelMatcher]]
    /// How long its samples are kept, counted back from the clock or the newest sample of the database, whichever is
    /// earlier.
    public let keep: Duration

    /// Creates a rule.
    /// - Throws: ``RetentionRuleError`` if the name is empty, if there are no matchers, or if `keep` is not positive.
    public init(
        _ name: String, matching matchers: [[LabelMatcher]], keep: Duration
    ) throws(RetentionRuleError) {
        guard !name.isEmpty else { throw .noName }
        guard !matchers.isEmpty, !matchers.contains(where: \.isEmpty) else { throw .noMatchers(rule: name) }
        guard keep.milliseconds > 0 else { throw .noTime(rule: name) }
        self.name = name
        self.matchers = matchers
        self.keep = keep
    }
}

/// The rules of a database: the first one that matches a series says how long the series is kept. Series that no rule
/// matches follow ``RetentionLimits/age``.
public struct RetentionRules: Hashable, Sendable {
    /// How many rules there may be.
    public static let limit = 16
    /// No rules.
    public static let none = RetentionRules()

    /// The rules, in the order in which they are tried.
    public let all: [RetentionRule]

    private init() { all = [] }

    /// Creates a list of rules.
    /// - Throws: ``RetentionRuleError`` if there are more than ``limit``, or if two have one name.
    public init(_ rules: [RetentionRule]) throws(RetentionRuleError) {
        guard rules.count <= Self.limit else { throw .tooMany(count: rules.count) }
        for (index, rule) in rules.enumerated() where rules[..<index].contains(where: { $0.name == rule.name }) {
            throw .sameName(rule.name)
        }
        all = rules
    }
}

/// Why retention rules were refused. Nothing was changed.
@nonexhaustive
public enum RetentionRuleError: Error, Hashable, Sendable, CustomStringConvertible {
    case noName
    case noMatchers(rule: String)
    case noTime(rule: String)
    case sameName(String)
    case tooMany(count: Int)

    /// What is wrong, and what to do next.
    public var description: String {
        switch self {
        case .noName: "A retention rule has an empty name. Give it one; nothing was changed."
        case .noMatchers(let rule):
            "The retention rule \"\(rule)\" has no matchers, or an empty list of them. To match all series, match "
                + #"`__name__=~".*"`. Nothing was changed."#
        case .noTime(let rule):
            "The retention rule \"\(rule)\" keeps samples for less than a millisecond. Nothing was changed."
        case .sameName(let name):
            "Two retention rules are called \"\(name)\". Give them different names; nothing was changed."
        case .tooMany(let count):
            "There are \(count) retention rules; \(RetentionRules.limit) is the limit. Nothing was changed."
        }
    }
}
