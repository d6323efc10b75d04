/// A group with its expressions read: what is evaluated.
public struct PreparedGroup: Sendable {
    /// The group as its file has it.
    public let group: RuleGroup
    /// The expression of each rule.
    public let expressions: [any RuleExpression]
    /// Which rules read what others make.
    public let dependencies: RuleDependencies
    /// When the group is evaluated.
    public let schedule: GroupSchedule

    /// Reads the expressions of a group.
    /// - Throws: ``RuleSyntaxError`` for the first that is not valid.
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

    /// Whether the other group is the same but for the blanks in its expressions: then it is kept running when groups
    /// are loaded again.
    public func isEquivalent(to other: PreparedGroup) -> Bool { canonical == other.canonical }

    private var canonical: RuleGroup {
        var group = group
        for index in group.rules.indices { group.rules[index].expression = expressions[index].canonicalText }
        return group
    }
}

/// An expression of a rule that cannot be read. No rule was changed.
public struct RuleSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule's group.
    public var group: GroupKey
    /// The rule's place in its group, from 0.
    public var rule: Int
    /// The rule's name.
    public var name: String
    /// What is wrong with the expression.
    public var reason: String

    /// Where, and what.
    public var description: String {
        "\(group.file): group \"\(group.name)\", rule \(rule), \"\(name)\": could not parse expression: \(reason)"
    }
}
