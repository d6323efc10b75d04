internal import KTSDBModel
internal import KTSDBNotify

/// Which alerts nobody made a route for.
enum DefaultRouteAlerts {
    static let lint = Lint(
        "default-route-alerts", .alertmanager,
        "Alerts of the rules are matched by no route but the root, and so go to its receiver.", needs: "rule files"
    ) { context in
        guard let notifier = context.notifier, context.hasRules else { return [] }
        let routes = notifier.routes.routes, external = context.configuration?.externalLabels ?? [:]
        guard !routes[0].children.isEmpty else { return [] }
        let names = context.rules.filter { rule in
            guard rule.alert != nil else { return false }
            let labels = AlertLabels(rule, externalLabels: external)
            return routes[0].children.allSatisfy { !labels.canMatch(routes[$0].matchers) }
        }.map(\.name)
        guard !names.isEmpty else { return [] }
        let shown = names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
        return [
            notifier.finding(
                notifier.routeLines[0]["receiver"] ?? notifier.routeLines[0][""], "the root route",
                why: "the receiver \(goQuoted(routes[0].receiver)) gets only what no other route matches: \(shown)",
                fix: "nothing, if this is meant; else add a route for them")
        ]
    }
}
