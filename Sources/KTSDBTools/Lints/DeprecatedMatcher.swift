internal import KTSDBNotify

/// Alertmanager's old forms of conditions.
enum DeprecatedMatcher {
    private static let forms = [
        ("match", "matchers"), ("match_re", "matchers"), ("source_match", "source_matchers"),
        ("source_match_re", "source_matchers"), ("target_match", "target_matchers"),
        ("target_match_re", "target_matchers"),
    ]

    static let lint = Lint(
        "deprecated-matcher", .alertmanager,
        "match, match_re, source_match and target_match are deprecated and will be removed from Alertmanager."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let routes = zip(notifier.routeLines, notifier.routes.routes).flatMap { lines, route in
            findings(lines, ["matchers": route.matchers], notifier)
        }
        return routes
            + zip(notifier.inhibitionLines, notifier.inhibitionRules).flatMap { lines, rule in
                findings(lines, ["source_matchers": rule.source, "target_matchers": rule.target], notifier)
            }
    }

    private static func findings(
        _ lines: LintedNotifier.Lines, _ matchers: [String: Matchers], _ notifier: LintedNotifier
    ) -> [LintFinding] {
        forms.compactMap { old, new in
            guard let line = lines[old] else { return nil }
            let texts = (matchers[new]?.list ?? []).map { "'\($0)'" }.joined(separator: ", ")
            return notifier.finding(
                line, old, why: "\(old) is deprecated since Alertmanager 0.22", fix: "write \(new): [\(texts)]")
        }
    }
}
