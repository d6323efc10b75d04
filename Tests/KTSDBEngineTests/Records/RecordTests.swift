import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBEngine

@Suite struct `Records` {
    typealias Support = CheckpointTestSupport
    static let time = Timestamp(milliseconds: 1_700_000_000_000)

    @Test func `The last change of a key in a batch counts, and a view shows its moment`() throws {
        let database = Database.inMemory()
        let summary = try database.append { batch in
            batch.set("a", [1], in: "rules")
            batch.set("a", [2], in: "rules")
            batch.set("", [], in: "rules")
            batch.set("gone", [3], in: "rules")
            batch.remove("gone", in: "rules")
            batch.set("a", [9], in: "positions")
        }
        #expect(summary.sequence == 1 && summary.appended == 0)
        let view = database.readView()
        try database.append { batch in
            batch.remove("a", in: "positions")
            batch.set("a", [4], in: "rules")
            batch.remove("never there", in: "nothing")
        }
        #expect(view.records(in: "rules") == ["a": [2], "": []] && view.record("a", in: "positions") == [9])
        #expect(view.recordSpaces == ["positions", "rules"])
        let now = database.readView()
        #expect(now.record("a", in: "rules") == [4] && now.record("", in: "rules") == [])
        #expect(now.record("a", in: "positions") == nil && now.recordSpaces == ["rules"])
        #expect(database.statistics.records == 2)
    }

    @Test func `Spaces of ktsdb's own features are refused`() async throws {
        #expect(RecordSpace("ktsdb.rules").isReserved && !RecordSpace("ktsdb").isReserved)
        await #expect(processExitsWith: .failure) {
            _ = try Database.inMemory().append { $0.set("key", [1], in: "ktsdb.mine") }
        }
        let database = Database.inMemory()
        try database.append { $0.change("key", to: [1], in: "ktsdb.rules") }
        #expect(database.readView().record("key", in: "ktsdb.rules") == [1])
    }

    @Test func `Of a batch whose closure throws nothing is stored`() throws {
        struct Failure: Error {}
        let database = Database.inMemory()
        #expect(throws: Failure.self) {
            try database.append { batch in
                batch.set("a", [1], in: "s")
                throw Failure()
            }
        }
        #expect(database.readView().recordSpaces.isEmpty)
    }

    @Test func `They come back from the log, after a seal, from a checkpoint, and with the samples of their commit`()
        throws
    {
        let disk = SimulatedFileSystem()
        var database = try Support.open(disk)
        try database.append { $0.set("log", [1], in: "s") }
        func reopened() throws -> ReadView { try Support.open(disk.processEndImage()).readView() }
        #expect(try reopened().records(in: "s") == ["log": [1]])
        try database.append { batch in
            batch.append(1, at: Self.time, to: ["__name__": "up"])
            batch.set("sealed", [2], in: "s")
        }
        try database.seal()
        try database.append { $0.remove("log", in: "s") }
        #expect(try reopened().records(in: "s") == ["sealed": [2]])
        database.maintain()
        #expect(database.statistics.checkpoints > 0)
        #expect(try reopened().records(in: "s") == ["sealed": [2]])
        try database.close()
        database = try Support.open(disk)
        #expect(database.readView().records(in: "s") == ["sealed": [2]])
        #expect(database.recovery.log.replayedCommits == 0)
    }

    @Test(arguments: [false, true]) func `A snapshot has them as they were at its line`(skipHead: Bool) throws {
        let disk = SimulatedFileSystem()
        let database = try Support.open(disk)
        try database.append { batch in
            batch.append(1, at: Self.time, to: ["__name__": "up"])
            batch.set("a", [1], in: "s")
        }
        let name = try database.snapshot(skipHead: skipHead)
        try database.append { $0.set("a", [2], in: "s") }
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let path = "\(Support.path)/snapshots/\(name)"
        for round in 1...2 {
            let copy = try Database(files: disk, path: path, configuration: configuration)
            // Without the head there is no sample of that commit either.
            #expect(copy.readView().record("a", in: "s") == (skipHead ? nil : [1]))
            #expect(copy.recovery.log.damage.isEmpty && copy.recovery.setAside.isEmpty)
            let later = Self.time + .seconds(round)
            #expect(try copy.append { $0.append(1, at: later, to: ["__name__": "down"]) }.appended == 1)
            try copy.close()
        }
    }

    @Test func `They outlast a log that is cut without a checkpoint`() throws {
        let disk = SimulatedFileSystem(), clocks = MovableClocks()
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.logSegmentByteLimit = 1200
        configuration.checkpointLogByteLimit = 500
        configuration.wallClock = { clocks.now }
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try database.append { $0.set("early", [1], in: "s") }
        let first = "/data/wal/0000000000000001.log"
        #expect(disk.contents(of: first) != nil)
        for step in 0..<60 {
            clocks.pass(60_000)
            try database.append { batch in
                for series in 0..<10 {
                    batch.append(
                        Double(step * series), at: Timestamp(milliseconds: clocks.now), to: ["__name__": "m\(series)"])
                }
            }
            // Nothing writes a checkpoint but maintenance.
            if step % 10 == 9 { try database.seal() }
        }
        #expect(database.statistics.checkpoints == 0 && disk.contents(of: first) == nil)
        let image = disk.processEndImage()
        let reopened = try Database(files: image, path: "/data", configuration: configuration)
        #expect(reopened.readView().record("early", in: "s") == [1])
    }

    @Test func `They outlast a power cut at any call of a close that cuts the log`() throws {
        let start = SimulatedFileSystem(), clocks = MovableClocks()
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.logSegmentByteLimit = 1200
        configuration.checkpointLogByteLimit = 500
        configuration.wallClock = { clocks.now }
        func open(_ disk: SimulatedFileSystem) throws -> Database {
            try Database(files: disk, path: "/data", configuration: configuration)
        }
        // No seal and no checkpoint, and a log that is many times too long.
        let database = try open(start)
        try database.append { $0.set("early", [1], in: "s") }
        for step in 0..<80 {
            clocks.pass(1000)
            try database.append { $0.append(Double(step), at: Timestamp(milliseconds: clocks.now), to: ["a": "b"]) }
        }
        #expect(database.statistics.logBytes > 8 * 500 && database.statistics.checkpoints == 0)
        var call = 0, hasCrashed = true
        while hasCrashed {
            let disk = start.processEndImage()
            let again = try open(disk)
            disk.inject(.crash, atCall: disk.callCount + call)
            try? again.close()
            hasCrashed = disk.hasCrashed
            let reopened = try open(disk.crashImage(seed: UInt64(call)))
            let found = reopened.readView().record("early", in: "s")
            #expect(found == [1], "power cut at call \(call)")
            call += 1
        }
        #expect(call > 20)
    }
}
