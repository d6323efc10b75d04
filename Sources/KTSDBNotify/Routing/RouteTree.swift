package import KTSDBModel

/// The routes of a configuration. The number of a route is its place in a walk, depth first; the root is 0.
package struct RouteTree: Sendable {
    package private(set) var routes: [Route] = []
    /// From how many children on they are looked up rather than tried one by one.
    private static let indexThreshold = 8

    /// Builds the tree.
    /// - Throws: ``MatcherError`` if a pattern of `match_re` is invalid.
    package init(_ root: RouteConfiguration) throws(MatcherError) {
        _ = try add(root, to: nil, place: 0)
    }

    package var root: Route { routes[0] }

    private mutating func add(
        _ configuration: RouteConfiguration, to parent: Int?, place: Int
    ) throws(MatcherError) -> Int {
        let number = routes.count
        routes.append(try Self.route(configuration, parent: parent.map { routes[$0] }, place: place))
        routes[number].parent = parent
        var children: [Int] = []
        for (place, child) in configuration.routes.enumerated() {
            children.append(try add(child, to: number, place: place))
        }
        routes[number].children = children
        if children.count >= Self.indexThreshold {
            routes[number].childIndex = MatcherIndex(children.map { routes[$0].matchers })
        }
        return number
    }

    private static func route(
        _ configuration: RouteConfiguration, parent: Route?, place: Int
    ) throws(MatcherError) -> Route {
        var route = parent ?? Route()
        route.childIndex = nil
        if !configuration.receiver.isEmpty { route.receiver = configuration.receiver }
        if let groupBy = configuration.groupBy {
            route.groupBy = Set(groupBy).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            route.groupByAll = false
        } else if configuration.groupByAll {
            route.groupByAll = true
        }
        route.groupWait = configuration.groupWait ?? route.groupWait
        route.groupInterval = configuration.groupInterval ?? route.groupInterval
        route.repeatInterval = configuration.repeatInterval ?? route.repeatInterval
        route.labels = KeyValues((route.labels.pairs + configuration.labels.pairs).map { ($0.name, $0.value) })
        route.muteTimeIntervals = configuration.muteTimeIntervals
        route.activeTimeIntervals = configuration.activeTimeIntervals
        route.continues = configuration.continues
        route.matchers = try Matchers(
            match: configuration.match, matchRE: configuration.matchRE, matchers: configuration.matchers
        ).sorted()
        let text = route.matchers.description
        route.key = parent.map { $0.key + "/" + text } ?? text
        route.id = parent.map { "\($0.id)/\(text)/\(place)" } ?? text
        return route
    }

    /// The numbers of the routes that handle alerts with these labels, in order; none only if the root has matchers.
    package func matching(_ labels: Labels) -> [Int] {
        root.matchers.matches(labels) ? matching(labels, below: 0) : []
    }

    /// The routes below a route that matches, or that route itself.
    private func matching(_ labels: Labels, below number: Int) -> [Int] {
        let route = routes[number]
        var found: [Int] = []
        let places = route.childIndex?.candidates(for: labels) ?? Array(route.children.indices)
        for place in places {
            let child = route.children[place]
            guard routes[child].matchers.matches(labels) else { continue }
            found += matching(labels, below: child)
            if !routes[child].continues { break }
        }
        return found.isEmpty ? [number] : found
    }
}
