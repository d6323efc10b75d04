import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBModel
package import KTSDBNotify

/// `am_routes.json`: which routes alerts take.
package enum RouteTable {
    static let table = AlertTable("am_routes.json") { entry in
        let tree = try tree(entry)
        if let walk = entry["walk"]?.texts { try check(tree.routes.map(\.receiver), is: walk, "receivers") }
        if let ids = entry["ids"]?.texts { try check(tree.routes.map(\.id), is: ids, "ids") }
        guard let labels = entry["labels"] else { return }
        let found = tree.matching(NotifierTable.labels(labels)).map { tree.routes[$0] }
        if let receivers = entry["receivers"]?.texts { try check(found.map(\.receiver), is: receivers) }
        if let wanted = entry["matches"]?.array {
            try check(found.map(\.receiver), is: wanted.map { $0["receiver"]?.text ?? "" })
            for (route, wanted) in zip(found, wanted) { try checkRoute(route, wanted) }
        }
        if let wanted = entry["route_labels"] {
            try check(found.last?.labels, is: NotifierTable.keyValues(wanted), "labels of the route")
        }
    }

    private static func tree(_ entry: TableValue) throws -> RouteTree {
        if let text = entry["config"]?.text { return try NotificationPlan(FileTable.configuration(text)).routes }
        return try tree(try need(entry["route"]?.text))
    }

    /// The routes of the YAML under the key `route`.
    package static func tree(_ text: String) throws -> RouteTree {
        var reading = FileTable.reading()
        let value = try need(try YAMLValue.document(text, file: "x"))
        let route = try need(try reading.route(value, depth: 0))
        try reading.finish("x")
        return try RouteTree(route)
    }

    private static func checkRoute(_ route: Route, _ wanted: TableValue) throws {
        func duration(_ key: String, _ other: Double) -> Duration {
            .milliseconds(Int((wanted[key]?.number ?? other) * 1000))
        }
        if let key = wanted["key"]?.text { try check(route.key, is: key) }
        let groupBy = route.groupByAll ? ["..."] : route.groupBy
        try check(groupBy, is: wanted["group_by"]?.texts ?? [])
        try check(route.groupWait, is: duration("group_wait_s", 30))
        try check(route.groupInterval, is: duration("group_interval_s", 300))
        try check(route.repeatInterval, is: duration("repeat_interval_s", 4 * 3600))
    }
}
