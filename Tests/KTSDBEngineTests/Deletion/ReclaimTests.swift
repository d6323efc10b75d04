import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Reclaiming what is deleted` {
    typealias Support = DeletionTestSupport
    typealias Deleting = `Deleting samples`

    private static func blocks(_ files: any FileSystem) throws -> [String] {
        try files.list("/data/blocks").filter { $0.hasSuffix(".block") }
    }

    @Test(arguments: [1, 1 << 18])
    func `writes blocks without it, drops series without samples, and forgets the deletion`(rows: Int) throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        var configuration = Support.configuration(clocks)
        configuration.compactionSliceRows = rows
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Deleting.fill(database, clocks, minutes: 20)
        try database.seal()
        let before = database.statistics
        try database.delete(matching: .name("h"), in: Support.everything)
        try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(5...9))
        let expected = Deleting.expected(20, without: [Deleting.m: 5...9, Deleting.h: 0...99])
        let view = database.readView(), exemplars = try Support.exemplars(view)
        #expect(try Support.contents(view) == expected)
        let report = try database.reclaim()
        #expect(report.rewrittenBlocks == 1 && report.removedBlocks == 0 && report.removedSamples == 25)
        #expect(report.leftOut.isEmpty && database.deletions.isEmpty)
        let after = database.statistics
        #expect(after.blocks == 1 && after.blockSamples == before.blockSamples - 25)
        #expect(after.blockBytes < before.blockBytes && after.records == 0)
        #expect(database.blockList.map(\.series) == [2])
        #expect(try Self.blocks(disk).count == 1)
        for view in [view, database.readView(), try Support.open(disk.processEndImage(), clocks).readView()] {
            #expect(try Support.contents(view) == expected)
            #expect(try Support.exemplars(view) == exemplars)
            try view.verify()
        }
        #expect(try database.reclaim() == ReclaimReport())
    }

    @Test func `removes a block of which nothing is left without writing it again`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Support.open(disk, clocks)
        try Deleting.fill(database, clocks, minutes: 3)
        try database.seal()
        try Deleting.fill(database, clocks, minutes: 3)
        try database.seal()
        // By one deletion of all, and by several together that leave one block nothing.
        try database.delete(matching: .name("h"), in: Deleting.minutes(0...6))
        try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(0...6))
        try database.delete(matching: .equal("i", "2"), in: Deleting.minutes(0...3))
        let report = try database.reclaim()
        #expect(report.removedBlocks == 1 && report.rewrittenBlocks == 1 && report.removedSamples == 15)
        #expect(database.statistics.compactions.completed == 1)
        #expect(try Support.contents(database.readView()).mapValues(\.count) == [Deleting.other: 3])
        try database.delete(matching: .matches("__name__", ".*"), in: Support.everything)
        #expect(try database.readView().labelNames(in: Support.everything) == [])
        #expect(try database.readView().select([], withSamplesIn: Support.everything).count == 0)
        #expect(try database.reclaim().removedBlocks == 1)
        #expect(try Self.blocks(disk).isEmpty && database.statistics.blocks == 0)
        #expect(try Support.contents(Support.open(disk.processEndImage(), clocks).readView()).isEmpty)
    }

    @Test func `happens by itself when the time to undo is over, not before`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        var configuration = Support.configuration(clocks)
        configuration.compactsWhenDue = true
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try Deleting.fill(database, clocks, minutes: 4)
        try database.seal()
        try database.delete(matching: .name("h"), in: Support.everything)
        clocks.pass(Support.hour - 1)
        database.maintain()
        #expect(database.statistics.compactions.completed == 0 && database.statistics.deletions == 1)
        #expect(database.statistics.blockSamples == 12)
        clocks.pass(1)
        database.maintain()
        #expect(database.statistics.compactions.completed == 1 && database.statistics.blockSamples == 8)
        database.maintain()
        #expect(database.statistics.deletions == 0 && database.readView().recordSpaces.isEmpty)
        #expect(try Support.contents(database.readView()) == Deleting.expected(4, without: [Deleting.h: 1...4]))
    }

    @Test func `is done by compactions, which keep what can be undone apart from later blocks`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Support.open(disk, clocks)
        for _ in 0..<2 {
            try Deleting.fill(database, clocks, minutes: 3)
            try database.seal()
        }
        let deletion = try #require(try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(2...4)))
        for _ in 0..<2 {
            try Deleting.fill(database, clocks, minutes: 3)
            try database.seal()
        }
        clocks.now = Support.start + 10 * Support.hour
        // The time is over, but nothing was made final: only `maintain` does that.
        #expect(try database.compact() == 2)
        #expect(database.statistics.blocks == 2 && database.statistics.blockSamples == 36)
        let expected = Deleting.expected(12, without: [Deleting.m: 2...4])
        #expect(try Support.contents(database.readView()) == expected)
        clocks.now = deletion.createdAt.milliseconds
        try database.undelete(deletion.id)
        #expect(try Support.contents(database.readView()) == Deleting.expected(12))
        clocks.now = Support.start + 10 * Support.hour
        let again = try #require(try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(2...4)))
        clocks.pass(Support.hour)
        database.maintain()
        #expect(database.deletions.map(\.undoableUntil) == [nil])
        #expect(throws: DeletionError.isFinal(id: again.id)) { try database.undelete(again.id) }
        #expect(try database.compact() == 1)
        #expect(database.statistics.blocks == 1 && database.statistics.blockSamples == 33)
        #expect(try Support.contents(database.readView()) == expected)
        database.maintain()
        #expect(database.deletions.isEmpty)
    }

    @Test func `leaves out a block that cannot be read, and its deletions stay in force`() throws {
        let clocks = MovableClocks(Support.start), disk = SimulatedFileSystem()
        let database = try Support.open(disk, clocks)
        try Deleting.fill(database, clocks, minutes: 30)
        try database.seal()
        try database.delete(matching: .equal("i", "1"), in: Deleting.minutes(2...4))
        let image = disk.processEndImage(), block = "/data/blocks/\(try Self.blocks(disk)[0])"
        // The first page, right after the header.
        for byte in 32..<60 { image.flipBit(block, byte: byte, bit: 3) }
        let damaged = try Support.open(image, clocks)
        let report = try damaged.reclaim()
        #expect(report.leftOut.count == 1 && report.rewrittenBlocks == 0)
        #expect(damaged.deletions.count == 1 && damaged.statistics.compactions.leftOut.count == 1)
    }
}
