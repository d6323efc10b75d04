internal import KTSDBNotify

/// `continue` is about the routes after this one.
enum ContinueWithoutEffect {
    static let lint = Lint(
        "continue-without-effect", .alertmanager,
        "A route has continue: true, but no later sibling can match the same alerts."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        let routes = notifier.routes.routes
        return routes.indices.flatMap { parent in
            let children = routes[parent].children
            return children.enumerated().compactMap { place, child -> LintFinding? in
                guard routes[child].continues else { return nil }
                let later = children[(place + 1)...]
                guard later.allSatisfy({ MatcherSet.areDisjoint(routes[child].matchers, routes[$0].matchers) }) else {
                    return nil
                }
                let lines = notifier.routeLines[child]
                return notifier.finding(
                    lines["continue"] ?? lines[""], notifier.routeName(child),
                    why: later.isEmpty
                        ? "continue: true has no effect on the last route"
                        : "continue: true has no effect: no later route can match \(routes[child].matchers)",
                    fix: "remove it, or add a route after this one for the same alerts")
            }
        }
    }
}
