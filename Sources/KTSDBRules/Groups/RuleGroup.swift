/// Rules that are evaluated one after the other at the same time, each interval.
public struct RuleGroup: Hashable, Sendable {
    /// The path of the rule file, as the configuration names it.
    public var file: String
    /// The group's name, unique in its file.
    public var name: String
    /// How often the group is evaluated. Positive.
    public var interval: Duration
    /// How many alerts or series a rule may give; 0 and less: any number.
    public var limit: Int
    /// How far in the past the queries look, and are stored; nil: what the engine's options say.
    public var queryOffset: Duration?
    /// The rules in their order, with the group's labels among theirs.
    public var rules: [Rule]

    /// Creates a group. Each rule gets the group's `labels`; those of the rule itself count where both have a name.
    public init(
        file: String = "", name: String, interval: Duration, limit: Int = 0, queryOffset: Duration? = nil,
        labels: NamedTexts = [:], rules: [Rule]
    ) {
        self.file = file
        self.name = name
        self.interval = interval
        self.limit = limit
        self.queryOffset = queryOffset
        self.rules = rules.map { $0.withGroupLabels(labels) }
    }

    /// What identifies the group when groups are loaded again.
    public var key: GroupKey { GroupKey(file: file, name: name) }
}

extension Rule {
    fileprivate func withGroupLabels(_ labels: NamedTexts) -> Rule {
        guard !labels.isEmpty else { return self }
        switch self {
        case .alerting(var rule):
            rule.labels = labels.merging(rule.labels)
            return .alerting(rule)
        case .recording(var rule):
            rule.labels = labels.merging(rule.labels)
            return .recording(rule)
        }
    }
}
