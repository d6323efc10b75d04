import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Appends, deletions, their undoing, compactions and reclaiming on a disk that loses power, or fails, at every call.
struct DeletionWorkload {
    /// What the database may show: the state before and after the step that was under way.
    struct Outcome {
        var allowed: [Contents]
        var reclaimed = 0, compacted = 0, undone = 0
    }

    private var samples: [(labels: Labels, time: Int64, bits: UInt64)] = []
    /// What each deletion hides: a series, its times, and how many samples there were.
    private var hidden: [String: (Labels, ClosedRange<Int64>, count: Int)] = [:]
    private var ids: [String: UInt64] = [:]
    private let clock = TestClock()

    static func configuration(_ clock: TestClock) -> Database.Configuration {
        var configuration = Workload.configuration(clock: clock)
        configuration.deletionUndoPeriod = .seconds(40_000)
        configuration.compactsWhenDue = false
        return configuration
    }

    static func open(_ files: any FileSystem) throws(OpenError) -> Database {
        try Database(files: files, path: Workload.path, configuration: configuration(TestClock()))
    }

    /// Samples and exemplars; records are checked elsewhere.
    static func contents(of database: Database) throws -> Contents {
        try Workload.contents(of: database).filter { $0.key["__record__"] == nil }
    }

    /// Exemplars come with the samples of series `e`, at the same times.
    private var contents: Contents {
        var contents: Contents = [:]
        for (index, sample) in samples.enumerated() {
            let isHidden = hidden.values.contains { labels, range, count in
                labels == sample.labels && range.contains(sample.time) && index < count
            }
            if isHidden { continue }
            contents[sample.labels, default: []] += [UInt64(bitPattern: sample.time), sample.bits]
            if sample.labels["i"] == "e" {
                contents[sample.labels.ofExemplars, default: []] += [UInt64(bitPattern: sample.time), sample.bits]
            }
        }
        return contents
    }

    private static func labels(_ name: String) -> Labels { ["__name__": "m", "i": name] }

    private mutating func append(_ step: Int, to database: Database) throws {
        clock.now += 61_000
        for name in ["a", "b", "e"] { samples.append((Self.labels(name), clock.now, Double(step * 10).bitPattern)) }
        let new = samples.suffix(3)
        try database.append { batch in
            for sample in new {
                let time = Timestamp(milliseconds: sample.time), value = Double(bitPattern: sample.bits)
                batch.append(value, at: time, to: sample.labels)
                guard sample.labels["i"] == "e" else { continue }
                batch.append(Exemplar(labels: ["trace_id": "\(step)"], value: value), at: time, to: sample.labels)
            }
        }
    }

    /// Deletes what the series has of some minutes, and of some time after now.
    private mutating func delete(_ name: String, minutes: Int64, as key: String, from database: Database) throws {
        let range = (clock.now - minutes * 61_000 + 1)...(clock.now + 1_000_000)
        hidden[key] = (Self.labels(name), range, samples.count)
        let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
        ids[key] = try database.delete(matching: .name("m"), .equal("i", name), in: times)?.id
    }

    private mutating func undelete(_ key: String, in database: Database, _ outcome: inout Outcome) throws {
        guard let id = ids[key] else { return }
        hidden[key] = nil
        try database.undelete(id)
        outcome.undone += 1
    }

    private mutating func perform(_ step: Int, _ database: Database, _ outcome: inout Outcome) throws {
        switch step {
        case 3: try delete("a", minutes: 2, as: "first", from: database)
        case 6: try delete("e", minutes: 3, as: "second", from: database)
        case 7, 13: _ = try database.snapshot(skipHead: step == 7)
        case 8: try undelete("first", in: database, &outcome)
        case 9: clock.now += 30_000_000
        case 11: try delete("b", minutes: 4, as: "third", from: database)
        case 12, 16, 19: database.maintain()
        case 14:
            clock.now += 20_000_000
            outcome.compacted += try database.compact()
        case 15: try database.close()
        case 17: try delete("a", minutes: 2000, as: "fourth", from: database)
        case 18:
            let report = try database.reclaim()
            outcome.reclaimed += report.rewrittenBlocks + report.removedBlocks
        case 20: outcome.compacted += try database.compact()
        default: try append(step, to: database)
        }
    }

    /// Runs until the end or until the disk has lost its power. After a step that fails otherwise, the database must
    /// show the state before it or after it.
    mutating func run(on disk: SimulatedFileSystem) -> Outcome {
        var outcome = Outcome(allowed: [[:]]), database: Database?
        for step in 0..<22 {
            if database == nil {
                database = try? Database(files: disk, path: Workload.path, configuration: Self.configuration(clock))
            }
            guard let open = database else {
                if disk.hasCrashed { return outcome }
                continue
            }
            let before = self, start = contents
            var isDone = true
            do { try perform(step, open, &outcome) } catch { isDone = false }
            let end = contents
            outcome.allowed = [start, end]
            if disk.hasCrashed { return outcome }
            if !isDone {
                let found = try? Self.contents(of: open)
                #expect(found == start || found == end, "Step \(step), which failed, is done or not done.")
                if found == start { self = before }
            }
            outcome.allowed = [contents]
            if step == 15 { database = nil }
        }
        return outcome
    }
}

@Suite struct `Deletions on a failing disk` {
    static func calls() -> Int {
        let disk = SimulatedFileSystem()
        var workload = DeletionWorkload()
        let outcome = workload.run(on: disk)
        #expect(outcome.reclaimed > 0 && outcome.compacted > 0 && outcome.undone == 1)
        return disk.callCount
    }

    @Test(arguments: 0..<4)
    func `are there whole or not at all when the power goes at any call`(part: Int) throws {
        let calls = Self.calls()
        #expect(calls > 200)
        for call in stride(from: part, to: calls, by: Effort.isFull ? 4 : 20) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            var workload = DeletionWorkload()
            let outcome = workload.run(on: disk)
            let comment: Comment = "power cut at call \(call)"
            let image = disk.crashImage(seed: UInt64(call))
            let first = try DeletionWorkload.open(image)
            let found = try DeletionWorkload.contents(of: first)
            #expect(outcome.allowed.contains(found), comment)
            #expect(first.recovery.damagedBlocks.isEmpty && first.recovery.damagedDeletions.isEmpty, comment)
            // The same once more, and after all that is deleted is gone, and after that in the middle of it.
            let again = image.processEndImage()
            #expect(try DeletionWorkload.contents(of: DeletionWorkload.open(image.processEndImage())) == found, comment)
            try first.reclaim()
            #expect(try DeletionWorkload.contents(of: first) == found && first.deletions.isEmpty, comment)
            #expect(try DeletionWorkload.contents(of: DeletionWorkload.open(image.processEndImage())) == found, comment)
            let second = try DeletionWorkload.open(again)
            again.inject(.crash, atCall: again.callCount + call % 40)
            _ = try? second.reclaim()
            let last = try DeletionWorkload.open(again.crashImage(seed: UInt64(call)))
            #expect(try DeletionWorkload.contents(of: last) == found, comment)
        }
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `are there or not after a call that fails, and the rest continues`(fault: DiskFault) throws {
        let calls = Self.calls()
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 7) {
            let disk = SimulatedFileSystem()
            disk.inject(fault, atCall: call)
            var workload = DeletionWorkload()
            let outcome = workload.run(on: disk)
            let comment: Comment = "\(fault) at call \(call)"
            let database = try DeletionWorkload.open(disk.processEndImage())
            #expect(outcome.allowed.contains(try DeletionWorkload.contents(of: database)), comment)
            #expect(database.recovery.damagedBlocks.isEmpty, comment)
        }
    }
}
