internal import KTSDBModel
internal import KTSDBRules

/// A label that the expression aggregates away is empty in templates.
enum DroppedLabel {
    static let lint = Lint(
        "dropped-label", .rules,
        "A template names a label that the expression aggregates away: its text is empty."
    ) { context in
        context.rules.flatMap { rule -> [LintFinding] in
            guard let alert = rule.alert else { return [] }
            let labels = SeriesLabels(rule.expression)
            let texts =
                alert.annotations.map { ("annotations.\($0.name)", $0.text) }
                + alert.labels.map { ("labels.\($0.name)", $0.text) }
            return texts.flatMap { field, text in
                names(in: text).filter { !labels.contains($0) && alert.labels[$0] == nil }.map { name in
                    rule.finding(
                        field, why: "the expression leaves no label \(name), so {{ $labels.\(name) }} is empty",
                        fix:
                            "add \(name) to the labels that the expression keeps: by (\(name)), or leave it out of the text"
                    )
                }
            }
        }
    }

    /// The labels that a template reads from the series, each once.
    private static func names(in text: String) -> [String] {
        var names: [String] = []
        for match in text.matches(of: /(?:\$labels|\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)/) {
            let name = String(match.1)
            if !names.contains(name), name != "alertname" { names.append(name) }
        }
        return names
    }
}
