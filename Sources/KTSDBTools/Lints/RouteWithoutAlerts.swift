internal import KTSDBNotify

/// A route that no rule feeds.
enum RouteWithoutAlerts {
    static let lint = Lint(
        "route-without-alerts", .alertmanager, "No alert of the rules can match a route.", needs: "rule files"
    ) { context in
        guard let notifier = context.notifier, context.hasRules else { return [] }
        let external = context.configuration?.externalLabels ?? [:]
        let alerts = context.rules.filter { $0.alert != nil }.map { AlertLabels($0, externalLabels: external) }
        return notifier.routes.routes.indices.dropFirst().compactMap { number in
            let matchers = notifier.routes.routes[number].matchers
            guard !matchers.isEmpty, !alerts.contains(where: { $0.canMatch(matchers) }) else { return nil }
            return notifier.finding(
                notifier.routeLines[number][""], notifier.routeName(number),
                why: "no alert of the rules has labels that match",
                fix: "correct the matchers, or the labels of the rules; if other senders use the route, all is well")
        }
    }
}
