import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures what a series takes in memory with 1, 4, 60 and 240 samples, as remote write brings them: in total (the
/// process' resident memory), and in the parts that the database counts. Before that, measures what a million series
/// take while samples arrive and are sealed, over half an hour of data.
func runMemoryBenchmark() {
    measureSteadyMemory(seriesCount: 1_000_000, sampleCount: 120)
    let count = 250_000
    for sampleCount in [1, 4, 60, 240] { measureMemory(seriesCount: count, sampleCount: sampleCount) }
}

private func measureMemory(seriesCount: Int, sampleCount: Int) {
    withNewDatabase { database, before in
        let start = Timestamp.now.milliseconds - Int64(sampleCount) * 15_000
        var random = SeededGenerator(seed: 1)
        var values = Column<Double>()
        for _ in 0..<seriesCount { values.append(0) }
        var columns = SampleColumns()
        for step in 0..<sampleCount {
            for first in stride(from: 0, to: seriesCount, by: 5_000) {
                try database.append { batch in
                    for number in first..<(first + 5_000) {
                        values[number] = benchmarkValue(of: number, after: values[number], &random)
                        columns.removeAll()
                        columns.times.append(start + Int64(step) * 15_000 + Int64(first / 5_000))
                        columns.values.append(values[number])
                        var wire = [UInt8](repeating: 0, count: 8)
                        for index in 0..<8 { wire[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
                        let id = batch.known(in: wire.span, at: [0..<8])[0]
                        if id != .unknown {
                            batch.append(0..<1, of: columns, toKnown: id)
                        } else {
                            let labels = benchmarkLabels(number)
                            batch.append(0..<1, of: columns, toStringForm: labels.stringForm.span, onWire: wire.span)
                        }
                    }
                }
            }
        }
        let statistics = database.statistics
        func perSeries(_ bytes: Int) -> Int { bytes / seriesCount }
        print(
            "memory: \(sampleCount) samples a series:",
            "resident \(perSeries(residentBytes() - before - seriesCount * 8)) bytes/series,",
            "index \(perSeries(statistics.indexBytes)), chunks \(perSeries(statistics.chunkBytes))")
    }
}

/// Runs `body` with a database that runs maintenance only on request, and the number of bytes that were resident
/// before.
private func withNewDatabase(_ body: (_ database: Database, _ before: Int) throws -> Void) {
    let path = "bench-data-\(getpid())"
    defer { removeTree(path) }
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    configuration.runsMaintenance = false
    do {
        let before = residentBytes()
        try body(try Database(path: path, configuration: configuration), before)
    } catch { print("failed: \(error)") }
}

/// Seals, checkpoints and compactions run between commits, as they would if the samples arrived at their own pace.
private func measureSteadyMemory(seriesCount: Int, sampleCount: Int) {
    withNewDatabase { database, before in
        let start = Timestamp.now.milliseconds - Int64(sampleCount) * 15_000
        var random = SeededGenerator(seed: 1)
        var values = Column<Double>(), ids: [SeriesID] = []
        for _ in 0..<seriesCount { values.append(0) }
        let perTarget = 1_000
        var highest = 0, sum = 0
        for step in 0..<sampleCount {
            for first in stride(from: 0, to: seriesCount, by: perTarget) {
                let time = Timestamp(milliseconds: start + Int64(step) * 15_000 + Int64(first / perTarget * 15))
                try database.append { batch in
                    for number in first..<(first + perTarget) {
                        if step == 0 { ids.append(batch.series(benchmarkLabels(number))) }
                        values[number] = benchmarkValue(of: number, after: values[number], &random)
                        batch.append(values[number], at: time, to: ids[number])
                    }
                }
            }
            database.maintain()
            let resident = residentBytes() - before - seriesCount * (8 + MemoryLayout<SeriesID>.stride)
            highest = max(highest, resident)
            sum += resident
        }
        let statistics = database.statistics
        print(
            "memory: steady, \(seriesCount) series, \(sampleCount) samples each:",
            "resident \(sum / sampleCount / seriesCount) bytes/series on average,",
            "\(highest / seriesCount) between seals, \((peakResidentBytes() - before) / seriesCount) at most;",
            "\(statistics.blocks) blocks")
    }
}

/// Returns ten labels of about 230 bytes, as in a fleet of hosts with 100 series each.
func benchmarkLabels(_ number: Int) -> Labels {
    Labels([
        ("__name__", "bench_metric_\(number % 100)"), ("arch", "x86_64"),
        ("datacenter", "eu-west-\(number / 2000 % 9)"),
        ("hostname", "host_\(number / 100)"), ("os", "Ubuntu22.04LTS"), ("rack", "\(number / 100 % 50)"),
        ("region", "eu-west"), ("service", "service-\(number / 100 % 20)"), ("service_environment", "production"),
        ("team", "team-\(number / 100 % 7)"),
    ])
}

/// Returns the next value of the series with this number: counters, small integers, two decimals, constants.
func benchmarkValue(of number: Int, after value: Double, _ random: inout SeededGenerator) -> Double {
    switch number % 5 {
    case 0, 1: value + Double(Int.random(in: 0...200, using: &random))
    case 2: Double(Int.random(in: 0...100, using: &random))
    case 3: (value * 100 + 7).rounded() / 100
    default: 1
    }
}
