internal import KTSDBNotify

/// A route that alerts never get to: one before it takes all of them, or a route above it excludes them.
enum UnreachableRoute {
    static let lint = Lint(
        "unreachable-route", .alertmanager,
        "No alert can get to a route: one before it takes them all, or one above it excludes them."
    ) { context in
        guard let notifier = context.notifier else { return [] }
        return notifier.routes.routes.indices.dropFirst().compactMap { finding($0, notifier) }
    }

    private static func finding(_ number: Int, _ notifier: LintedNotifier) -> LintFinding? {
        let routes = notifier.routes.routes, route = routes[number]
        guard let parent = route.parent else { return nil }
        for sibling in routes[parent].children.prefix(while: { $0 != number })
        where !routes[sibling].continues && MatcherSet.contains(routes[sibling].matchers, route.matchers) {
            return notifier.finding(
                notifier.routeLines[number][""], notifier.routeName(number),
                why:
                    "\(notifier.routeName(sibling)) in line \(notifier.routeLines[sibling][""] ?? 0) takes all of its alerts",
                fix: "put this route before that one, or add continue: true there")
        }
        var above: Int? = parent
        while let next = above {
            if MatcherSet.areDisjoint(routes[next].matchers, route.matchers) {
                return notifier.finding(
                    notifier.routeLines[number][""], notifier.routeName(number),
                    why: "no alert matches both this and \(notifier.routeName(next)) above it",
                    fix: "move this route up, or correct its matchers")
            }
            above = routes[next].parent
        }
        return nil
    }
}
