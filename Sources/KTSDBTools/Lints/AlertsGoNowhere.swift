/// Alerts without a receiver fire unseen.
enum AlertsGoNowhere {
    static let lint = Lint(
        "alerts-go-nowhere", .config,
        "There are alert rules, but neither alertmanagers nor a configuration of the embedded notifier.",
        needs: "--alertmanager.config.file if the embedded notifier is used"
    ) { context in
        guard let configuration = context.configuration, !configuration.hasAlertmanagers, context.notifier == nil,
            let rule = context.rules.first(where: { $0.alert != nil })
        else { return [] }
        return [
            LintFinding(
                file: configuration.file, line: 0, subject: "alerting",
                why: "alerts such as \(rule.name) fire, and nobody is notified",
                fix: "add alerting.alertmanagers, or start the server with --alertmanager.config.file")
        ]
    }
}
