internal import KTSDBNotify

/// What can be said of conditions without looking at alerts.
enum MatcherSet {
    /// Whether no alert can match both.
    static func areDisjoint(_ left: Matchers, _ right: Matchers) -> Bool {
        left.list.contains { one in right.list.contains { areDisjoint(one, $0) } }
    }

    /// Whether every alert that matches the second matches the first.
    static func contains(_ wide: Matchers, _ narrow: Matchers) -> Bool {
        wide.list.allSatisfy { condition in
            matchesAll(condition) || narrow.list.contains { implies($0, condition) }
        }
    }

    /// Whether a condition holds for every value: `a=~".*"`.
    static func matchesAll(_ matcher: Matcher) -> Bool {
        matcher.operation == .matches && [".*", "^(?:.*)$", "(.*)"].contains(matcher.value)
    }

    private static func areDisjoint(_ one: Matcher, _ other: Matcher) -> Bool {
        guard one.name == other.name else { return false }
        if let values = values(one) { return values.allSatisfy { !other.matches($0) } }
        if let values = values(other) { return values.allSatisfy { !one.matches($0) } }
        return one.value == other.value && one.operation.isRegularExpression == other.operation.isRegularExpression
            && one.operation.isPositive != other.operation.isPositive
    }

    private static func implies(_ one: Matcher, _ other: Matcher) -> Bool {
        guard one.name == other.name else { return false }
        if let values = values(one) { return values.allSatisfy { other.matches($0) } }
        return one == other
    }

    /// The values that a label must have one of; nil if there are too many to list.
    static func values(_ matcher: Matcher) -> [String]? {
        switch matcher.operation {
        case .equal: return [matcher.value]
        case .matches:
            var pattern = matcher.value[...]
            if pattern.hasPrefix("^(?:"), pattern.hasSuffix(")$") { pattern = pattern.dropFirst(4).dropLast(2) }
            let isPlain = pattern.allSatisfy { $0.isLetter || $0.isNumber || "_- |:/".contains($0) }
            return isPlain ? pattern.split(separator: "|", omittingEmptySubsequences: false).map(String.init) : nil
        default: return nil
        }
    }
}
