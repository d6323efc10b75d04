/// Alertmanager takes `${NAME}` for text.
enum UnexpandedVariable {
    static let lint = Lint(
        "unexpanded-variable", .alertmanager,
        "A variable is in the file: Alertmanager itself does not expand it and refuses to start, ktsdb does."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        return notifier.variables.map { variable in
            notifier.finding(
                variable.line, "${\(variable.name)}",
                why:
                    "Alertmanager takes this for text, which is not an address or a key; ktsdb puts the variable's value "
                    + "there",
                fix:
                    "for Alertmanager use a *_file field or envsubst; for ktsdb set \(variable.name) in the environment"
            )
        }
    }
}
