import KTSDBAlertTesting
import Testing

@Suite struct AlertTableTests {
    @Test(arguments: AlertTables.notifier) func `The notifier does what Alertmanager does`(table: AlertTable) {
        guard let folder = AlertTableFolder.conformance else { return }
        #expect(table.run(in: folder).failures.map(\.description) == [])
    }
}
