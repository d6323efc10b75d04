/// A group whose expressions are parsed and can be evaluated.
public struct PreparedGroup: Sendable {
    /// The group as its rule file defines it.
    public let group: RuleGroup
    /// The parsed expression of each rule, in the order of the rules.
    public let expressions: [any RuleExpression]
    /// Which rules read the series of other rules.
    public let dependencies: RuleDependencies
    /// When the group is evaluated.
    public let schedule: GroupSchedule

    /// Parses the expressions of a group.
    /// - Throws: ``RuleSyntaxError`` for the first invalid expression.
    public init(_ group: RuleGroup, _ language: any RuleLanguage) throws(RuleSyntaxError) {
        self.group = group
        var expressions: [any RuleExpression] = []
        for (index, rule) in group.rules.enumerated() {
            do { expressions.append(try language.prepare(rule.expression)) } catch {
                throw RuleSyntaxError(group: group.key, rule: index, name: rule.name, reason: "\(error)")
            }
        }
        self.expressions = expressions
        dependencies = RuleDependencies(group.rules, expressions)
        schedule = GroupSchedule(group.key, interval: group.interval)
    }

    /// Whether the groups differ at most in how their expressions are formatted. An equivalent group keeps running when
    /// groups are reloaded.
    public func isEquivalent(to other: PreparedGroup) -> Bool { canonical == other.canonical }

    private var canonical: RuleGroup {
        var group = group
        for index in group.rules.indices { group.rules[index].expression = expressions[index].canonicalText }
        return group
    }
}

/// An expression of a rule cannot be parsed. No rule was changed.
public struct RuleSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule's group.
    public var group: GroupKey
    /// The index of the rule in its group, from 0.
    public var rule: Int
    /// The rule's name.
    public var name: String
    /// Why the expression cannot be parsed.
    public var reason: String

    /// The file, the group, the rule and the reason.
    public var description: String {
        "\(group.file): group \"\(group.name)\", rule \(rule), \"\(name)\": could not parse expression: \(reason)"
    }
}
