import Foundation
import KTSDBEngine
import KTSDBNotify
import KTSDBTools
import Testing

@Suite struct StateImportTests {
    /// Runs `body` with a directory that has these files.
    private func withFiles(_ files: [String: [UInt8]], _ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("am-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, bytes) in files { try Data(bytes).write(to: directory.appendingPathComponent(name)) }
        try body(directory.path)
    }

    private func state(_ database: Database) -> StoredState {
        var state = StoredState()
        let view = database.readView()
        for space in StateRecord.Space.allCases {
            for bytes in view.records(in: RecordSpace(space.rawValue)).values { state.add(space, bytes) }
        }
        return state
    }

    private let key = NotificationLog.Key(
        groupKey: "{}:{alertname=\"A\"}", integration: IntegrationID(receiver: "team", kind: "slack", index: 1))

    @Test func `silences and the log are taken over, and what is newer stays`() throws {
        let matcher = SnapshotBytes.matcher(1, "a", "b.*")
        let first = [
            "silences": SnapshotBytes.silence("one", [matcher], end: -5)
                + SnapshotBytes.silence("two", [], end: 60, sets: [[matcher], [matcher]]),
            "nflog": SnapshotBytes.logEntry(key.groupKey, firing: [1, 1 << 63], at: -10, expires: 1000)
                + SnapshotBytes.logEntry("gone", firing: [], at: -10, expires: -1),
        ]
        let database = Database.inMemory()
        try withFiles(first) { directory in
            let output = StateImport.run(directory, ToolFiles(), into: database, at: TestAlertmanager.now)
            #expect(output.output == "silences: 2 imported\nnotification log: 1 entries imported\n" && output.code == 0)
        }
        let imported = state(database)
        #expect(imported.problems.isEmpty && imported.silences.count == 2)
        #expect(imported.silences[id: "two"]?.matcherSets.count == 2)
        #expect(imported.silences[id: "one"]?.matcherSets.first?.description == "{a=~\"b.*\"}")
        let entry = try #require(imported.log[key])
        #expect(entry.firing == [1, 1 << 63] && entry.resolved == [7] && entry.data == ["threadTs": .text("12.5")])
        #expect(entry.time == TestAlertmanager.now - .seconds(10))
        let second = [
            "silences": SnapshotBytes.silence("one", [matcher], end: 600, updated: -90),
            "nflog": SnapshotBytes.logEntry(key.groupKey, firing: [2], at: -5, expires: 1000),
        ]
        try withFiles(second) { directory in
            let output = StateImport.run(directory, ToolFiles(), into: database, at: TestAlertmanager.now)
            #expect(output.output == "silences: 0 imported\nnotification log: 1 entries imported\n")
        }
        #expect(state(database).log[key]?.firing == [2])
        #expect(state(database).silences[id: "one"]?.endsAt == TestAlertmanager.now - .seconds(5))
    }

    @Test func `a damaged file changes nothing`() throws {
        let database = Database.inMemory()
        let good = SnapshotBytes.silence("one", [SnapshotBytes.matcher(0, "a", "b")], end: 60)
        for (name, bytes) in [("nflog", [5, 1] as [UInt8]), ("nflog", good.dropLast(3) + [0xFF, 0xFF, 0xFF])] {
            try withFiles(["silences": good, name: bytes]) { directory in
                let output = StateImport.run(directory, ToolFiles(), into: database, at: TestAlertmanager.now)
                #expect(output.code == 1 && output.output.isEmpty)
            }
        }
        #expect(state(database).silences.count == 0)
        try withFiles([:]) { directory in
            let output = StateImport.run(directory, ToolFiles(), into: database, at: TestAlertmanager.now)
            #expect(output.errors.contains("has neither silences nor nflog"))
        }
    }
}
