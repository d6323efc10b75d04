/// An alert without a test may never have fired.
enum UntestedAlert {
    static let lint = Lint(
        "untested-alert", .rules, "No unit test looks at an alert.", needs: "--tests"
    ) { context in
        guard let tested = context.testedAlerts else { return [] }
        return context.rules.compactMap { rule in
            guard rule.alert != nil, !tested.contains(rule.name) else { return nil }
            return rule.finding(
                "alert", why: "no alert_rule_test has this alertname",
                fix: "add a test with `alertname: \(rule.name)` that says when it fires, and when not")
        }
    }
}
