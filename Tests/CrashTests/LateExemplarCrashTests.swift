import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

/// Late exemplars, checkpoints, seals and compactions on a disk that loses power, or fails, at every call.
struct LateExemplarWorkload {
    /// What the database may show: the state before and after the step that was under way.
    struct Outcome {
        var allowed: [Contents]
        var compacted = 0, checkpoints = 0
    }

    private static let labels: Labels = ["__name__": "m"]
    private static let step: Int64 = 180_000
    private let clock = TestClock()
    private var contents: Contents = [:]
    /// When the first commit would have come, had all come without a pause.
    private var start: Int64 = 1_700_000_000_000

    static func open(_ files: any FileSystem) throws(OpenError) -> Database {
        try Database(files: files, path: Workload.path, configuration: configuration(TestClock()))
    }

    private static func configuration(_ clock: TestClock) -> Database.Configuration {
        var configuration = Workload.configuration(clock: clock)
        configuration.outOfOrderWindow = .seconds(3600)
        configuration.compactsWhenDue = false
        configuration.checkpointLogByteLimit = 1
        return configuration
    }

    /// Appends a sample and two exemplars, one of which is minutes late. Blocks keep all: no two are of one minute.
    private mutating func append(_ number: Int, to database: Database) throws {
        // No two exemplars are of one minute: late ones are two, four and six steps back in turn.
        let count = Int64((contents[Self.labels]?.count ?? 0) / 2)
        clock.now = start + count * Self.step
        let now = clock.now, late = now - (2 + count % 3 * 2) * Self.step + 60_000
        contents.set(Double(number).bitPattern, at: UInt64(now), Self.labels)
        for time in [now, late] {
            contents.set(Double(number).bitPattern, at: UInt64(bitPattern: time), Self.labels.ofExemplars)
        }
        let counts = try database.append { batch in
            batch.append(Double(number), at: Timestamp(milliseconds: now), to: Self.labels)
            for time in [now, late, now, late] { Self.append(Double(number), time, to: &batch) }
        }.exemplars
        #expect(counts.appended == 2 && counts.repeated == 2 && counts.outOfOrder == 0)
    }

    private static func append(_ value: Double, _ time: Int64, to batch: inout Batch) {
        let own = Timestamp(milliseconds: time)
        batch.append(Exemplar(labels: ["trace_id": "\(time)"], value: value, timestamp: own), at: own, to: labels)
    }

    /// What an exemplar is at the time of another one that is stored: repeated.
    static func repeats(_ contents: Contents, in database: Database) throws -> Bool {
        let row = contents[labels.ofExemplars] ?? []
        let counts = try database.append { batch in
            for index in stride(from: 0, to: row.count, by: 2) {
                append(Double(bitPattern: row[index + 1]), Int64(bitPattern: row[index]), to: &batch)
            }
        }.exemplars
        return counts.repeated == row.count / 2 && counts.appended == 0
    }

    private mutating func pause() {
        start += 111 * Self.step
        clock.now += 111 * Self.step
    }

    private mutating func perform(_ step: Int, _ database: Database, _ outcome: inout Outcome) throws {
        switch step {
        case 3, 6, 18: database.maintain()
        case 8, 13: _ = try database.snapshot()
        case 10:
            pause()
            database.maintain()
        case 15: try database.close()
        case 17:
            pause()
            outcome.compacted += try database.compact()
        default: try append(step, to: database)
        }
        if step != 15 { outcome.checkpoints = max(outcome.checkpoints, database.statistics.checkpoints) }
    }

    /// Runs until the end or until the disk has lost its power. After a step that fails otherwise, the database must
    /// show the state before it or after it.
    mutating func run(on disk: SimulatedFileSystem) -> Outcome {
        var outcome = Outcome(allowed: [[:]]), database: Database?
        for step in 0..<21 {
            if database == nil {
                database = try? Database(files: disk, path: Workload.path, configuration: Self.configuration(clock))
            }
            guard let open = database else {
                if disk.hasCrashed { return outcome }
                continue
            }
            let start = contents
            var isDone = true
            do { try perform(step, open, &outcome) } catch { isDone = false }
            outcome.allowed = [start, contents]
            if disk.hasCrashed { return outcome }
            if !isDone {
                let found = try? Workload.contents(of: open)
                #expect(found == start || found == contents, "Step \(step), which failed, is done or not done.")
                if found == start { contents = start }
            }
            outcome.allowed = [contents]
            if step == 15 { database = nil }
        }
        return outcome
    }
}

@Suite struct `Late exemplars on a failing disk` {
    static func calls() -> Int {
        let disk = SimulatedFileSystem()
        var workload = LateExemplarWorkload()
        let outcome = workload.run(on: disk)
        #expect(outcome.compacted > 0 && outcome.checkpoints > 1)
        return disk.callCount
    }

    @Test(arguments: 0..<4)
    func `are there with their commit or not at all when the power goes at any call`(part: Int) throws {
        let calls = Self.calls()
        #expect(calls > 150)
        for call in stride(from: part, to: calls, by: Effort.isFull ? 4 : 20) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            var workload = LateExemplarWorkload()
            let outcome = workload.run(on: disk)
            let comment: Comment = "power cut at call \(call)"
            let image = disk.crashImage(seed: UInt64(call))
            let first = try LateExemplarWorkload.open(image)
            let found = try Workload.contents(of: first)
            #expect(outcome.allowed.contains(found), comment)
            #expect(first.recovery.damagedBlocks.isEmpty && first.recovery.damagedCheckpoints.isEmpty, comment)
            let again = image.processEndImage()
            again.inject(.crash, atCall: again.callCount + call % 30)
            _ = try? LateExemplarWorkload.open(again).snapshot()
            let second = try LateExemplarWorkload.open(again.crashImage(seed: UInt64(call)))
            #expect(try Workload.contents(of: second) == found, comment)
        }
    }

    /// Where the process ends and nothing but its memory is lost, its exemplars are in the log or in a checkpoint.
    @Test func `are known again after the process has ended at any call`() throws {
        let calls = Self.calls()
        var known = 0
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 9) {
            let disk = SimulatedFileSystem()
            disk.inject(.crash, atCall: call)
            var workload = LateExemplarWorkload()
            let outcome = workload.run(on: disk)
            let database = try LateExemplarWorkload.open(disk.processEndImage())
            let found = try Workload.contents(of: database)
            #expect(outcome.allowed.contains(found), "the end at call \(call)")
            if database.statistics.blocks == 0, try LateExemplarWorkload.repeats(found, in: database) { known += 1 }
        }
        #expect(known > 10)
    }

    @Test(arguments: [DiskFault.error(EIO), .error(ENOSPC), .shortWrite(5), .failedSync])
    func `are there or not after a call that fails, and the rest continues`(fault: DiskFault) throws {
        let calls = Self.calls()
        for call in stride(from: 0, to: calls, by: Effort.isFull ? 1 : 7) {
            let disk = SimulatedFileSystem()
            disk.inject(fault, atCall: call)
            var workload = LateExemplarWorkload()
            let outcome = workload.run(on: disk)
            let database = try LateExemplarWorkload.open(disk.processEndImage())
            let comment: Comment = "\(fault) at call \(call)"
            #expect(outcome.allowed.contains(try Workload.contents(of: database)), comment)
            #expect(database.recovery.damagedBlocks.isEmpty, comment)
        }
    }
}
