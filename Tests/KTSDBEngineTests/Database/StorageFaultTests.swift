import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

/// The data directory, or a part of it, goes or is replaced under an open database, or cannot be written any more.
@Suite struct `A database whose directory is gone` {
    static let path = "/srv/data"

    /// What someone else does to the directory, and how it is undone; nil where it cannot be.
    enum Interference: String, CaseIterable, Sendable {
        case removed, renamed, replacedByEmpty, logGone, blocksGone, checkpointsGone, manifestGone, lockGone
        case segmentGone, segmentReplaced, manifestReplaced, readOnly, immutable, failing, stale

        static let undoable: [Interference] = [
            .renamed, .replacedByEmpty, .logGone, .blocksGone, .checkpointsGone, .manifestGone, .lockGone, .segmentGone,
            .readOnly, .immutable,
        ]

        private func part(_ disk: SimulatedFileSystem) throws -> String {
            switch self {
            case .logGone: "\(path)/wal"
            case .blocksGone: "\(path)/blocks"
            case .checkpointsGone: "\(path)/checkpoints"
            case .manifestGone, .manifestReplaced: "\(path)/MANIFEST"
            case .lockGone: "\(path)/LOCK"
            case .segmentGone, .segmentReplaced: "\(path)/wal/\(try disk.list("\(path)/wal").last!)"
            default: path
            }
        }

        /// Does it, and returns what undoes it.
        func begin(_ disk: SimulatedFileSystem) throws -> () -> Void {
            let part = try part(disk)
            switch self {
            case .removed:
                disk.removeTree(part)
                return {}
            case .segmentReplaced, .manifestReplaced:
                let bytes = disk.contents(of: part)!
                disk.removeTree(part)
                disk.setContents(of: part, to: bytes)
                return {}
            case .readOnly, .immutable:
                disk.setReadOnly(self == .readOnly ? EROFS : EPERM)
                return { disk.setReadOnly(nil) }
            case .failing, .stale:
                disk.injectAlways(.error(self == .failing ? EIO : ESTALE), from: disk.callCount)
                return { disk.heal() }
            default:
                disk.moveTree(part, to: "/elsewhere")
                if self == .replacedByEmpty { disk.makeDirectory(part) }
                return {
                    disk.removeTree(part)
                    disk.moveTree("/elsewhere", to: part)
                }
            }
        }
    }

    final class Events: Sendable {
        private let list = Mutex<[DatabaseEvent]>([])
        var all: [DatabaseEvent] { list.withLock { $0 } }
        func note(_ event: DatabaseEvent) { list.withLock { $0.append(event) } }
    }

    static func open(
        _ disk: SimulatedFileSystem, _ durability: Durability = .durable, events: Events = Events()
    ) throws -> Database {
        var configuration = CheckpointTestSupport.configuration()
        configuration.durability = durability
        configuration.checkpointLogByteLimit = 1 << 30
        configuration.onEvent = { events.note($0) }
        return try Database(files: disk, path: path, configuration: configuration)
    }

    static func append(_ database: Database, _ step: Int64, series: Int = 5) throws {
        try database.append { batch in
            for number in 0..<series {
                batch.append(
                    Double(step), at: Timestamp(milliseconds: 1000 + step), to: ["__name__": "m", "n": "\(number)"])
            }
        }
    }

    static func newest(_ database: Database) throws -> Double? {
        try `A database`.contents(database.readView()).values.first?.last?.value
    }

    @Test(arguments: Interference.allCases, [Durability.durable, .interval(.seconds(1)), .buffered])
    func `takes nothing more, says it once, and goes on answering`(_ interference: Interference, durability: Durability)
        throws
    {
        let disk = SimulatedFileSystem(), events = Events()
        let database = try Self.open(disk, durability, events: events)
        for step in 1...3 as ClosedRange<Int64> { try Self.append(database, step) }
        _ = try interference.begin(disk)
        // The next durable append is a sync, the tick looks in all modes.
        if durability == .durable {
            #expect(throws: AppendError.self) { try Self.append(database, 4) }
        } else if interference == .failing || interference == .stale {
            #expect(throws: AppendError.self) { try Self.append(database, 4) }
        } else {
            database.maintain()
        }
        let fault = try #require(database.storageFault)
        let before = disk.snapshot
        for step in 5...9 as ClosedRange<Int64> {
            #expect {
                try Self.append(database, step)
            } throws: { error in
                guard case .unavailable = error as? AppendError else { return false }
                return true
            }
            database.maintain()
        }
        #expect(database.statistics.series == 5)
        #expect(disk.snapshot.keys.filter { before[$0] == nil }.isEmpty, "Nothing is written into the directory.")
        #expect(throws: SnapshotError.self) { try database.snapshot() }
        #expect(throws: DropFutureError.self) { try database.dropFuture() }
        #expect(events.all == [.storageLost(fault)])
        #expect(try Self.newest(database)! >= 3, "Reads go on.")
        #expect(throws: StorageFault.self) { try database.close() }
        #expect(disk.snapshot.keys.filter { before[$0] == nil }.isEmpty)
    }

    @Test(arguments: Interference.undoable, [Durability.durable, .interval(.seconds(1)), .buffered])
    func `goes on when it is back, with all that it ever acknowledged`(
        _ interference: Interference, durability: Durability
    ) throws {
        let disk = SimulatedFileSystem(), events = Events()
        let database = try Self.open(disk, durability, events: events)
        for step in 1...3 as ClosedRange<Int64> { try Self.append(database, step) }
        let undo = try interference.begin(disk)
        database.maintain()
        let fault = try #require(database.storageFault)
        #expect(throws: AppendError.self) { try Self.append(database, 4) }
        undo()
        // Half of the time by itself, half of the time with the next append.
        if durability == .durable { database.maintain() } else { try Self.append(database, 5) }
        #expect(database.storageFault == nil)
        try Self.append(database, 6)
        #expect(events.all == [.storageLost(fault), .storageRestored])
        try database.close()
        for seed in 0..<4 as Range<UInt64> {
            let reopened = try Self.open(disk.crashImage(seed: seed))
            #expect(reopened.statistics.sequence == database.statistics.sequence)
            #expect(try Self.newest(reopened) == 6)
            #expect(!reopened.recovery.foundDamage, "\(reopened.recovery)")
        }
    }

    @Test func `changes nothing in another database that stands in its place`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        try Self.append(database, 1)
        _ = try database.snapshot(skipHead: false)
        try Self.append(database, 2)
        disk.moveTree(Self.path, to: "/elsewhere")
        // Another one, closed, with files of the same names.
        let fresh = SimulatedFileSystem()
        let second = try Self.open(fresh)
        try Self.append(second, 100)
        try second.seal()
        try Self.append(second, 101)
        try second.close()
        for (path, bytes) in fresh.snapshot { disk.setContents(of: path, to: bytes) }
        let before = disk.snapshot.filter { $0.key.hasPrefix(Self.path) }
        #expect(throws: AppendError.self) { try Self.append(database, 3) }
        database.maintain()
        let fault = #expect(throws: StorageFault.self) { try database.close() }
        #expect(fault?.reason == .replaced)
        #expect(disk.snapshot.filter { $0.key.hasPrefix(Self.path) } == before)
    }

    @Test func `is noticed when it is closed at the latest`() throws {
        let disk = SimulatedFileSystem(), events = Events()
        let database = try Self.open(disk, .buffered, events: events)
        try Self.append(database, 1)
        disk.removeTree(Self.path)
        #expect(throws: StorageFault(path: Self.path, reason: .missing)) { try database.close() }
        #expect(events.all.count == 1)
    }

    @Test func `stays lost when a segment is shorter than it was left`() throws {
        let disk = SimulatedFileSystem()
        let database = try Self.open(disk)
        try Self.append(database, 1)
        let segment = "\(Self.path)/wal/\(try disk.list("\(Self.path)/wal").last!)"
        disk.moveTree(Self.path, to: "/elsewhere")
        database.maintain()
        disk.moveTree("/elsewhere", to: Self.path)
        let file = try disk.openForAppending(segment)
        try file.truncate(to: 70)
        database.maintain()
        #expect(database.storageFault == StorageFault(path: segment, reason: .replaced))
        #expect(throws: AppendError.self) { try Self.append(database, 2) }
    }

    @Test func `A full disk is no loss: the next append tries again`() throws {
        let disk = SimulatedFileSystem(), events = Events()
        let database = try Self.open(disk, events: events)
        try Self.append(database, 1)
        disk.setCapacity(disk.snapshot.values.reduce(0) { $0 + $1.count })
        #expect(throws: AppendError.self) { try Self.append(database, 2) }
        #expect(database.storageFault == nil)
        disk.setCapacity(nil)
        try Self.append(database, 3)
        #expect(events.all.first.map { "\($0)".contains("the disk is full") } ?? false)
        #expect(!events.all.contains { if case .storageLost = $0 { true } else { false } })
    }

    @Test func `The system's own files have identities, and tell when they are gone or replaced`() throws {
        let temporary = TemporaryDirectory()
        let files = POSIXFileSystem()
        var configuration = CheckpointTestSupport.configuration()
        configuration.durability = .durable
        let path = "\(temporary.path)/data"
        let database = try Database(files: files, path: path, configuration: configuration)
        try Self.append(database, 1)
        #expect(database.storageFault == nil)
        try files.rename(path, to: "\(temporary.path)/moved")
        #expect(throws: AppendError.notDurable(sequence: 2)) { try Self.append(database, 2) }
        #expect(database.storageFault == StorageFault(path: path, reason: .missing))
        try files.createDirectory(path)
        #expect(throws: AppendError.unavailable(StorageFault(path: path, reason: .replaced))) {
            try Self.append(database, 3)
        }
        try files.remove(path)
        try files.rename("\(temporary.path)/moved", to: path)
        try Self.append(database, 4)
        try database.close()
        let reopened = try Database(files: files, path: path, configuration: configuration)
        #expect(try Self.newest(reopened) == 4)
        #expect(reopened.statistics.sequence == 3)
    }
}
