import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

@Suite struct `Deletions after a restart` {
    typealias Support = DeletionTestSupport
    typealias Deleting = `Deleting samples`
    static let expected = Deleting.expected(9, without: [Deleting.m: 3...5])

    /// Nine minutes, of which three are deleted from one series. What is appended after that is in memory.
    private static func prepare(_ disk: SimulatedFileSystem, _ clocks: MovableClocks) throws -> Database {
        let database = try Support.open(disk, clocks)
        try Deleting.fill(database, clocks, minutes: 6)
        try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(3...5))
        try Deleting.fill(database, clocks, minutes: 3)
        return database
    }

    private static func check(_ database: Database, exemplars: Int = 6) throws {
        #expect(try Support.contents(database.readView()) == expected)
        #expect(try Support.exemplars(database.readView())[Deleting.m]?.count == exemplars)
        #expect(database.deletions.map(\.range) == [Deleting.minutes(3...5)])
        let recovery = database.recovery
        #expect(recovery.damagedDeletions.isEmpty && recovery.damagedBlocks.isEmpty, "\(recovery)")
    }

    @Test func `are in force from the log, from a checkpoint, and from a log that repeats them`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Self.prepare(disk, clocks)
        try Self.check(database)
        try Self.check(Support.open(disk.processEndImage(), clocks))
        for _ in 0..<2 {
            database.maintain()
            try Self.check(Support.open(disk.processEndImage(), clocks))
            try database.seal()
        }
        #expect(database.statistics.checkpoints > 0)
        try database.close()
        let again = try Support.open(disk, clocks)
        try Self.check(again)
        try again.undelete(try #require(again.deletions.first).id)
        #expect(try Support.contents(again.readView()) == Deleting.expected(9))
        #expect(try Support.contents(Support.open(disk.processEndImage(), clocks).readView()) == Deleting.expected(9))
    }

    /// The log is cut without a checkpoint, and the deletion committed again: exemplars that came after it stay.
    @Test func `do not remove later exemplars when they are repeated`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        var configuration = Support.configuration(clocks)
        configuration.checkpointLogByteLimit = 500
        configuration.logSegmentByteLimit = 1200
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Deleting.fill(database, clocks, minutes: 2)
        try database.delete(matching: .equal("i", "1"), in: Support.everything)
        let first = "/data/wal/0000000000000001.log"
        #expect(disk.contents(of: first) != nil)
        for round in 0..<20 {
            try Deleting.fill(database, clocks, minutes: 3)
            // Nothing writes a checkpoint but maintenance.
            if round % 4 == 3 { try database.seal() }
        }
        #expect(database.statistics.checkpoints == 0 && disk.contents(of: first) == nil)
        let expected = try Support.contents(database.readView())
        let exemplars = try Support.exemplars(database.readView())
        #expect(exemplars[Deleting.m]?.count == 60)
        let reopened = try Database(files: disk.processEndImage(), path: "/data", configuration: configuration)
        #expect(try Support.contents(reopened.readView()) == expected)
        #expect(try Support.exemplars(reopened.readView()) == exemplars)
        #expect(reopened.deletions.count == 1)
    }

    @Test(arguments: [false, true]) func `are in snapshots`(skipHead: Bool) throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Self.prepare(disk, clocks)
        let name = try database.snapshot(skipHead: skipHead)
        let path = "/data/snapshots/\(name)", configuration = Support.configuration(clocks)
        let copy = try Database(files: disk.processEndImage(), path: path, configuration: configuration)
        let expected = Deleting.expected(skipHead ? 6 : 9, without: [Deleting.m: 3...5])
        #expect(try Support.contents(copy.readView()) == expected)
        // What is stored there later has other sequences than here, and is visible.
        try Deleting.fill(copy, clocks, minutes: 1)
        let time = clocks.now
        try copy.seal()
        #expect(try Support.contents(copy.readView())[Deleting.m]?[time] != nil)
        let id = try #require(copy.deletions.first).id
        let second = try #require(try copy.delete(matching: .name("h"), in: Support.everything))
        #expect(second.id > id)
        try copy.undelete(id)
        #expect(try Support.contents(copy.readView())[Deleting.m]?.count == (skipHead ? 7 : 10))
        #expect(try Support.contents(copy.readView())[Deleting.h] == nil)
        try Self.check(database)
    }

    @Test func `are in force for those who only read, and can be made in memory`() throws {
        let directory = TemporaryDirectory(), clocks = MovableClocks(Support.start)
        let path = "\(directory.path)/data"
        let database = try Database(path: path, configuration: Support.configuration(clocks))
        try Deleting.fill(database, clocks, minutes: 9)
        try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(3...5))
        try database.close()
        let reader = try Database.reading(path: path, configuration: Support.configuration(clocks))
        try Self.check(reader)
        try reader.delete(matching: .name("h"), in: Support.everything)
        #expect(try Support.contents(reader.readView())[Deleting.h] == nil)
        try reader.close()
        try Self.check(Database(path: path, configuration: Support.configuration(clocks)))
        let memory = Database.inMemory(Support.configuration(clocks))
        try Deleting.fill(memory, clocks, minutes: 2)
        try memory.delete(matching: .name("h"), in: Support.everything)
        #expect(try Support.contents(memory.readView()).keys.contains(Deleting.h) == false)
        #expect(try memory.reclaim().rewrittenBlocks == 1)
    }

    @Test func `that cannot be read are reported and kept, and hide nothing`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Self.prepare(disk, clocks)
        let record = try #require(database.commit.withLock { $0.deletions.first })
        var bytes = record.encoded
        bytes[0] = 2
        try database.append { $0.change(record.key, to: bytes, in: DeletionRecord.space) }
        let reopened = try Support.open(disk.processEndImage(), clocks)
        #expect(reopened.recovery.damagedDeletions == [record.key] && reopened.recovery.foundDamage)
        #expect("\(reopened.recovery)".contains(record.key))
        #expect(try Support.contents(reopened.readView()) == Deleting.expected(9))
        #expect(reopened.readView().record(record.key, in: DeletionRecord.space) == bytes)
        // Another one gets a number of its own.
        let next = try #require(try reopened.delete(matching: .name("h"), in: Support.everything))
        #expect(next.id > record.id)
    }

    /// Where it is not known what must not be shown, nothing is.
    @Test func `leave out a block whose index cannot be read`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Self.prepare(disk, clocks)
        let image = disk.processEndImage(), name = try #require(try disk.list("/data/blocks").first)
        let summary = try #require(database.commit.withLock { $0.blocks.first?.summary })
        let block = try Block.open(fileSystem: disk, path: "/data/blocks/\(name)", summary: summary)
        let index = Int(summary.byteCount) - block.indexByteCount
        for byte in index..<(index + block.indexByteCount / 2) {
            image.flipBit("/data/blocks/\(name)", byte: byte, bit: 1)
        }
        let reopened = try Support.open(image, clocks)
        #expect(reopened.recovery.damagedBlocks.count == 1)
        let found = try Support.contents(reopened.readView())
        #expect(found.mapValues(\.count) == [Deleting.m: 3, Deleting.other: 3, Deleting.h: 3])
        // And its deletion is not forgotten.
        reopened.maintain()
        #expect(reopened.deletions.count == 1)
    }
}
