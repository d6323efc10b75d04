import Dispatch
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBEngine

/// A writer and readers that work at the same time, on the real disk.
@Suite(.timeLimit(.minutes(10))) struct `Readers beside a writer at work` {
    private static let seriesCount = 20

    /// Appends one sample to each series in each commit, and seals, compacts, opens and closes in between.
    private final class Writer: Sendable {
        let path: String
        let committed = Atomic<Int64>(0), begun = Atomic<Int64>(0), isStopping = Atomic(false), seals = Atomic<Int64>(0)
        private let failed = Mutex<String?>(nil)
        var failure: String? { failed.withLock { $0 } }

        init(_ path: String) { self.path = path }

        private func open() throws -> Database {
            var configuration = CheckpointTestSupport.configuration()
            configuration.durability = .buffered
            configuration.logSegmentByteLimit = 20_000
            configuration.checkpointLogByteLimit = 30_000
            return try Database(path: path, configuration: configuration)
        }

        func run() {
            do {
                var database = try open(), number: Int64 = 0
                while !isStopping.load(ordering: .relaxed), number < 200_000 {
                    number += 1
                    let time = Timestamp(milliseconds: 1_600_000_000_000 + number * 1000)
                    begun.store(number, ordering: .sequentiallyConsistent)
                    try database.append { batch in
                        for series in 0..<seriesCount {
                            batch.append(Double(number), at: time, to: ["__name__": "m", "i": "\(series)"])
                        }
                    }
                    committed.store(number, ordering: .sequentiallyConsistent)
                    if number % 97 == 0 {
                        try database.seal()
                        seals.add(1, ordering: .relaxed)
                    }
                    if number % 31 == 0 { database.maintain() }
                    if number % 523 == 0 { try database.compact() }
                    if number % 1201 == 0 {
                        try database.close()
                        database = try open()
                    }
                }
                try database.close()
            } catch { failed.withLock { $0 = "\(error)" } }
        }
    }

    @Test func `see whole commits, in order, and all that was acknowledged before they look`() throws {
        let directory = TemporaryDirectory(), writer = Writer(directory.path + "/data")
        let writing = DispatchGroup(), queue = DispatchQueue(label: "writer")
        queue.async(group: writing) { writer.run() }
        while writer.committed.load(ordering: .sequentiallyConsistent) == 0, writer.failure == nil {
            DispatchQueue.global().sync {}
        }
        let reader = try DatabaseFollower(path: writer.path)
        var last: Int64 = 0, rounds = 0, reloads = 0, views: [(view: ReadView, count: Int)] = []
        while rounds < 150, writer.failure == nil {
            rounds += 1
            let least = max(last, writer.committed.load(ordering: .sequentiallyConsistent))
            reloads += try reader.refresh().isReloaded ? 1 : 0
            let view = reader.readView(), most = writer.begun.load(ordering: .sequentiallyConsistent)
            let count = try Self.count(in: view)
            #expect((least...most).contains(Int64(count)), "round \(rounds)")
            last = Int64(count)
            if rounds % 10 == 0 { views.append((view, count)) }
        }
        writer.isStopping.store(true, ordering: .relaxed)
        writing.wait()
        for (view, count) in views { #expect(try Self.count(in: view) == count) }
        try reader.refresh()
        last = Int64(try Self.count(in: reader.readView()))
        #expect(last == writer.committed.load(ordering: .sequentiallyConsistent))
        #expect(writer.failure == nil && reader.damage.isEmpty)
        #expect(reloads > 1 && writer.seals.load(ordering: .relaxed) > 1)
    }

    /// Returns how many samples each series has, once it is certain that all have the same and none is missing.
    private static func count(in view: ReadView) throws -> Int {
        var counts: Set<Int> = [], found = 0
        for series in try view.series(in: .earliest ... .latest) {
            let samples = try series.samples()
            var number = 0.0
            for sample in samples {
                number += 1
                #expect(sample.value == number)
            }
            counts.insert(samples.count)
            found += 1
        }
        #expect(found == seriesCount && counts.count == 1, "\(found) series with \(counts) samples")
        return counts.first ?? 0
    }
}
