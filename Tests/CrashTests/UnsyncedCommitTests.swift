import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// A database that syncs later than its commits return: a power cut loses the last commits, and no others.
@Suite struct `A database whose last commits are not synced` {
    /// What there was after each commit, and how much of that was known to be on the disk.
    struct Record {
        var states: [(sequence: UInt64, contents: Contents)] = [(0, [:])]
        var durable: UInt64 = 0

        /// What a power cut may leave.
        var allowed: ArraySlice<(sequence: UInt64, contents: Contents)> {
            states[states.lastIndex { $0.sequence <= durable }!...]
        }
    }

    static func configuration(_ clock: TestClock) -> Database.Configuration {
        var configuration = Workload.configuration(clock: clock)
        configuration.durability = .interval(.seconds(3600))
        // Segments of several sectors, so that a power cut leaves holes in them.
        configuration.logSegmentByteLimit = 5000
        configuration.checkpointLogByteLimit = 6000
        return configuration
    }

    /// Commits, seals, checkpoints, compactions, closing and opening again, until the power goes.
    static func run(on disk: SimulatedFileSystem, seed: UInt64, steps: Int = 30) -> Record {
        var record = Record(), ledger = Ledger(), generator = SeededGenerator(seed: seed), database: Database?
        let clock = TestClock()
        for step in 0..<steps {
            clock.now += 1000 + Int64(generator.below(generator.oneIn(4) ? 50_000_000 : 900_000))
            let commit = Commit(step: step, time: clock.now, ledger: ledger, using: &generator)
            let action = generator.below(12)
            if database == nil {
                database = try? Database(files: disk, path: Workload.path, configuration: configuration(clock))
            }
            guard let open = database else { return record }
            record.durable = max(record.durable, open.statistics.durableSequence)
            ledger.stored.add(commit.accepted)
            do throws(AppendError) {
                let summary = try open.append { batch in commit.fill(&batch) }
                record.states.append((summary.sequence, ledger.stored))
            } catch {
                record.states.append((.max, ledger.stored))
                return record
            }
            switch action {
            case 0: try? open.seal()
            case 1, 2: open.maintain()
            case 3: _ = try? open.compact()
            case 4:
                try? open.close()
                database = nil
            default: break
            }
            if disk.hasCrashed { return record }
        }
        return record
    }

    /// Opens what a power cut has left: it is a state after some commit, and none is reported as lost.
    static func check(_ image: SimulatedFileSystem, _ record: Record, _ comment: Comment) throws {
        let database = try Database(files: image, path: Workload.path, configuration: configuration(TestClock()))
        let found = try Workload.contents(of: database), recovery = database.recovery
        #expect(
            record.allowed.contains { $0.contents == found },
            "\(comment): not the state after a commit from \(record.durable) on: \(recovery)")
        // A segment that had just begun may lack its header, with no commit in it.
        let lost = recovery.log.damage.contains { $0.sequences != nil } || recovery.orphanedSamples > 0
        #expect(!lost, "\(comment): \(recovery)")
        #expect(recovery.damagedBlocks.isEmpty && recovery.damagedCheckpoints.isEmpty, "\(comment): \(recovery)")
        // A database that was being created may lack the copy of its MANIFEST.
        #expect(recovery.manifestFindings.isEmpty || record.states.count == 1, "\(comment): \(recovery)")
        let again = try Database(
            files: image.crashImage(seed: 1), path: Workload.path, configuration: configuration(TestClock()))
        #expect(try Workload.contents(of: again) == found, "\(comment), opened twice")
    }

    @Test(arguments: 1...(Effort.isFull ? 24 : 4) as ClosedRange<UInt64>)
    func `loses the last of them and no others when the power goes at any call`(seed: UInt64) throws {
        let probe = SimulatedFileSystem()
        _ = Self.run(on: probe, seed: seed)
        for call in stride(from: Int(seed % 5), to: probe.callCount, by: Effort.isFull ? 1 : 11) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            let record = Self.run(on: disk, seed: seed)
            for cut in 0..<2 as Range<UInt64> {
                let image = disk.crashImage(seed: seed &* 7919 &+ UInt64(call) &* 31 &+ cut)
                try Self.check(image, record, "seed \(seed), power cut at call \(call), \(cut)")
            }
        }
    }

    @Test(arguments: [true, false])
    func `keeps none after a torn one when the mark of the MANIFEST is torn too`(copyLacksEdit: Bool) throws {
        let disk = SimulatedFileSystem(), clock = TestClock()
        let database = try Database(files: disk, path: Workload.path, configuration: Self.configuration(clock))
        var before: [UInt8] = [], record = Record()
        for step in 0..<12 {
            clock.now += 1000
            let summary = try database.append { batch in
                for number in 0..<20 {
                    batch.append(
                        Double.random(in: 0...1), at: Timestamp(milliseconds: clock.now),
                        to: ["__name__": "m", "i": "\(number)"])
                }
            }
            record.states.append((summary.sequence, try Workload.contents(of: database)))
            guard step == 2 else { continue }
            before = disk.contents(of: "/data/MANIFEST.copy")!
            try database.seal()
            record.durable = summary.sequence
        }
        // The last 20 bytes of both files are the mark.
        let files = ["/data/MANIFEST", "/data/MANIFEST.copy"].map { disk.contents(of: $0)! }
        let segment = "/data/wal/\(try disk.list("/data/wal").last!)"
        for torn in 0..<20 {
            let image = disk.processEndImage()
            image.setContents(of: "/data/MANIFEST", to: Array(files[0].dropLast(20 - torn)))
            image.setContents(of: "/data/MANIFEST.copy", to: copyLacksEdit ? before : Array(files[1].dropLast(torn)))
            var log = image.contents(of: segment)!
            #expect(log.count > 1600)
            log.replaceSubrange(1024..<1536, with: [UInt8](repeating: 0, count: 512))
            image.setContents(of: segment, to: log)
            try Self.check(image, record, "\(torn) bytes of the mark are left")
        }
    }
}
