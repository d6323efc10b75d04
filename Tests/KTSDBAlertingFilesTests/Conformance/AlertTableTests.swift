import KTSDBAlertTesting
import Testing

@Suite struct AlertTableTests {
    @Test(arguments: AlertTables.files) func `Files do what they do elsewhere`(table: AlertTable) {
        guard let folder = AlertTableFolder.conformance else { return }
        #expect(table.run(in: folder).failures.map(\.description) == [])
    }
}
