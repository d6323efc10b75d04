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
        return (notifier.routeLines + notifier.inhibitionLines).flatMap { lines in
            forms.compactMap { old, new in
                guard let line = lines[old] else { return nil }
                return notifier.finding(
                    line, old, why: "\(old) is deprecated since Alertmanager 0.22",
                    fix: old.hasSuffix("_re") ? "write \(new): ['a=~\"b\"']" : "write \(new): ['a=\"b\"']")
            }
        }
    }
}
