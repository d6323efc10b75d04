import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

@Suite struct `The memory limit of a database` {
    /// A database whose clock is set by hand and whose pressure is set through the memory of its process.
    private struct Rig {
        let ledger = MemoryLedger(limit: 512 << 20)
        let clock = Clock()
        let files = SimulatedFileSystem()
        let database: Database

        final class Clock: Sendable {
            let now = Atomic<Int64>(1_700_000_000_000)
            var milliseconds: Int64 { now.load(ordering: .relaxed) }
            func pass(_ seconds: Int64) { now.wrappingAdd(seconds * 1000, ordering: .relaxed) }
        }

        init(_ change: (inout Database.Configuration) -> Void = { _ in }) throws {
            var configuration = Database.Configuration()
            configuration.runsMaintenance = false
            configuration.memory = ledger
            configuration.wallClock = { [clock] in clock.milliseconds }
            change(&configuration)
            database = try Database(files: files, path: "/data", configuration: configuration)
        }

        func put(_ pressure: MemoryPressure) {
            let marks = ledger.marks!
            let bytes = [MemoryPressure.none: 0, .soft: marks.soft, .hard: marks.hard, .floor: marks.floor]
            database.countMemory()
            // Maintenance may give a few megabytes back, such as frames of the log.
            ledger.noteProcess(bytes: bytes[pressure]! + (8 << 20))
            #expect(ledger.pressure == pressure)
        }

        /// Appends a sample a second to each of the series, from now on; time passes.
        @discardableResult
        func append(_ names: [String], seconds: Int = 1) throws -> CommitSummary {
            clock.pass(Int64(seconds))
            let end = clock.milliseconds
            return try database.append { batch in
                for (number, name) in names.enumerated() {
                    for second in 0..<seconds {
                        let time = Timestamp(milliseconds: end - Int64(seconds - 1 - second) * 1000)
                        // Values that take some bytes each.
                        let value = Double((second &* 7919 &+ number &* 31) % 1000) / 7
                        batch.append(value, at: time, to: ["__name__": "m", "name": name])
                    }
                }
            }
        }
    }

    @Test(arguments: [MemoryPressure.hard, .floor])
    func `refuses new series and takes samples of known ones`(pressure: MemoryPressure) throws {
        let rig = try Rig()
        try rig.append(["a", "b"])
        rig.put(pressure)
        let summary = try rig.append(["a", "new", "b", "new"])
        #expect(summary.appended == 2 && summary.rejections == [.memoryLimit: 2])
        let byID = try rig.database.append { batch in
            let id = batch.series(["__name__": "other"])
            batch.append(1, at: Timestamp(milliseconds: rig.clock.milliseconds), to: id)
        }
        #expect(byID.rejections == [.memoryLimit: 1])
        #expect(RejectionReason.memoryLimit.rawValue == "no memory for new series")
        #expect(rig.database.statistics.series == 2)
        #expect(rig.database.statistics.rejectedSamples == [.memoryLimit: 3])
        #expect(rig.database.statistics.memory.refusals.series == 3)
        rig.put(.soft)
        #expect(try rig.append(["a", "new"]).appended == 2)
        #expect(rig.database.statistics.series == 3)
        try rig.database.close()
    }

    @Test func `without a shared ledger counts the database alone`() throws {
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.memoryLimit = 8 << 20
        let database = Database.inMemory(configuration)
        // The hard mark is at 4 MiB.
        var refused = 0, stored = 0, number = 0
        while refused == 0, number < 100_000 {
            let summary = try database.append { batch in
                for _ in 0..<100 {
                    number += 1
                    let labels = Labels([("__name__", "metric"), ("instance", "host-\(number).example.org")])
                    batch.append(1, at: Timestamp(milliseconds: 1000), to: labels)
                }
            }
            stored += summary.appended
            refused += summary.rejections[.memoryLimit] ?? 0
        }
        #expect(refused > 0 && stored > 2000)
        #expect(((4 << 20)..<(5 << 20)).contains(database.memory.bytes))
        let known = try database.append { batch in
            for host in 1...1000 {
                let labels = Labels([("__name__", "metric"), ("instance", "host-\(host).example.org")])
                batch.append(2, at: Timestamp(milliseconds: 2000), to: labels)
            }
        }
        #expect(known.appended == 1000)
    }

    @Test func `seals early when it is near, and no more often than it pays`() throws {
        let rig = try Rig {
            $0.memory = nil; $0.memoryLimit = 64 << 20
        }
        let memory = rig.database.memory
        let other = MemoryAccount(memory, .requests)
        let names = (0..<2000).map { "s\($0)" }
        func maintainUnderPressure() {
            rig.database.countMemory()
            other.set(memory.marks!.soft + 1 - (memory.bytes - other.bytes))
            #expect(memory.pressure == .soft)
            rig.database.maintain()
        }
        try rig.append(names, seconds: 240)
        rig.database.maintain()
        #expect(rig.database.statistics.seals == 0, "nothing presses")
        maintainUnderPressure()
        #expect(rig.database.statistics.seals == 1)
        try rig.append(names, seconds: 240)
        maintainUnderPressure()
        #expect(rig.database.statistics.seals == 1, "five minutes have not passed")
        try rig.append(names, seconds: 60)
        maintainUnderPressure()
        #expect(rig.database.statistics.seals == 2)
        #expect(rig.database.statistics.chunkBytes < 1 << 20)
        try rig.database.close()
    }

    @Test func `drops pages that are kept for readers`() throws {
        let rig = try Rig()
        try rig.append((0..<1000).map { "s\($0)" }, seconds: 120)
        try rig.database.seal()
        let begin = Timestamp(milliseconds: 0), end = Timestamp(milliseconds: rig.clock.milliseconds)
        func read() throws {
            for series in try rig.database.readView().series(in: begin...end) { _ = try series.samples() }
        }
        try read()
        #expect(rig.ledger.bytes(of: .pages) > 10_000)
        #expect(rig.ledger.bytes(of: .pages) == rig.database.pages.byteCount)
        rig.put(.hard)
        rig.database.maintain()
        #expect(rig.ledger.bytes(of: .pages) == 0)
        try read()
        #expect(rig.ledger.bytes(of: .pages) == 0, "nothing is kept while memory is short")
        rig.put(.none)
        rig.database.maintain()
        try read()
        #expect(rig.ledger.bytes(of: .pages) > 10_000)
        try rig.database.close()
    }

    @Test func `makes large compactions wait, but not small ones`() throws {
        let rig = try Rig { $0.retention = nil }
        let hours = 30
        for _ in 0..<hours {
            try rig.append(["a", "b"], seconds: 3600)
            try rig.database.seal()
        }
        rig.put(.hard)
        rig.database.maintain()
        let levels = rig.database.blockList.map(\.level)
        #expect(levels.contains(1) && !levels.contains(2), "\(levels)")
        rig.put(.none)
        rig.database.maintain()
        #expect(rig.database.blockList.map(\.level).contains(2))
        #expect(rig.ledger.bytes(of: .compactions) == 0)
        try rig.database.close()
    }

    /// Whatever happens, what is counted goes when its holders go.
    @Test(arguments: 0..<12 as Range<UInt64>) func `counts nothing that is gone`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ledger = MemoryLedger(limit: 64 << 20)
        do {
            var rig: Rig? = try Rig {
                $0.memory = ledger
                $0.openByteLimit = 1 << 18
                $0.openBytesPerSeries = 0
            }
            var views: [ReadView] = []
            for round in 0..<60 {
                let first = Int.random(in: 0..<40, using: &random)
                let names = (0..<Int.random(in: 1..<60, using: &random)).map { "s\(first * 20 + $0)" }
                try rig!.append(names, seconds: Int.random(in: 1..<30, using: &random))
                rig!.clock.pass(Int64.random(in: 0..<1000, using: &random))
                switch Int.random(in: 0..<6, using: &random) {
                case 0: try rig!.database.seal()
                case 1: views.append(rig!.database.readView())
                case 2: views = []
                case 3 where round % 5 == 0: _ = try rig!.database.compact()
                default: break
                }
                for view in views {
                    let end = Timestamp(milliseconds: rig!.clock.milliseconds)
                    _ = try view.series(in: Timestamp(milliseconds: 0)...end).first?.samples()
                }
                rig!.database.maintain()
                let holdings = ledger.holdings
                #expect(holdings.allSatisfy { $0.bytes >= 0 }, "\(holdings)")
                #expect(ledger.bytes == holdings.reduce(0) { $0 + $1.bytes })
                #expect(ledger.bytes(of: .samples) == rig!.database.head.chunkGauge.value)
                #expect(ledger.bytes(of: .seals) == 0 && ledger.bytes(of: .compactions) == 0)
            }
            views = []
            try rig!.database.seal()
            try rig!.database.close()
            rig = nil
        }
        #expect(ledger.bytes == 0, "\(ledger.holdings)")
        #expect(ledger.peakBytes > 100_000)
    }

    @Test func `counts what a checkpoint brings back`() throws {
        let rig = try Rig { $0.checkpointLogByteLimit = 1 }
        try rig.append((0..<500).map { "s\($0)" }, seconds: 300)
        rig.database.maintain()
        #expect(rig.database.statistics.checkpoints == 1)
        let before = rig.ledger.bytes(of: .series)
        let ledger = MemoryLedger()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.memory = ledger
        let disk = rig.files.processEndImage()
        let again = try Database(files: disk, path: "/data", configuration: configuration)
        #expect(again.recovery.checkpoint != nil)
        #expect(ledger.bytes(of: .samples) == again.head.chunkGauge.value && ledger.bytes(of: .samples) > 0)
        #expect((before / 2...before * 2).contains(ledger.bytes(of: .series)))
        try again.close()
        try rig.database.close()
    }
}
