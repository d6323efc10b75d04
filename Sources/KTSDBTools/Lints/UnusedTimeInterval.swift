internal import KTSDBModel
internal import KTSDBNotify

/// A time interval that no route names.
enum UnusedTimeInterval {
    static let lint = Lint(
        "unused-time-interval", .alertmanager, "No route names a time interval."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let used = Set(notifier.routes.routes.flatMap { $0.muteTimeIntervals + $0.activeTimeIntervals })
        let all = notifier.configuration.timeIntervals + notifier.configuration.muteTimeIntervals
        return all.filter { !used.contains($0.name) }.map { interval in
            notifier.finding(
                notifier.intervalLines[interval.name], "time interval \(goQuoted(interval.name))",
                why: "no route names it in mute_time_intervals or active_time_intervals, so it has no effect",
                fix: "name it in a route, or remove it")
        }
    }
}
