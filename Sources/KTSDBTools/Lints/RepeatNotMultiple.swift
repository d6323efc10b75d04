internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import PrometheusWire

/// Notifications are repeated at the first flush after `repeat_interval`, and flushes are `group_interval` apart.
enum RepeatNotMultiple {
    static let lint = Lint(
        "repeat-not-multiple", .alertmanager,
        "repeat_interval is not a multiple of group_interval: the repeat comes at the next flush, and so later."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        return notifier.routes.routes.indices.compactMap { number in
            let route = notifier.routes.routes[number], lines = notifier.routeLines[number]
            guard let line = lines["repeat_interval"] ?? lines["group_interval"] ?? (number == 0 ? lines[""] : nil)
            else {
                return nil
            }
            let every = route.groupInterval.nanoseconds, wanted = route.repeatInterval.nanoseconds
            guard every > 0, wanted % every != 0 else { return nil }
            let times = wanted / every + 1
            let group = PrometheusDuration.format(route.groupInterval)
            return notifier.finding(
                line, notifier.routeName(number),
                why:
                    "a group is flushed every \(group), so after \(PrometheusDuration.format(route.repeatInterval)) the "
                    + "repeat waits until \(PrometheusDuration.format(route.groupInterval * Int(times)))",
                fix: "make repeat_interval a multiple of \(group)")
        }
    }
}
