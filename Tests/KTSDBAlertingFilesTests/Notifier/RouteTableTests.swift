import KTSDBAlertingFiles
import KTSDBConfiguration
import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct RouteTableTests {
    private typealias Case = AlertingTable.Case

    private func tree(_ text: String) throws -> RouteTree {
        var reading = AlertingTable.reading()
        let value = try #require(try YAMLValue.document(text, file: "x"))
        let route = try #require(try reading.route(value, depth: 0))
        try reading.finish("x")
        return try RouteTree(route)
    }

    @Test func `alerts take the routes that they take in Alertmanager`() throws {
        for entry in try AlertingTable.cases("am_routes") {
            let tree: RouteTree
            if let text = entry["config"] as? String {
                tree = try NotificationPlan(AlertingTable.configuration(text)).routes
            } else {
                tree = try self.tree(try #require(entry["route"] as? String))
            }
            if let walk = entry["walk"] as? [String] { #expect(tree.routes.map(\.receiver) == walk) }
            if let ids = entry["ids"] as? [String] { #expect(tree.routes.map(\.id) == ids, "\(entry)") }
            guard let labels = entry["labels"] else { continue }
            let found = tree.matching(AlertingTable.labels(labels)).map { tree.routes[$0] }
            if let receivers = entry["receivers"] as? [String] { #expect(found.map(\.receiver) == receivers) }
            if let wanted = entry["matches"] as? [Case] {
                #expect(found.count == wanted.count, "\(entry)")
                for (route, wanted) in zip(found, wanted) { check(route, wanted) }
            }
            if let wanted = entry["route_labels"] as? [String: String] {
                #expect(found.last?.labels == KeyValues(wanted.map { ($0.key, $0.value) }), "\(entry)")
            }
        }
    }

    private func check(_ route: Route, _ wanted: Case) {
        func duration(_ key: String, _ other: Int) -> Duration {
            .milliseconds(Int((AlertingTable.seconds(wanted[key]) ?? Double(other)) * 1000))
        }
        #expect(route.receiver == wanted["receiver"] as? String)
        if let key = wanted["key"] as? String { #expect(route.key == key) }
        let groupBy = route.groupByAll ? ["..."] : route.groupBy
        #expect(groupBy == (wanted["group_by"] as? [String] ?? []))
        #expect(route.groupWait == duration("group_wait_s", 30))
        #expect(route.groupInterval == duration("group_interval_s", 300))
        #expect(route.repeatInterval == duration("repeat_interval_s", 4 * 3600))
    }

    @Test func `group keys are those of Alertmanager`() throws {
        let tree = try tree("receiver: a\nroutes:\n- matchers: ['team=\"hooks\"']\n  group_by: [alertname, nosuch]\n")
        let route = tree.routes[1]
        let group = route.groupLabels(of: ["alertname": "Hooked", "team": "hooks"])
        #expect(route.groupKey(group) == "{}/{team=\"hooks\"}:{alertname=\"Hooked\"}")
        #expect(route.groupKey(["a": "x\"y", "b": "z"]) == "{}/{team=\"hooks\"}:{a=\"x\\\"y\", b=\"z\"}")
    }
}
