internal import KTSDBModel
internal import KTSDBRules
internal import PrometheusWire

/// An alert changes its state when it is evaluated, so a shorter `for` counts as one interval.
enum ForBelowInterval {
    static let lint = Lint(
        "for-below-interval", .rules,
        "The for of an alert is shorter than the interval at which its group is evaluated."
    ) { context in
        context.rules.compactMap { rule in
            guard let hold = rule.alert?.holdDuration, hold > .zero, rule.interval > .zero else { return nil }
            let count = hold.nanoseconds / rule.interval.nanoseconds
            guard count < 1 else { return nil }
            let interval = PrometheusDuration.format(rule.interval)
            return rule.finding(
                "for",
                why:
                    "the group is evaluated every \(interval), so `for: \(PrometheusDuration.format(hold))` is as long as "
                    + interval,
                fix: "write for: \(interval), leave it out, or evaluate the group more often")
        }
    }
}
