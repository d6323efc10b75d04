internal import KTSDBNotify

/// A label that an alert does not have counts as empty, and so is not equal to anything else.
enum MatcherMatchesMissing {
    static let lint = Lint(
        "matcher-matches-missing", .alertmanager,
        "A negative matcher such as a!=\"b\" also matches all alerts that have no label a."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let routes = notifier.routes.routes.indices.flatMap { number in
            findings(
                notifier.routes.routes[number].matchers, notifier.routeLines[number]["matchers"],
                notifier.routeName(number), notifier)
        }
        return routes
            + notifier.inhibitionRules.enumerated().flatMap { index, rule in
                let lines = index < notifier.inhibitionLines.count ? notifier.inhibitionLines[index] : [:]
                return findings(rule.source, lines["source_matchers"], "inhibit_rules[\(index)]", notifier)
                    + findings(rule.target, lines["target_matchers"], "inhibit_rules[\(index)]", notifier)
            }
    }

    private static func findings(
        _ matchers: Matchers, _ line: Int?, _ subject: String, _ notifier: LintedNotifier
    ) -> [LintFinding] {
        matchers.list.compactMap { matcher in
            guard !matcher.operation.isPositive, matcher.matchesEmpty, !matcher.value.isEmpty,
                // Another condition already asks for the label.
                !matchers.list.contains(where: { $0.name == matcher.name && !$0.matchesEmpty })
            else { return nil }
            return notifier.finding(
                line, subject, why: "\(matcher) also matches every alert that has no label \(matcher.name)",
                fix: "add \(matcher.name)!=\"\" if alerts without the label are not meant")
        }
    }
}
