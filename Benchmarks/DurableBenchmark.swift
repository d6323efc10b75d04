import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization

/// Measures what a sync before each acknowledgement costs when there are many writers: `ktsdb-bench durable [--writers
/// N]`.
///
/// N threads (16 by default) append batches of 500 samples each to their own series, and wait for each commit. Prints
/// the samples per second of wall time with each durability, and their share of the rate when buffered. Rounds of the
/// three take turns, so that a machine that is busy for a while does not favour one of them.
func runDurableBenchmark() {
    let writers = number(after: "--writers") ?? 16
    let modes: [(name: String, durability: Durability)] = [
        ("buffered", .buffered), ("interval", .interval(.seconds(1))), ("durable", .durable),
    ]
    var rates = [[Double]](repeating: [], count: modes.count)
    do {
        for _ in 0..<3 {
            for (index, mode) in modes.enumerated() {
                rates[index].append(try writeAtOnce(writers, mode.durability, seconds: 2))
            }
        }
    } catch { return print("durable: failed: \(error)") }
    let best = rates.map { $0.max() ?? 0 }
    for (mode, rate) in zip(modes, best) {
        let share = (rate / best[0] * 100).rounded() / 100
        print("durable: \(writers) writers, \(mode.name): \(Int(rate)) samples/s, \(share) of buffered")
    }
}

/// Returns how many samples per second the threads wrote.
private func writeAtOnce(_ writers: Int, _ durability: Durability, seconds: Double) throws -> Double {
    let path = "bench-data-\(getpid())", perWriter = 500
    defer { removeTree(path) }
    var configuration = Database.Configuration()
    configuration.durability = durability
    let database = try Database(path: path, configuration: configuration)
    defer { try? database.close() }
    var ids: [SeriesID] = []
    try database.append { batch in
        for number in 0..<(writers * perWriter) { ids.append(batch.series(benchmarkLabels(number))) }
    }
    let written = Atomic(0)
    let began = wallSeconds()
    let start = Timestamp.now.milliseconds
    let threads = (0..<writers).map { writer in
        let own = Array(ids[(writer * perWriter)..<((writer + 1) * perWriter)])
        return SystemThread.start {
            var random = SeededGenerator(seed: UInt64(writer))
            var values = own.map { _ in 0.0 }
            var step: Int64 = 0
            while wallSeconds() - began < seconds {
                step += 1
                for index in values.indices { values[index] += Double(random.next() >> 56) }
                let summary = try? database.append { batch in
                    for (index, id) in own.enumerated() {
                        batch.append(values[index], at: Timestamp(milliseconds: start + step), to: id)
                    }
                }
                guard let summary, summary.appended == own.count else {
                    return print("durable: a commit failed, or stored less than all")
                }
                written.wrappingAdd(own.count, ordering: .relaxed)
            }
        }
    }
    for thread in threads { pthread_join(thread!, nil) }
    return Double(written.load(ordering: .relaxed)) / (wallSeconds() - began)
}
