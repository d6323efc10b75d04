import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Compares the tree, with its indexes, with a search as the documentation describes it.
@Suite struct RouteModelTests {
    private func route(_ generator: inout SeededGenerator, depth: Int) throws -> RouteConfiguration {
        var route = RouteConfiguration()
        route.receiver = generator.oneIn(3) ? "" : "r\(generator.below(5))"
        route.continues = generator.oneIn(3)
        let count = depth == 0 ? 0 : 1 + generator.below(2)
        route.matchers = Matchers(
            try (0..<count).map { _ in
                let value = generator.pick(["", "1", "2", "1|2", ".*", "3", "[12]"])
                return try Matcher(generator.pick(["a", "b", "c"]), generator.pick(Matcher.Operation.allCases), value)
            })
        if depth < 3 {
            let children = generator.below(depth == 0 ? 14 : 11)
            route.routes = try (0..<children).map { _ in try self.route(&generator, depth: depth + 1) }
        }
        return route
    }

    /// The ids of the routes that match, by their places.
    private func matching(_ labels: Labels, _ route: RouteConfiguration, _ id: String) -> [String] {
        guard route.matchers.matches(labels) else { return [] }
        var all: [String] = []
        for (place, child) in route.routes.enumerated() {
            let found = matching(labels, child, "\(id)/\(child.matchers.sorted())/\(place)")
            all += found
            if !found.isEmpty, !child.continues { break }
        }
        return all.isEmpty ? [id] : all
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `the tree finds what a search through all routes finds`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let root = try route(&generator, depth: 0)
        let tree = try RouteTree(root)
        for _ in 0..<60 {
            let labels = Labels(["a", "b", "c"].map { ($0, generator.pick(["", "1", "2", "3"])) })
            let found = tree.matching(labels).map { tree.routes[$0].id }
            #expect(found == matching(labels, root, root.matchers.sorted().description), "\(labels)")
        }
    }
}
