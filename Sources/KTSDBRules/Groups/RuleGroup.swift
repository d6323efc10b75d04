/// Rules that are evaluated together, once each interval, with the same evaluation time.
public struct RuleGroup: Hashable, Sendable {
    /// The path of the rule file, as the configuration names it.
    public var file: String
    /// The group's name, unique in its file.
    public var name: String
    /// How often the group is evaluated. Positive.
    public var interval: Duration
    /// How many alerts or series each rule may produce; no limit if it is 0 or less.
    public var limit: Int
    /// How far before the evaluation time queries are evaluated and results are stored; nil for the rule engine's
    /// default.
    public var queryOffset: Duration?
    /// The rules in the order of the file. Their labels include those of the group.
    public var rules: [Rule]

    /// Creates a group. Each rule gets the group's `labels`. Where both have a label, that of the rule counts.
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

    /// What identifies the group when groups are reloaded.
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
