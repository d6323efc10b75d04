import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The whole database on a disk that is full for a while, from every call of a mixed workload on.
@Suite struct `A database on a full disk` {
    /// How a disk is full.
    enum Fullness: String, CaseIterable, Sendable {
        /// What the database removes makes room, and it has a reserve.
        case withReserve
        /// What the database removes makes room.
        case withoutReserve
        /// Someone else takes what becomes free, so that the reserve is of no use.
        case takenByOthers

        var reserve: Int { self == .withoutReserve ? 0 : 1 << 14 }
    }

    /// How long the disk stays full, in steps of the workload.
    private static let steps = 5

    private static func run(_ workload: Workload, _ fullness: Fullness, from call: Int) -> (Ledger, DiskUse) {
        let disk = SimulatedFileSystem(), use = DiskUse(disk)
        disk.fillUp(fromCall: call, isTakenByOthers: fullness == .takenByOthers)
        var workload = workload
        workload.reserve = fullness.reserve
        workload.beforeStep = { step, database in use.note(step, database, for: Self.steps) }
        return (workload.run(on: disk), use)
    }

    @Test(arguments: Fullness.allCases, [31, 32] as [UInt64])
    func `loses nothing, answers meanwhile, and resumes without a restart`(fullness: Fullness, seed: UInt64) throws {
        let workload = Workload(seed: seed)
        let calls = `A database on a failing disk`.callCount(workload)
        var refused = 0, opened = 0
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 3) {
            let (ledger, use) = Self.run(workload, fullness, from: call)
            let comment: Comment = "\(fullness), seed \(seed), full from call \(call)"
            refused += ledger.refused
            opened += use.openedWhileFull
            #expect(use.failures.isEmpty, "\(comment): \(use.failures)")
            #expect(!use.isStillFull, comment)
            let database = try Workload.open(use.disk.processEndImage())
            #expect(try Workload.contents(of: database) == ledger.stored, comment)
            #expect(database.recovery.damagedBlocks.isEmpty && database.recovery.orphanedSamples == 0, comment)
            // All that was acknowledged since the disk had room again is durable, and so is what came before it.
            let cut = try Workload.open(use.disk.crashImage(seed: seed &+ UInt64(call)))
            #expect(try Workload.contents(of: cut) == ledger.stored, comment)
        }
        #expect(refused > 20 && opened > 0, "The sweep refused \(refused) commits and opened \(opened) times.")
    }

    /// What a recovery finds when the disk became full in the middle of the workload, and the power went soon after.
    @Test(arguments: Fullness.allCases)
    func `loses nothing on a full disk after a power cut, and opens when there is room`(fullness: Fullness) throws {
        let workload = Workload(seed: 41, steps: 13)
        let calls = `A database on a failing disk`.callCount(workload)
        for call in stride(from: calls / 8, to: calls, by: Effort.isFull ? 3 : 9) {
            let disk = SimulatedFileSystem()
            disk.fillUp(fromCall: call, isTakenByOthers: fullness == .takenByOthers)
            disk.inject(.crash, atCall: call + 25)
            var workload = workload
            workload.reserve = fullness.reserve
            let ledger = workload.run(on: disk)
            guard disk.hasCrashed else { continue }
            let image = disk.crashImage(seed: UInt64(call))
            image.fillUp(fromCall: 0, isTakenByOthers: fullness == .takenByOthers)
            let comment: Comment = "\(fullness), full from call \(call)"
            let clock = TestClock()
            let database: Database
            do throws(OpenError) {
                database = try Workload.open(image, clock: clock, reserve: fullness.reserve)
            } catch {
                // Some states need room to be opened; nothing is lost then.
                image.makeRoom()
                let later = try Workload.open(image, clock: clock, reserve: fullness.reserve)
                #expect(ledger.allowed.contains(try Workload.contents(of: later)), comment)
                continue
            }
            let found = try Workload.contents(of: database)
            #expect(ledger.allowed.contains(found), comment)
            image.makeRoom()
            // A disk that was full twice in a short time is tried again after a while.
            clock.now += 20_000
            try database.append { $0.append(1, at: Timestamp(milliseconds: 1 << 42), to: ["__name__": "later"]) }
            #expect(try Workload.contents(of: database).count == found.count + 1, comment)
        }
    }

    @Test func `gives up what was deleted, the oldest deletion first, and says so`() throws {
        let disk = SimulatedFileSystem(), clock = TestClock(), events = EventList()
        var configuration = Workload.configuration(clock: clock)
        configuration.diskReserveByteLimit = 1 << 14
        configuration.onEvent = { events.note($0) }
        disk.setTotalByteCount(1 << 30)
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        for step in 0..<3 {
            clock.now += 8_000_000
            try database.append { batch in
                for number in 0..<300 {
                    for row in 0..<50 {
                        batch.append(
                            Double.random(in: 0...1), at: Timestamp(milliseconds: clock.now + Int64(row) * 1000),
                            to: ["__name__": "m\(step)", "i": "\(number)"])
                    }
                }
            }
            try database.seal()
        }
        let everything = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)
        let first = try #require(try database.delete(matching: .name("m1"), in: everything))
        let second = try #require(try database.delete(matching: .name("m0"), in: everything))
        disk.fillUp(fromCall: disk.callCount, isTakenByOthers: false)
        var refusals = 0
        for _ in 0..<40 where refusals == 0 {
            clock.now += 1000
            do throws(AppendError) {
                try database.append { batch in
                    for number in 0..<50 {
                        batch.append(
                            1, at: Timestamp(milliseconds: clock.now), to: ["__name__": "n", "i": "\(number)"])
                    }
                }
            } catch { if case .diskFull = error { refusals += 1 } }
        }
        #expect(refusals == 1 && AppendError.diskFull(path: "/data").isRetryable)
        #expect(database.statistics.diskSpace.fullSince != nil && database.statistics.diskSpace.reserveBytes == 0)
        #expect(try Workload.contents(of: database).keys.contains { $0.metricName == "m2" })
        clock.now += 10_000
        database.maintain()
        // One deleted block makes room enough.
        #expect(database.statistics.diskSpace.fullSince == nil && database.statistics.diskSpace.reserveBytes == 1 << 14)
        #expect(events.all.filter { $0 == .deletionMadeFinal(first.id) }.count == 1)
        #expect(!events.all.contains(.deletionMadeFinal(second.id)))
        #expect(events.all.first == .diskFull(path: "/data") && events.all.last == .diskHasRoom)
        clock.now += 1000
        try database.append { $0.append(1, at: Timestamp(milliseconds: clock.now), to: ["__name__": "n", "i": "0"]) }
        #expect(throws: DeletionError.self) { try database.undelete(first.id) }
        try database.undelete(second.id)
        #expect(try Workload.contents(of: database).keys.contains { $0.metricName == "m0" })
    }

    /// A failed sync loses what it should have written: it must be written again, wherever it was. The power goes at
    /// the end, so that nothing counts that only the memory of the disk had.
    @Test(arguments: [51, 52] as [UInt64])
    func `writes again what a failed sync has lost, at every sync of a workload`(seed: UInt64) throws {
        let workload = Workload(seed: seed)
        let probe = SimulatedFileSystem()
        _ = workload.run(on: probe)
        let syncs = probe.calls.indices.filter { probe.calls[$0].operation.hasPrefix("sync") }
        #expect(syncs.count > 60)
        for call in syncs {
            let disk = SimulatedFileSystem()
            disk.inject(.failedSync, atCall: call)
            let ledger = workload.run(on: disk)
            let comment: Comment = "seed \(seed), failed sync at call \(call): \(probe.calls[call])"
            for cut in 0..<3 as Range<UInt64> {
                let database = try Workload.open(disk.crashImage(seed: seed &* 31 &+ UInt64(call) &+ cut))
                #expect(try Workload.contents(of: database) == ledger.stored, comment)
                #expect(database.recovery.damagedBlocks.isEmpty, comment)
            }
        }
    }
}

/// What a workload meets on a disk that becomes full.
final class DiskUse {
    let disk: SimulatedFileSystem
    private(set) var failures: [String] = []
    private(set) var openedWhileFull = 0
    private(set) var isStillFull = false
    private var fullSince: Int?

    init(_ disk: SimulatedFileSystem) { self.disk = disk }

    /// Looks at the database before a step, and makes room after some steps on a full disk.
    func note(_ step: Int, _ database: Database?, for steps: Int) {
        guard disk.isFull else {
            isStillFull = database.map { $0.statistics.diskSpace.fullSince != nil } ?? false
            return
        }
        if let since = fullSince, step >= since + steps {
            disk.makeRoom()
            return
        }
        if fullSince == nil { fullSince = step }
        guard let database else { return }
        openedWhileFull += 1
        do { _ = try Workload.contents(of: database) } catch { failures.append("\(error)") }
    }
}

final class EventList: @unchecked Sendable {
    // Each test has its own and uses it on one thread.
    private(set) var all: [DatabaseEvent] = []
    func note(_ event: DatabaseEvent) { all.append(event) }
}
