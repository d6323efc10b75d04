internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// Alertmanager forgets what it sent after 120 hours.
enum RepeatBeyondLog {
    private static let retention = Duration.seconds(120 * 3600)

    static let lint = Lint(
        "repeat-beyond-log", .alertmanager,
        "repeat_interval is longer than Alertmanager remembers what it sent (120h): it repeats earlier."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        return notifier.routes.routes.indices.compactMap { number in
            let route = notifier.routes.routes[number]
            guard route.repeatInterval > retention, let line = notifier.routeLines[number]["repeat_interval"] else {
                return nil
            }
            return notifier.finding(
                line, notifier.routeName(number),
                why: "the notification log is kept for 120h, so the repeat comes before "
                    + PrometheusDuration.format(route.repeatInterval),
                fix: "use at most 5d, or set --data.retention accordingly")
        }
    }
}
