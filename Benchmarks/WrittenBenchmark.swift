import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization

/// Measures how many bytes a sample writes to the disk in total: `ktsdb-bench written [--series N] [--hours N]`.
///
/// Scrapes hosts with 101 series each every 15 seconds for 13 hours (or `--hours`) of a simulated clock, and runs
/// maintenance after each scrape, as a server does every second. Counts the bytes written by purpose.
func runWrittenBenchmark() {
    let hosts = max(1, (number(after: "--series") ?? 10_100) / 101), hours = number(after: "--hours") ?? 13
    let files = ObservedFileSystem(MemoryFileSystem())
    let start: Int64 = 1_750_000_000_000 / 86_400_000 * 86_400_000
    let clock = SimulatedClock(start)
    var configuration = Database.Configuration()
    configuration.durability = .interval(.seconds(1))
    configuration.runsMaintenance = false
    configuration.wallClock = { clock.now.load(ordering: .relaxed) }
    do {
        let database = try Database(files: files, path: "/data", configuration: configuration)
        var fleet = Fleet(hosts: hosts)
        let cpu = cpuSeconds()
        var samples = 0
        for step in 0..<(hours * 240) {
            for host in 0..<hosts {
                // Each host has its own offset in the interval.
                let time = start + Int64(step) * 15_000 + Int64(host * 15_000 / hosts)
                clock.now.store(time, ordering: .relaxed)
                try database.append { batch in fleet.scrape(host, Timestamp(milliseconds: time), &batch) }
                samples += 101
            }
            database.maintain()
        }
        let statistics = database.statistics
        report("samples", Double(samples), "")
        report("CPU, maintenance and compactions included", (cpuSeconds() - cpu) / Double(samples) * 1e9, "ns/sample")
        report("checkpoints", Double(statistics.checkpoints), "")
        report("compactions", Double(statistics.compactions.completed), "")
        var total: UInt64 = 0
        for (kind, part) in [
            ("log", "/wal/"), ("checkpoints", "/checkpoints/"), ("blocks", "/blocks/"), ("manifest", "/MANIFEST"),
        ] {
            let byteCount = files.byteCount(of: part)
            report(kind, Double(byteCount) / Double(samples), "bytes written/sample")
            total += byteCount
        }
        report(
            "by compactions", Double(statistics.compactions.bytesWritten) / Double(samples),
            "bytes written/sample (in blocks)")
        report("in all", Double(total) / Double(samples), "bytes written/sample")
        report("left in blocks", Double(statistics.blockBytes) / Double(statistics.blockSamples), "bytes/sample")
        try database.close()
    } catch { print("written: failed: \(error)") }
}

private final class SimulatedClock: Sendable {
    let now: Atomic<Int64>
    init(_ start: Int64) { now = Atomic(start) }
}

/// Hosts whose 101 series are roughly those of a host's agents: half of them counters, a third gauges of whole numbers
/// or with two decimals, the others random floats or constants.
private struct Fleet {
    private var random = SeededGenerator(seed: 5)
    private var ids: [[SeriesID]] = []
    private var values: [[Double]]

    init(hosts: Int) { values = [[Double]](repeating: [Double](repeating: 40, count: 101), count: hosts) }

    mutating func scrape(_ host: Int, _ time: Timestamp, _ batch: inout Batch) {
        if host == ids.count {
            ids.append(
                (0..<101).map { number in
                    batch.series([
                        "__name__": "metric_\(number)", "hostname": "host_\(host)", "region": "region-\(host / 50)",
                        "rack": "\(host / 20)", "os": "Ubuntu22.04LTS", "service": "service-\(host % 20)",
                    ])
                })
        }
        for number in 0..<101 {
            let change = Double(random.below(2001)) / 1000 - 1
            switch number % 10 {
            case 0...4: values[host][number] += Double(random.below(number % 10 == 0 ? 3 : 40_000))
            case 5, 6: values[host][number] = min(max(values[host][number] + (change * 3).rounded(), 0), 100)
            case 7:
                values[host][number] = min(max(((values[host][number] + change) * 100).rounded() / 100, 0), 100)
            case 8: values[host][number] += change * 1.000_001
            default: break
            }
            batch.append(values[host][number], at: time, to: ids[host][number])
        }
    }
}

private func report(_ name: String, _ value: Double, _ unit: String) {
    print("written: \(name): \((value * 1000).rounded() / 1000) \(unit)")
}
