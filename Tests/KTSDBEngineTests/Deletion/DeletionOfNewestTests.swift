import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

/// A series is judged by the newest sample that it shows, whatever was deleted and came back.
@Suite struct `After the newest sample was deleted, or came back, a series` {
    typealias Support = DeletionTestSupport
    static let m: Labels = ["__name__": "m"]

    /// A database of late samples, and what to do with it in minutes.
    private struct Rig {
        var disk = SimulatedFileSystem()
        let clocks = MovableClocks(Support.start + 600 * Support.minute)
        var database: Database

        init() throws { database = try Self.open(disk, clocks) }

        private static func open(_ disk: SimulatedFileSystem, _ clocks: MovableClocks) throws -> Database {
            var configuration = Support.configuration(clocks)
            configuration.outOfOrderWindow = nil
            configuration.duplicates = .keepLast
            return try Database(files: disk, path: "/data", configuration: configuration)
        }

        static func time(_ minute: Int64) -> Timestamp {
            Timestamp(milliseconds: Support.start + minute * Support.minute)
        }

        @discardableResult
        func append(_ value: Double, _ minute: Int64) throws -> CommitSummary {
            try database.append { $0.append(value, at: Self.time(minute), to: m) }
        }

        func delete(_ minutes: ClosedRange<Int64>) throws -> Deletion? {
            try database.delete(
                matching: .name("m"), in: Self.time(minutes.lowerBound)...Self.time(minutes.upperBound))
        }

        /// The values by minute.
        func values() throws -> [Int64: Double] {
            var found: [Int64: Double] = [:]
            for (time, bits) in try Support.contents(database.readView())[m] ?? [:] {
                found[(time - Support.start) / Support.minute] = Double(bitPattern: bits)
            }
            return found
        }

        mutating func restart(_ isKilled: Bool) throws {
            if isKilled { disk = disk.processEndImage() } else { try database.close() }
            database = try Self.open(disk, clocks)
        }
    }

    @Test(arguments: [false, true])
    func `keeps what was stored meanwhile at the time of a sample that comes back`(isKilled: Bool) throws {
        var rig = try Rig()
        try rig.append(1, 100)
        let deletion = try #require(try rig.delete(0...200))
        #expect(try rig.append(2, 100).appended == 1)
        #expect(try rig.append(3, 110).appended == 1)
        try rig.database.undelete(deletion.id)
        #expect(try rig.values() == [100: 2, 110: 3])
        try rig.restart(isKilled)
        #expect(try rig.values() == [100: 2, 110: 3])
        try rig.database.seal()
        _ = try rig.database.compact()
        #expect(try rig.values() == [100: 2, 110: 3])
    }

    @Test(arguments: [false, true])
    func `takes the same value again, although it has a late sample elsewhere`(isKilled: Bool) throws {
        var rig = try Rig()
        try rig.append(100, 100)
        try rig.database.seal()
        // Late, and in memory when the newest sample is deleted.
        try rig.append(50, 50)
        _ = try #require(try rig.delete(90...110))
        #expect(try rig.values() == [50: 50])
        #expect(try rig.append(100, 100).appended == 1)
        #expect(try rig.values() == [50: 50, 100: 100])
        #expect(try rig.append(51, 50).appended == 1)
        try rig.restart(isKilled)
        #expect(try rig.values() == [50: 51, 100: 100])
        try rig.database.seal()
        #expect(try rig.values() == [50: 51, 100: 100])
    }

    @Test(arguments: [false, true], [false, true])
    func `is judged by what came back`(isKilled: Bool, isSealed: Bool) throws {
        var rig = try Rig()
        try rig.append(100, 100)
        let deletion = try #require(try rig.delete(90...110))
        #expect(try rig.append(60, 60).appended == 1)
        if isSealed { try rig.database.seal() }
        try rig.database.undelete(deletion.id)
        if isKilled { try rig.restart(true) }
        #expect(try rig.values() == [60: 60, 100: 100])
        // In both places a later value replaces the one before, so both are known to be there.
        #expect(try rig.append(101, 100).appended == 1)
        #expect(try rig.append(61, 60).appended == 1)
        #expect(try rig.append(80, 80).appended == 1)
        #expect(try rig.append(80, 80).appended == 1)
        #expect(try rig.append(110, 110).appended == 1)
        let all: [Int64: Double] = [60: 61, 80: 80, 100: 101, 110: 110]
        #expect(try rig.values() == all)
        try rig.restart(isKilled)
        #expect(try rig.values() == all)
        try rig.database.seal()
        #expect(try rig.values() == all)
    }

    @Test func `that has later samples by then is judged by them, and nothing is sealed`() throws {
        let rig = try Rig()
        try rig.append(100, 100)
        let deletion = try #require(try rig.delete(0...1000))
        try rig.append(120, 120)
        let blocks = rig.database.statistics.blocks
        try rig.database.undelete(deletion.id)
        #expect(rig.database.statistics.blocks == blocks)
        #expect(try rig.append(120, 120).repeated == 1)
        #expect(try rig.values() == [100: 100, 120: 120])
    }
}
