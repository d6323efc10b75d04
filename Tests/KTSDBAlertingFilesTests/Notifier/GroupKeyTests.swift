import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import Testing

@Suite struct GroupKeyTests {
    @Test func `group keys are those of Alertmanager`() throws {
        let tree = try RouteTable.tree(
            "receiver: a\nroutes:\n- matchers: ['team=\"hooks\"']\n  group_by: [alertname, nosuch]\n")
        let route = tree.routes[1]
        let group = route.groupLabels(of: ["alertname": "Hooked", "team": "hooks"])
        #expect(route.groupKey(group) == "{}/{team=\"hooks\"}:{alertname=\"Hooked\"}")
        #expect(route.groupKey(["a": "x\"y", "b": "z"]) == "{}/{team=\"hooks\"}:{a=\"x\\\"y\", b=\"z\"}")
    }
}
