import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The whole database on a disk that loses power, or fails, at every single call of a mixed workload.
@Suite struct `A database on a failing disk` {
    /// The calls that a workload makes when nothing fails.
    static func callCount(_ workload: Workload) -> Int {
        let disk = SimulatedFileSystem()
        _ = workload.run(on: disk)
        return disk.callCount
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `keeps every acknowledged commit whole and invents nothing when the power goes at any call`(
        seed: UInt64
    ) throws {
        let workload = Workload(seed: seed)
        let calls = Self.callCount(workload)
        #expect(calls > 200)
        for call in stride(from: Effort.isFull ? 0 : Int(seed), to: calls, by: Effort.isFull ? 1 : 4) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let ledger = workload.run(on: disk)
            let image = disk.crashImage(seed: seed &* 7919 &+ UInt64(call))
            let comment: Comment = "seed \(seed), power cut at call \(call)"
            let first: Database
            do throws(OpenError) { first = try Workload.open(image) } catch {
                Issue.record(
                    "\(comment): \(error)\n\(disk.calls.suffix(12)) \(disk.contents(of: "/data/MANIFEST") ?? []) \(image.contents(of: "/data/MANIFEST") ?? [])"
                )
                continue
            }
            let found = try Workload.contents(of: first)
            #expect(ledger.allowed.contains(found), comment)
            #expect(first.recovery.damagedBlocks.isEmpty && first.recovery.orphanedSamples == 0, comment)
            // A second recovery, without an orderly end of the first, changes nothing.
            let second = try Workload.open(image.processEndImage())
            #expect(try Workload.contents(of: second) == found, comment)
        }
    }

    @Test func `compacts blocks in some of these workloads`() {
        let compactions = ([1, 2, 3] as [UInt64]).map { Workload(seed: $0).run(on: SimulatedFileSystem()).compactions }
        #expect(compactions.contains { $0 > 0 })
    }

    @Test(arguments: [11, 12] as [UInt64])
    func `recovers the same when the power goes again during recovery`(seed: UInt64) throws {
        let workload = Workload(seed: seed, steps: 13)
        let disk = SimulatedFileSystem()
        disk.inject(.crash, atCall: Self.callCount(workload) * 2 / 3)
        let ledger = workload.run(on: disk)
        let probe = disk.crashImage(seed: seed)
        let expected = try Workload.contents(of: Workload.open(probe))
        #expect(ledger.allowed.contains(expected))
        for call in 0..<probe.callCount {
            let again = disk.crashImage(seed: seed)
            again.inject(.crash, atCall: call)
            _ = try? Workload.open(again)
            let last = try Workload.open(again.crashImage(seed: UInt64(call)))
            #expect(try Workload.contents(of: last) == expected, "power cut at call \(call) of the recovery")
        }
    }

    @Test func `has every sample once when the power goes at any call of a merge, and again during recovery`() throws {
        let disk = SimulatedFileSystem(), clock = TestClock()
        let database = try Workload.open(disk, clock: clock)
        for step in 0..<22 {
            clock.now += 2_900_000
            try database.append { batch in
                for number in 0..<6 where (step + number) % 5 > 0 {
                    batch.append(
                        Double(step * number), at: Timestamp(milliseconds: clock.now), to: ["__name__": "m\(number)"])
                }
            }
            if step % 2 == 1 { _ = try database.snapshot() }
        }
        try database.close()
        let stored = try Workload.contents(of: database)
        clock.now += 200_000_000
        let start = disk.processEndImage(), probe = start.processEndImage()
        let merged = try Workload.open(probe, clock: clock)
        let first = probe.callCount
        #expect(try merged.compact() > 4)
        #expect(merged.statistics.blocks < 4)
        for call in first..<probe.callCount {
            let disk = start.processEndImage()
            let database = try Workload.open(disk, clock: clock)
            disk.inject(.crash, atCall: call)
            _ = try? database.compact()
            let comment: Comment = "power cut at call \(call)"
            let image = disk.crashImage(seed: UInt64(call))
            let recovered = try Workload.open(image, clock: clock)
            let calls = image.callCount
            let found = try Workload.contents(of: recovered)
            #expect(found == stored && recovered.recovery.damagedBlocks.isEmpty, comment)
            // Again at some call of the recovery or of the merge that comes after it.
            let again = disk.crashImage(seed: UInt64(call))
            again.inject(.crash, atCall: (call &* 7) % (calls + 40))
            if let second = try? Workload.open(again, clock: clock) { _ = try? second.compact() }
            let last = try Workload.open(again.crashImage(seed: UInt64(call) &+ 1), clock: clock)
            _ = try last.compact()
            let after = try Workload.contents(of: last)
            #expect(after == stored && last.statistics.blocks == merged.statistics.blocks, comment)
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `goes on after a call that fails, and loses nothing`(fault: DiskFault) throws {
        let workload = Workload(seed: 21)
        let calls = Self.callCount(workload)
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 11) {
            let disk = SimulatedFileSystem()
            disk.inject(fault, atCall: call)
            let ledger = workload.run(on: disk)
            let comment: Comment = "\(fault) at call \(call)"
            let database = try Workload.open(disk.processEndImage())
            #expect(try Workload.contents(of: database) == ledger.stored, comment)
            #expect(database.recovery.damagedBlocks.isEmpty, comment)
        }
    }

    @Test func `says that the disk is full, answers queries meanwhile, and resumes when there is room`() throws {
        let disk = SimulatedFileSystem()
        let database = try Workload.open(disk)
        let labels: Labels = ["__name__": "x"]
        var stored = 0
        disk.setCapacity(20_000)
        var sawFull = false
        for step in 0..<2000 where !sawFull {
            let error = Self.append(20, at: Int64(step), to: database)
            switch error {
            case nil: stored += 20
            case .notDurable:
                stored += 20
                sawFull = true
            case .diskFull: sawFull = true
            default: Issue.record("unexpected: \(error!)")
            }
        }
        #expect(sawFull)
        #expect(try Workload.contents(of: database).values.reduce(0) { $0 + $1.count / 2 } == stored)
        disk.setCapacity(nil)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 10_000), to: labels) }
        #expect(try Workload.contents(of: database).values.reduce(0) { $0 + $1.count / 2 } == stored + 1)
        let reopened = try Workload.open(disk.processEndImage())
        #expect(try Workload.contents(of: reopened).values.reduce(0) { $0 + $1.count / 2 } == stored + 1)
    }

    /// Appends one sample to each of some series; returns the error, if there was one.
    private static func append(_ count: Int, at time: Int64, to database: Database) -> AppendError? {
        do {
            try database.append { batch in
                for number in 0..<count {
                    let value = Double.random(in: 0...1)
                    batch.append(value, at: Timestamp(milliseconds: time), to: ["__name__": "x", "i": "\(number)"])
                }
            }
            return nil
        } catch { return error }
    }

    @Test func `leaves a damaged block out, names it, and answers from the rest`() throws {
        let disk = SimulatedFileSystem()
        let database = try Workload.open(disk)
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1_700_000_000_000), to: ["__name__": "old"]) }
        _ = try database.snapshot()
        try database.append { $0.append(2, at: Timestamp(milliseconds: 1_700_000_100_000), to: ["__name__": "new"]) }
        let image = disk.processEndImage()
        let block = try #require(image.snapshot.keys.filter { $0.hasPrefix("/data/blocks/") }.first)
        let bytes = try #require(image.contents(of: block))
        image.setContents(of: block, to: Array(bytes.prefix(bytes.count / 2)))
        let reopened = try Workload.open(image)
        #expect(reopened.recovery.damagedBlocks.count == 1)
        #expect(reopened.recovery.damagedBlocks[0].contains(block))
        #expect(try Workload.contents(of: reopened).keys.map(\.metricName) == ["new"])
        #expect(image.contents(of: block) != nil)
    }

    @Test func `refuses a directory that is in use`() throws {
        let disk = SimulatedFileSystem()
        let database = try Workload.open(disk)
        #expect { try Workload.open(disk) } throws: { error in
            if case OpenError.locked(path: "/data", processID: _) = error { true } else { false }
        }
        try database.close()
        #expect(throws: Never.self) { try Workload.open(disk) }
    }

    @Test func `makes a snapshot that opens as a database with the same contents`() throws {
        let disk = SimulatedFileSystem()
        let ledger = Workload(seed: 5, steps: 11).run(on: disk)
        let database = try Workload.open(disk)
        let name = try database.snapshot()
        try database.append { $0.append(1, at: Timestamp(milliseconds: 1 << 45), to: ["__name__": "later"]) }
        let copy = try Database(
            files: disk.processEndImage(), path: "/data/snapshots/\(name)",
            configuration: Workload.configuration(clock: TestClock()))
        #expect(try Workload.contents(of: copy) == ledger.stored)
    }
}
