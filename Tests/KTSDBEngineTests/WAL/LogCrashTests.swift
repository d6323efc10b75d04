import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// The log under a disk that fails or loses power at every call of a workload.
@Suite struct `The log on a failing disk` {
    /// What a workload knows when it ends, in whatever way.
    struct Ledger {
        /// Every commit whose `append` returned, and those that were tried when the power went.
        var written: [UInt64: TestCommit] = [:]
        var inDoubt: TestCommit?
        var durable: UInt64 = 0
        var refused = 0
    }

    /// Several segments, rotation, definitions, durable and buffered commits, removal, close; goes on after errors.
    static func run(_ disk: SimulatedFileSystem, sealsThrough sealed: UInt64 = 0, closes: Bool = true) -> Ledger {
        var ledger = Ledger()
        let clock = TestClock()
        guard let log = try? TestLog(disk, options: options(clock)) else { return ledger }
        for step in 0..<24 {
            let commit = TestCommit.random(seed: UInt64(step))
            do throws(LogError) {
                let sequence = try log.append(commit)
                ledger.written[sequence] = commit
            } catch {
                ledger.refused += 1
                if disk.hasCrashed, ledger.inDoubt == nil { ledger.inDoubt = commit }
            }
            if step % 4 == 3, (try? log.writer.waitUntilDurable(log.writer.lastSequence)) != nil {
                ledger.durable = max(ledger.durable, log.writer.durableSequence)
            }
            if step % 5 == 4 {
                clock.advance(milliseconds: 1000)
                log.writer.syncIfDue()
            }
            if step == 10 { try? log.writer.rotate() }
            if step == 16, sealed > 0 { try? log.writer.removeSegments(through: sealed) }
            ledger.durable = max(ledger.durable, log.writer.durableSequence)
        }
        if closes, (try? log.writer.close()) != nil { ledger.durable = max(ledger.durable, log.writer.durableSequence) }
        return ledger
    }

    static func options(_ clock: TestClock = TestClock()) -> LogOptions {
        TestLog.options(.interval(.seconds(1)), segment: 900, kept: 1500, clock: clock)
    }

    /// Checks what a crash has left against what was promised, and that recovering again gives the same.
    static func check(_ image: SimulatedFileSystem, _ ledger: Ledger, _ comment: Comment) throws {
        let log = try TestLog(image, options: options())
        let last = log.report.lastSequence
        #expect(last >= ledger.durable, comment)
        #expect(log.report.damage.isEmpty, comment)
        #expect(log.orphans == 0, comment)
        #expect(Set(log.replayed.keys) == Set(1..<(last + 1)), comment)
        for (sequence, commit) in log.replayed {
            if let written = ledger.written[sequence] {
                #expect(commit.withoutDefinitions == written, comment)
            } else {
                #expect(commit.withoutDefinitions == ledger.inDoubt, comment)
                #expect(sequence == (ledger.written.keys.max() ?? 0) + 1, comment)
            }
        }
        for (id, labels) in log.known { #expect(labels == TestLog.labels(of: id), comment) }
        // Without closing: the process is killed. Then once more after a power cut.
        let again = try TestLog(image, options: options())
        #expect(again.replayed == log.replayed, comment)
        #expect(again.report.cutTail == nil, comment)
        let afterCut = try TestLog(image.crashImage(seed: 1), options: options())
        #expect(afterCut.replayed == log.replayed, comment)
    }

    static let callCount: Int = {
        let disk = TestLog.disk()
        _ = run(disk)
        return disk.callCount
    }()

    @Test(arguments: 0..<12) func `A power cut at any call loses no durable commit and invents none`(part: Int) throws {
        for call in stride(from: part, to: Self.callCount + 3, by: 12) {
            let disk = TestLog.disk()
            disk.inject(.crash, atCall: call)
            let ledger = Self.run(disk)
            for seed in Effort.seeds(3) {
                try Self.check(disk.crashImage(seed: seed), ledger, "call \(call), seed \(seed)")
            }
        }
    }

    @Test func `A kill at any call loses nothing that was written`() throws {
        for call in 0..<Self.callCount {
            let disk = TestLog.disk()
            disk.inject(.crash, atCall: call)
            let ledger = Self.run(disk)
            let log = try TestLog(disk.processEndImage(), options: Self.options())
            #expect(log.report.lastSequence >= ledger.written.keys.max() ?? 0, "call \(call)")
            #expect(log.report.damage.isEmpty)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `A power cut during recovery, at any call, changes nothing`(seed: UInt64) throws {
        for call in stride(from: Int(seed), to: Self.callCount, by: Effort.isFull ? 9 : 18) {
            let disk = TestLog.disk()
            disk.inject(.crash, atCall: call)
            _ = Self.run(disk)
            let expected = try TestLog(disk.crashImage(seed: seed), options: Self.options()).replayed
            let probe = disk.crashImage(seed: seed)
            _ = try TestLog(probe, options: Self.options())
            for inner in 0..<probe.callCount {
                let image = disk.crashImage(seed: seed)
                image.inject(.crash, atCall: inner)
                _ = try? TestLog(image, options: Self.options())
                for innerSeed in Effort.seeds(1) {
                    let twice = try TestLog(image.crashImage(seed: innerSeed), options: Self.options())
                    #expect(twice.replayed == expected, "call \(call), then \(inner), seeds \(seed), \(innerSeed)")
                    // A mark that was never synced may be missing in front of commits that the first recovery has
                    // synced.
                    #expect(twice.report.damage.allSatisfy { $0.sequences == nil })
                }
            }
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(1), .shortWrite(100), .failedSync])
    func `One fault at any call fails at most its commit, and the log heals`(fault: DiskFault) throws {
        for call in 0..<Self.callCount {
            let disk = TestLog.disk()
            disk.inject(fault, atCall: call)
            let ledger = Self.run(disk, closes: false)
            // A fault while opening is an error of opening; there is no log then.
            guard !ledger.written.isEmpty else { continue }
            #expect(ledger.refused <= 1, "call \(call)")
            #expect(ledger.written.count + ledger.refused == 24, "call \(call)")
            #expect(ledger.written.keys.sorted() == Array(1...UInt64(ledger.written.count)), "call \(call)")
            for seed in Effort.seeds(2) {
                try Self.check(disk.crashImage(seed: seed), ledger, "call \(call), seed \(seed)")
            }
            let killed = try TestLog(disk.processEndImage(), options: Self.options())
            #expect(killed.replayed.mapValues(\.withoutDefinitions) == ledger.written, "call \(call)")
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .failedSync])
    func `A fault and then a power cut keep the promises`(fault: DiskFault) throws {
        for call in stride(from: 0, to: Self.callCount, by: 3) {
            for later in stride(from: call + 1, to: min(call + 13, Self.callCount), by: 3) {
                let disk = TestLog.disk()
                disk.inject(fault, atCall: call)
                disk.inject(.crash, atCall: later)
                let ledger = Self.run(disk)
                for seed in Effort.seeds(1) {
                    try Self.check(
                        disk.crashImage(seed: seed), ledger, "calls \(call) \(disk.calls[call]), \(later), seed \(seed)"
                    )
                }
            }
        }
    }

    @Test func `On a full disk appends fail with a typed error and resume by themselves`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(segment: 900))
        var written: [UInt64: TestCommit] = [:]
        for round in 0..<4 as Range<UInt64> {
            disk.setCapacity(disk.snapshot.values.reduce(0) { $0 + $1.count } + 700)
            var failures = 0
            for seed in 0..<20 as Range<UInt64> {
                do throws(LogError) {
                    let commit = TestCommit.random(seed: round * 20 + seed)
                    written[try log.append(commit)] = commit
                } catch {
                    guard case .diskFull = error else { throw error }
                    failures += 1
                }
            }
            #expect(failures > 5)
            #expect(try disk.list("data/wal").count < 12)
        }
        disk.setCapacity(nil)
        let commit = TestCommit.random(seed: 99)
        written[try log.append(commit)] = commit
        try log.writer.close()
        let reopened = try TestLog(disk)
        #expect(reopened.replayed.mapValues(\.withoutDefinitions) == written)
        #expect(reopened.report.damage.isEmpty)
    }

    @Test func `A full disk does not keep a log from being opened and read`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk)
        for seed in 0..<5 as Range<UInt64> { _ = try log.append(.random(seed: seed)) }
        let image = disk.processEndImage()
        image.setCapacity(0)
        let reopened = try TestLog(image)
        #expect(reopened.replayed.count == 5)
        #expect(throws: LogError.self) { try reopened.append(.random(seed: 6)) }
        image.setCapacity(nil)
        #expect(try reopened.append(.random(seed: 6)) == 6)
    }

    @Test func `When healing fails too, appends are refused until it succeeds`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(.durable))
        for seed in 0..<3 as Range<UInt64> { _ = try log.append(.random(seed: seed)) }
        disk.injectAlways(.error(EIO), from: disk.callCount)
        #expect {
            try log.writer.waitUntilDurable(3)
        } throws: { error in
            guard case .notDurable(3, _) = error as? LogError else { return false }
            return true
        }
        #expect {
            try log.append(.random(seed: 4))
        } throws: { error in
            guard case .notDurable(1, _) = error as? LogError else { return false }
            return true
        }
        #expect(log.writer.lastSequence == 3)
        disk.heal()
        #expect(try log.append(.random(seed: 5)) == 4)
        try log.writer.waitUntilDurable(4)
        for seed in 0..<8 as Range<UInt64> {
            let reopened = try TestLog(disk.crashImage(seed: seed))
            #expect(reopened.replayed.count == 4)
            #expect(reopened.orphans == 0)
        }
    }

    @Test func `Frames that were moved keep the segments whose definitions they need`() throws {
        let disk = TestLog.disk()
        let log = try TestLog(disk, options: TestLog.options(.durable, segment: 1 << 20))
        var commit = TestCommit()
        for id in 1...5 as ClosedRange<UInt64> { commit.add(id, 1, 1) }
        _ = try log.append(commit)
        try log.writer.waitUntilDurable(1)
        _ = try log.append(commit)
        disk.inject(.failedSync, atCall: disk.callCount)
        try log.writer.waitUntilDurable(2)
        try log.writer.removeSegments(through: 1)
        let reopened = try TestLog(disk.crashImage(seed: 1), sealedThrough: 1)
        #expect(reopened.orphans == 0)
        #expect(reopened.replayed.keys.sorted() == [2])
        #expect(reopened.sealed == [1])
    }
}
