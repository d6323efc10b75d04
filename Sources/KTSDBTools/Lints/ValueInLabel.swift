internal import KTSDBRules

/// A label is what an alert is known by: when it changes, the old alert ends and a new one begins to wait.
enum ValueInLabel {
    static let lint = Lint(
        "value-in-label", .rules,
        "A label of an alert is made of its value: with each new value it is a new alert, which may never fire."
    ) { context in
        context.rules.flatMap { rule -> [LintFinding] in
            guard let alert = rule.alert else { return [] }
            return alert.labels.compactMap { label in
                guard label.text.contains("{{"), label.text.contains("$value") || label.text.contains(".Value") else {
                    return nil
                }
                return rule.finding(
                    "labels.\(label.name)",
                    why:
                        "the label \(label.name) changes with the value, and an alert with another label is another alert"
                        + (alert.holdDuration > .zero ? ", which waits for its time again" : ""),
                    fix: "put the value in an annotation, or write an alert for each level")
            }
        }
    }
}
