internal import KTSDBModel
internal import KTSDBNotify

/// An inhibition needs two alerts, one for each side, that agree in all labels of `equal`.
enum InhibitionNeverMatches {
    static let lint = Lint(
        "inhibition-never-matches", .alertmanager,
        "No two alerts can be source and target of an inhibition and have its equal labels in common.",
        needs: "rule files to be certain"
    ) { context in
        guard let notifier = context.notifier else { return [] }
        return notifier.inhibitionRules.enumerated().compactMap { index, rule in
            guard let (why, fix) = context.hasRules ? judged(rule, context) : guessed(rule) else { return nil }
            let lines = index < notifier.inhibitionLines.count ? notifier.inhibitionLines[index] : [:]
            return notifier.finding(
                lines["equal"] ?? lines[""], "inhibit_rules[\(index)] \(rule.source) → \(rule.target)", why: why,
                fix: fix)
        }
    }

    private static func judged(_ rule: InhibitionRule, _ context: LintContext) -> (why: String, fix: String)? {
        let alerts = context.rules.filter { $0.alert != nil }.map {
            (rule: $0, labels: AlertLabels($0, externalLabels: context.configuration?.externalLabels ?? [:]))
        }
        let sources = alerts.filter { $0.labels.canMatch(rule.source) }
        let targets = alerts.filter { $0.labels.canMatch(rule.target) }
        if sources.isEmpty { return ("no alert of the rules can match its source", "correct the source matchers") }
        if targets.isEmpty { return ("no alert of the rules can match its target", "correct the target matchers") }
        for source in sources {
            for target in targets where rule.equal.allSatisfy({ source.labels.canEqual(target.labels, in: $0) }) {
                return nil
            }
        }
        if rule.equal.contains("alertname") {
            let names = "(sources: \(list(sources.map(\.rule.name))); targets: \(list(targets.map(\.rule.name))))"
            return (
                "the rule can never match: `equal` has alertname, and no alert name is in both sides \(names)",
                "take alertname out of equal and name labels that both alerts have, such as instance, or give both "
                    + "severities one alert name"
            )
        }
        return (
            "the rule can never match: no source and target have the same \(rule.equal.joined(separator: ", "))",
            "name labels in equal that both alerts have"
        )
    }

    /// Without rules the file alone says that one name has to have two severities.
    private static func guessed(_ rule: InhibitionRule) -> (why: String, fix: String)? {
        guard rule.equal.contains("alertname"), MatcherSet.areDisjoint(rule.source, rule.target) else { return nil }
        return (
            "`equal` has alertname, so this matches only if one alert name is in both sides, which is seldom so",
            "give the rule files to be certain; else take alertname out of equal"
        )
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? shown + " and \(names.count - 4) more" : shown
    }
}
