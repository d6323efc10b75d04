import Dispatch
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

/// A disk whose syncs take as long as a test wants: only what waits for durability may wait for them.
@Suite(.timeLimit(.minutes(10))) struct `A database on a disk with slow syncs` {
    /// Holds up one sync until it is released.
    final class SyncGate: Sendable {
        private let state = Mutex((count: 0, held: 0))
        let arrived = DispatchSemaphore(value: 0), released = DispatchSemaphore(value: 0)
        private let isHeld = Atomic(false)

        var hasHeld: Bool { isHeld.load(ordering: .acquiring) }

        /// Holds up the sync with this number, counted from 1.
        func hold(_ number: Int) { state.withLock { $0 = (0, number) } }

        func pass() {
            let isNext = state.withLock { state in
                state.count += 1
                return state.count == state.held
            }
            guard isNext else { return }
            isHeld.store(true, ordering: .releasing)
            arrived.signal()
            released.wait()
        }
    }

    enum Operation: String, CaseIterable, Sendable {
        case maintain, snapshot, deletion, compaction, repeatedMaintenance

        func run(_ database: Database) {
            switch self {
            case .maintain: database.maintain()
            case .snapshot: _ = try? database.snapshot()
            case .deletion:
                _ = try? database.delete(matching: .name("m1"), in: .earliest ... .latest)
            case .compaction: _ = try? database.compact()
            case .repeatedMaintenance: for _ in 0..<3 { database.maintain() }
            }
        }
    }

    static func open(
        _ clock: ManualClock, _ files: ObservedFileSystem, keptByteLimit: Int = 1 << 20
    ) throws -> Database {
        var configuration = CheckpointTestSupport.configuration()
        configuration.durability = .interval(.milliseconds(1))
        configuration.openByteLimit = 1
        configuration.openBytesPerSeries = 0
        configuration.logSegmentByteLimit = 4000
        configuration.logKeptByteLimit = keptByteLimit
        configuration.clock = .manual(clock)
        return try Database(files: files, path: "/data", configuration: configuration)
    }

    static func append(_ database: Database, _ clock: ManualClock, series: Int = 20) throws {
        clock.advance(by: .seconds(1))
        try database.append { batch in
            for number in 0..<series {
                batch.append(
                    Double(number) / 7, at: clock.now, to: ["__name__": "m\(number % 3)", "n": "\(number)"])
            }
        }
    }

    static func count(_ database: Database) throws -> Int {
        try `A database`.contents(database.readView()).values.reduce(0) { $0 + $1.count }
    }

    @Test(arguments: Operation.allCases)
    func `appends and answers while any sync of its own work is held up`(operation: Operation) throws {
        var number = 1, held = 0
        while true {
            let files = ObservedFileSystem(MemoryFileSystem()), clock = ManualClock(), gate = SyncGate()
            let database = try Self.open(clock, files)
            for _ in 0..<3 {
                try Self.append(database, clock)
                try database.seal()
            }
            clock.advance(by: .seconds(200_000))
            for _ in 0..<3 { try Self.append(database, clock) }
            files.onSync.withLock { $0 = { gate.pass() } }
            gate.hold(number)
            let done = DispatchSemaphore(value: 0)
            DispatchQueue.global().async {
                operation.run(database)
                gate.arrived.signal()
                done.signal()
            }
            gate.arrived.wait()
            let isHeld = gate.hasHeld
            if isHeld {
                held += 1
                // What a scrape, a query, and a look at the figures do.
                let before = try Self.count(database)
                for _ in 0..<30 { try Self.append(database, clock) }
                #expect(try Self.count(database) == before + 600, "\(operation), sync \(number)")
                let statistics = database.statistics
                #expect(statistics.sequence > statistics.durableSequence)
                _ = (database.retention, database.storageFault, database.deletions)
                gate.released.signal()
            }
            done.wait()
            files.onSync.withLock { $0 = nil }
            try database.close()
            guard isHeld else { break }
            number += 1
        }
        #expect(held > 1, "\(operation) has \(held) syncs.")
    }

    @Test func `lets queries pass while appends wait because too much is not synced`() throws {
        let files = ObservedFileSystem(MemoryFileSystem()), clock = ManualClock(), gate = SyncGate()
        let database = try Self.open(clock, files, keptByteLimit: 2000)
        try Self.append(database, clock)
        files.onSync.withLock { $0 = { gate.pass() } }
        gate.hold(1)
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            for _ in 0..<50 { try? Self.append(database, clock) }
            done.signal()
        }
        gate.arrived.wait()
        // The appending thread waits now.
        let first = try Self.count(database)
        #expect(first > 20 && first < 1000)
        #expect(try Self.count(database) == first && database.statistics.sequence < 51)
        files.onSync.withLock { $0 = nil }
        gate.released.signal()
        done.wait()
        #expect(try Self.count(database) == 51 * 20)
    }
}
