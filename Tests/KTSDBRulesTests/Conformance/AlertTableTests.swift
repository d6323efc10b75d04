import KTSDBAlertTesting
import Testing

@Suite struct AlertTableTests {
    @Test(arguments: AlertTables.rules) func `Rules do what Prometheus does`(table: AlertTable) {
        guard let folder = AlertTableFolder.conformance else { return }
        #expect(table.run(in: folder).failures.map(\.description) == [])
    }
}
