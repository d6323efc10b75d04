internal import KTSDBNotify
internal import KTSDBRules

/// Which labels the alerts of a rule have, as far as its text says it.
struct AlertLabels: Sendable {
    /// What is known of a label.
    enum Value: Hashable, Sendable { case known(String), absent, unknown }

    private let own: [String: Value]
    private let series: SeriesLabels

    init(_ rule: LintedRule, externalLabels: [String: String]) {
        series = SeriesLabels(rule.expression)
        var own: [String: Value] = [:]
        for (name, value) in externalLabels { own[name] = value.contains("$") ? .unknown : .known(value) }
        for label in rule.rule.labels {
            own[label.name] =
                label.text.contains("{{") ? .unknown : label.text.isEmpty ? .absent : .known(label.text)
        }
        own["alertname"] = .known(rule.name)
        self.own = own
    }

    subscript(name: String) -> Value {
        if let value = own[name] { return value }
        if let value = series.values[name] { return .known(value) }
        return series.contains(name) ? .unknown : .absent
    }

    /// Whether an alert can match all conditions.
    func canMatch(_ matchers: Matchers) -> Bool {
        matchers.list.allSatisfy { matcher in
            switch self[matcher.name] {
            case .known(let value): matcher.matches(value)
            case .absent: matcher.matchesEmpty
            case .unknown: true
            }
        }
    }

    /// Whether every alert matches all conditions.
    func mustMatch(_ matchers: Matchers) -> Bool {
        matchers.list.allSatisfy { matcher in
            switch self[matcher.name] {
            case .known(let value): matcher.matches(value)
            case .absent: matcher.matchesEmpty
            case .unknown: MatcherSet.matchesAll(matcher)
            }
        }
    }

    /// Whether an alert of another rule can have the same value of a label.
    func canEqual(_ other: AlertLabels, in name: String) -> Bool {
        switch (self[name], other[name]) {
        case (.unknown, _), (_, .unknown): true
        case (.known(let one), .known(let two)): one == two
        case (.absent, .absent): true
        default: false
        }
    }
}
