/// A rule of a group.
public enum Rule: Hashable, Sendable {
    case alerting(AlertingRule)
    case recording(RecordingRule)

    /// The name of the alert or of the recorded series.
    public var name: String {
        switch self {
        case .alerting(let rule): rule.name
        case .recording(let rule): rule.name
        }
    }

    /// The text of the expression.
    public var expression: String {
        get {
            switch self {
            case .alerting(let rule): rule.expression
            case .recording(let rule): rule.expression
            }
        }
        set {
            switch self {
            case .alerting(var rule):
                rule.expression = newValue
                self = .alerting(rule)
            case .recording(var rule):
                rule.expression = newValue
                self = .recording(rule)
            }
        }
    }

    /// The labels that the rule gives to its alerts or series, before templates are expanded.
    public var labels: NamedTexts {
        switch self {
        case .alerting(let rule): rule.labels
        case .recording(let rule): rule.labels
        }
    }

    /// The alerting rule; nil for a recording rule.
    public var alerting: AlertingRule? {
        if case .alerting(let rule) = self { rule } else { nil }
    }

    /// What identifies the rule within its group when groups are reloaded: a rule keeps its state as long as its name
    /// and labels stay the same, even if its expression or durations change.
    var identity: RuleIdentity { RuleIdentity(name: name, labels: labels) }
}

/// The name and the labels of a rule.
struct RuleIdentity: Hashable, Sendable {
    var name: String
    var labels: NamedTexts
}
