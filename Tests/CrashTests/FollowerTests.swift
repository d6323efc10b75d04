import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

/// A writer and a reader that take turns: commits, seals, compactions, checkpoints, deletions, closing and opening
/// again, and what views may show meanwhile.
final class FollowedWriter: @unchecked Sendable {
    // Used on one thread.
    let disk: any FileSystem
    let clock = TestClock()
    var generator: SeededGenerator
    var database: Database?
    var ledger = Ledger()
    /// What views may show now: the state after the last step, and the one that the running step makes.
    var allowed: [Contents] = [[:]]
    /// All states so far.
    var history: [Contents] = [[:]]
    var compactions = 0, deletions = 0, checkpoints = 0
    private var deleted: [(id: UInt64, restored: Contents)] = []
    private var step = 0

    init(_ disk: any FileSystem, seed: UInt64) {
        self.disk = disk
        generator = SeededGenerator(seed: seed)
    }

    private func open() throws -> Database {
        if let database { return database }
        var configuration = Workload.configuration(clock: clock)
        configuration.deletionUndoPeriod = .seconds(200_000)
        let opened = try Database(files: disk, path: Workload.path, configuration: configuration)
        database = opened
        return opened
    }

    /// Does the next thing.
    func next() throws {
        let open = try open()
        step += 1
        switch generator.below(12) {
        case 0: _ = try open.snapshot()
        case 1, 2:
            clock.now += 4_000_000
            open.maintain()
        case 3: compactions += try open.compact()
        case 4 where step > 4:
            try open.close()
            database = nil
        case 5 where step > 6: try delete(from: open)
        case 6: try undelete(in: open)
        case 7 where step > 10: _ = try open.reclaim()
        default: try append(to: open)
        }
        checkpoints = max(checkpoints, open.statistics.checkpoints)
    }

    private func change(to contents: Contents, _ body: () throws -> Void) rethrows {
        allowed.append(contents)
        // Already here: a reader may see it while the writer does it.
        history.append(contents)
        try body()
        allowed = [contents]
    }

    private func append(to database: Database) throws {
        clock.now += 1000 + Int64(generator.below(generator.oneIn(6) ? 20_000_000 : 900_000))
        var commit = Commit(step: step, time: clock.now, ledger: ledger, using: &generator)
        // Deleted exemplars come back in part only.
        commit.exemplars = []
        // What is said of a metric may go with its last series.
        commit.metadata = [:]
        commit.accepted = commit.accepted.filter { $0.key["__exemplars__"] == nil && $0.key["__metadata__"] == nil }
        var contents = ledger.stored
        contents.add(commit.accepted)
        try change(to: contents) {
            let summary = try database.append { batch in commit.fill(&batch) }
            precondition(summary.appended == commit.appendedCount, "The model and the database agree on verdicts.")
        }
        ledger.stored = contents
    }

    private func delete(from database: Database) throws {
        let name = "m\(generator.below(3))", first = clock.now - Int64(generator.below(30_000_000))
        let last = generator.oneIn(2) ? clock.now - 1000 : Int64(1) << 50
        guard first <= last else { return }
        var contents = ledger.stored, hidden: Contents = [:]
        for (labels, values) in ledger.stored where labels.areOfSamples && labels["__name__"] == name {
            var kept: [UInt64] = [], gone: [UInt64] = []
            for row in stride(from: 0, to: values.count, by: 2) {
                if (first...last).contains(Int64(bitPattern: values[row])) {
                    gone += values[row...(row + 1)]
                } else {
                    kept += values[row...(row + 1)]
                }
            }
            contents[labels] = kept.isEmpty ? nil : kept
            if !gone.isEmpty { hidden[labels] = gone }
        }
        try change(to: contents) {
            let deletion = try database.delete(
                matching: .name(name), in: Timestamp(milliseconds: first)...Timestamp(milliseconds: last))
            if let deletion { deleted.append((deletion.id, hidden)) }
        }
        ledger.stored = contents
        deletions += 1
    }

    private func undelete(in database: Database) throws {
        guard let last = deleted.popLast(), database.deletions.contains(where: { $0.id == last.id }) else { return }
        // Which of two samples counts then is another test's question.
        let hasOther = last.restored.contains { labels, values in
            stride(from: 0, to: values.count, by: 2).contains {
                ledger.stored.bits(at: Int64(bitPattern: values[$0]), labels) != nil
            }
        }
        guard !hasOther else { return }
        var contents = ledger.stored
        for (labels, values) in last.restored {
            var rows = stride(from: 0, to: (contents[labels] ?? []).count, by: 2).map {
                (contents[labels]![$0], contents[labels]![$0 + 1])
            }
            rows += stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
            rows.sort { Int64(bitPattern: $0.0) < Int64(bitPattern: $1.0) }
            contents[labels] = rows.flatMap { [$0.0, $0.1] }
        }
        try change(to: contents) {
            do throws(DeletionError) { try database.undelete(last.id) } catch {
                guard case .isFinal = error else { throw error }
                contents = ledger.stored
                history[history.count - 1] = contents
            }
        }
        allowed = [contents]
        ledger.stored = contents
    }
}

/// A follower that is refreshed and read again and again.
final class CheckedFollower: @unchecked Sendable {
    // Used on one thread.
    private let disk: any FileSystem
    private var follower: DatabaseFollower?
    private var old: (view: ReadView, contents: Contents)?
    var configuration = Database.Configuration()
    var isBusy = false
    private(set) var checks = 0, reloads = 0, commits = 0, failures: [String] = []

    init(_ disk: any FileSystem) {
        self.disk = disk
        configuration.replayGroupByteLimit = 300
        configuration.pageCacheByteLimit = 0
    }

    /// Refreshes, and compares what is shown with `allowed`; every so often, also opens everything anew.
    func check(_ allowed: () -> [Contents], _ comment: String) {
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        do {
            guard try disk.exists("\(Workload.path)/MANIFEST") else { return }
            if let follower {
                let changes = try follower.refresh()
                reloads += changes.isReloaded ? 1 : 0
                commits += changes.commits
            } else {
                follower = try open()
            }
            try compare(follower!, allowed(), comment)
            if checks % 9 == 0 { try compare(try open(), allowed(), "\(comment), opened anew") }
            if let old, try Workload.contents(of: old.view) != old.contents {
                failures.append("\(comment): an open view has changed")
            }
            if checks % 13 == 0 {
                let view = follower!.readView()
                old = (view, try Workload.contents(of: view))
            }
        } catch { failures.append("\(comment): \(error)") }
        checks += 1
    }

    private func open() throws -> DatabaseFollower {
        try DatabaseFollower(files: disk, path: Workload.path, configuration: configuration)
    }

    private func compare(_ follower: DatabaseFollower, _ allowed: [Contents], _ comment: String) throws {
        let contents = try Workload.contents(of: follower.readView())
        guard !allowed.contains(contents) else { return }
        let best = allowed.last!
        let different = Set(contents.keys).union(best.keys).filter { contents[$0] != best[$0] }
        failures.append(
            "\(comment): commit \(follower.sequence) is shown, with "
                + different.prefix(3).map { "\($0): \(contents[$0] ?? []) instead of \(best[$0] ?? [])" }.joined(
                    separator: "; "))
    }
}

@Suite struct `A reader beside a writer` {
    private static let changes: Set<String> = [
        "create", "write", "sync", "sync directory", "truncate", "rename", "remove", "link",
    ]

    @Test(arguments: Effort.isFull ? Array(1...12) : [1, 2] as [UInt64])
    func `shows what was committed, at every call that the writer makes`(seed: UInt64) throws {
        let disk = SimulatedFileSystem()
        let writer = FollowedWriter(disk, seed: seed), reader = CheckedFollower(disk)
        disk.onCall = { call in
            // Other calls change nothing.
            guard Self.changes.contains(call.operation) else { return }
            reader.check({ writer.allowed }, "seed \(seed), before \(call)")
        }
        for _ in 0..<(Effort.isFull ? 40 : 16) { try writer.next() }
        disk.onCall = nil
        reader.check({ writer.allowed }, "seed \(seed), at the end")
        #expect(reader.failures.isEmpty, "\(reader.failures.prefix(3))")
        #expect(reader.checks > 60 && reader.commits > 3)
        #expect(writer.checkpoints > 0 || !Effort.isFull)
    }

    @Test(arguments: Effort.isFull ? Array(21...60) : Array(21...23) as [UInt64])
    func `shows one state when the writer continues while it reads`(seed: UInt64) throws {
        let disk = SimulatedFileSystem()
        let writer = FollowedWriter(disk, seed: seed), reader = CheckedFollower(disk)
        for _ in 0..<3 { try writer.next() }
        let turns = Turns(writer, seed: seed)
        disk.onCall = { _ in turns.take() }
        for round in 0..<(Effort.isFull ? 30 : 10) {
            let first = writer.history.count - 1
            turns.stepsInRound = 0
            reader.check({ Array(writer.history[first...]) }, "seed \(seed), round \(round)")
        }
        disk.onCall = nil
        reader.check({ [writer.history.last!] }, "seed \(seed), at the end")
        #expect(reader.failures.isEmpty && turns.failure == nil, "\(reader.failures.prefix(3)) \(turns.failure ?? "")")
        #expect(turns.steps > 20 && reader.commits > 3, "\(turns.steps) steps, \(reader.commits) commits")
    }

    /// Lets the writer do something at every fourth call that the reader makes.
    private final class Turns: @unchecked Sendable {
        // Used on one thread.
        private let writer: FollowedWriter
        private var generator: SeededGenerator
        private var isWriting = false
        private(set) var steps = 0, failure: String?
        var stepsInRound = 0

        init(_ writer: FollowedWriter, seed: UInt64) {
            self.writer = writer
            generator = SeededGenerator(seed: seed)
        }

        func take() {
            guard !isWriting, stepsInRound < 8, generator.oneIn(4) else { return }
            isWriting = true
            steps += 1
            stepsInRound += 1
            do { try writer.next() } catch { failure = "\(error)" }
            isWriting = false
        }
    }

    @Test(arguments: Array(101...(Effort.isFull ? 300 : 130)) as [UInt64])
    func `continues with a writer that a power cut has set back`(seed: UInt64) throws {
        let disk = SwitchedFileSystem(SimulatedFileSystem()), clock = TestClock()
        var configuration = Workload.configuration(clock: clock)
        configuration.durability = .interval(.seconds(3600))
        let reader = try {
            let database = try Database(files: disk.base, path: Workload.path, configuration: configuration)
            try Self.append(1, to: database, clock)
            return try DatabaseFollower(files: disk, path: Workload.path, configuration: .init())
        }()
        var generator = SeededGenerator(seed: seed)
        for round in 0..<4 {
            // A writer that has lost its power writes to its own disk, which nobody reads any more.
            let database = try Database(files: disk.base, path: Workload.path, configuration: configuration)
            for _ in 0..<(2 + generator.below(12)) {
                try Self.append(generator.below(1000), to: database, clock)
                if generator.oneIn(5) { clock.now += 4_000_000 }
                if generator.oneIn(4) { database.maintain() }
                if generator.oneIn(3) { try reader.refresh() }
            }
            try reader.refresh()
            let shown = try Workload.contents(of: reader.readView())
            #expect(shown == (try Workload.contents(of: database)), "seed \(seed), round \(round)")
            #expect(reader.durableSequence <= reader.sequence)
            let durable = reader.durableSequence, old = disk.base
            disk.base = generator.oneIn(3) ? old.processEndImage() : old.crashImage(seed: seed &+ UInt64(round))
            let next = try Database(files: disk.base, path: Workload.path, configuration: configuration)
            #expect(next.statistics.sequence >= durable, "seed \(seed), round \(round)")
            if generator.oneIn(2) { try Self.append(generator.below(1000), to: next, clock) }
            try reader.refresh()
            let seen = try Workload.contents(of: reader.readView()), real = try Workload.contents(of: next)
            #expect(seen == real, "seed \(seed), round \(round), after the power cut")
            disk.base = disk.base.processEndImage()
        }
    }

    private static func append(_ value: Int, to database: Database, _ clock: TestClock) throws {
        clock.now += 1000
        try database.append { batch in
            for number in 0..<3 {
                batch.append(
                    Double(value + number), at: Timestamp(milliseconds: clock.now),
                    to: ["__name__": "m", "i": "\(value % 7 * number)"])
            }
        }
    }

    @Test func `writes nothing, locks nothing, and reads only what is new`() throws {
        let disk = SimulatedFileSystem(), clock = TestClock()
        let database = try Workload.open(disk, clock: clock)
        for value in 0..<50 { try Self.append(value, to: database, clock) }
        let reader = try DatabaseFollower(files: disk, path: Workload.path, configuration: .init())
        let before = disk.snapshot
        var start = disk.callCount
        #expect(try reader.refresh().isEmpty)
        let idle = disk.calls[start...]
        #expect(Set(idle.map(\.operation)).isSubset(of: ["exists", "list", "open", "read", "look up"]))
        #expect(idle.count <= 16 && idle.filter { $0.operation == "read" }.count <= 2, "\(idle)")
        #expect(disk.snapshot == before)
        try Self.append(1, to: database, clock)
        start = disk.callCount
        #expect(try reader.refresh().commits == 1)
        let one = disk.calls[start...]
        #expect(one.count <= 20 && Set(one.map(\.path)).count <= 5, "\(one)")
        #expect(!one.contains { $0.operation == "lock" || $0.path.contains("LOCK") })
    }

    @Test func `says that a directory has no database, and follows one that nobody writes`() throws {
        let disk = SimulatedFileSystem()
        #expect(throws: OpenError.self) { try DatabaseFollower(files: disk, path: "/none", configuration: .init()) }
        disk.makeDirectory("/empty")
        #expect(throws: OpenError.self) { try DatabaseFollower(files: disk, path: "/empty", configuration: .init()) }
        let database = try Workload.open(disk)
        try Self.append(1, to: database, TestClock())
        let contents = try Workload.contents(of: database)
        try database.close()
        let reader = try DatabaseFollower(files: disk, path: Workload.path, configuration: .init())
        #expect(try Workload.contents(of: reader.readView()) == contents && reader.damage.isEmpty)
        #expect(try reader.refresh().isEmpty)
    }

    @Test func `hides what is too old by its own rules, also in blocks that come later`() throws {
        let disk = SimulatedFileSystem(), clock = TestClock()
        let database = try Workload.open(disk, clock: clock)
        var configuration = Database.Configuration(), exchanged = 0
        configuration.wallClock = { clock.now }
        let rule = try RetentionRule("debug", matching: [[.name("debug")]], keep: .seconds(7200))
        configuration.retentionLimits.rules = try RetentionRules([rule])
        let reader = try DatabaseFollower(files: disk, path: Workload.path, configuration: configuration)
        func check(_ hour: Int) throws {
            let changes = try reader.refresh()
            if changes.addedBlocks > 0, !changes.isReloaded { exchanged += 1 }
            let shown = try Workload.contents(of: reader.readView())
            #expect(shown[["__name__": "up"]]?.count == 2 * (hour + 1), "hour \(hour)")
            #expect(shown[["__name__": "debug"]]?.count == 2 * min(hour + 1, 3), "hour \(hour)")
        }
        for hour in 0..<10 {
            clock.now += 3_600_000
            try database.append { batch in
                for name in ["debug", "up"] {
                    batch.append(Double(hour), at: Timestamp(milliseconds: clock.now), to: ["__name__": name])
                }
            }
            try check(hour)
            _ = try database.snapshot()
            try check(hour)
            try database.compact()
            try check(hour)
        }
        #expect(exchanged > 0 && reader.damage.isEmpty)
    }

    @Test func `leaves out a block that is damaged, says so, and shows the rest`() throws {
        let disk = SimulatedFileSystem(), clock = TestClock()
        let database = try Workload.open(disk, clock: clock)
        try Self.append(1, to: database, clock)
        _ = try database.snapshot()
        try Self.append(2, to: database, clock)
        _ = try database.snapshot()
        let block = try #require(disk.snapshot.keys.sorted().first { $0.hasPrefix("/data/blocks/") })
        disk.flipBit(block, byte: disk.contents(of: block)!.count - 1, bit: 3)
        let reader = try DatabaseFollower(files: disk, path: Workload.path, configuration: .init())
        #expect(reader.damage.count == 1 && reader.damage[0].contains(block))
        #expect(try Workload.contents(of: reader.readView()).count > 0)
        #expect(try reader.refresh().isEmpty)
    }
}

/// A disk that a test exchanges for another one, as a power cut does.
final class SwitchedFileSystem: FileSystem {
    private let current: Mutex<SimulatedFileSystem>

    init(_ base: SimulatedFileSystem) { current = Mutex(base) }

    var base: SimulatedFileSystem {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    func createDirectory(_ path: String) throws(FileError) { try base.createDirectory(path) }
    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func create(_ path: String) throws(FileError) -> any WritableFile { try base.create(path) }
    func openForAppending(_ path: String) throws(FileError) -> any WritableFile { try base.openForAppending(path) }
    func open(_ path: String) throws(FileError) -> any ReadableFile { try base.open(path) }
    func rename(_ source: String, to target: String) throws(FileError) { try base.rename(source, to: target) }
    func link(_ source: String, to target: String) throws(FileError) { try base.link(source, to: target) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func syncDirectory(_ directory: String) throws(FileError) { try base.syncDirectory(directory) }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func totalBytes(at path: String) throws(FileError) -> UInt64 { try base.totalBytes(at: path) }
    func freeBytes(at path: String) throws(FileError) -> UInt64 { try base.freeBytes(at: path) }
    func identity(of path: String) throws(FileError) -> FileIdentity? { try base.identity(of: path) }
    func checkWritable(_ path: String) throws(FileError) { try base.checkWritable(path) }
}
