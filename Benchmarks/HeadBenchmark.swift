import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures appends to existing series in memory: 400,000 series, scraped 2,000 at a time. Each scrape has one
/// timestamp, and the scrapes are spread evenly over the interval. Nothing is logged; `log` measures that part. The
/// values are the same as in `database`: counters, small integers, numbers with two decimals, and constants.
func runHeadBenchmark() {
    let seriesCount = 400_000, perTarget = 2_000, steps = 40
    var configuration = Database.Configuration()
    configuration.runsMaintenance = false
    let database = Database.inMemory(configuration)
    var random = SeededGenerator(seed: 1)
    do {
        var ids: [SeriesID] = []
        try database.append { batch in
            for number in 0..<seriesCount { ids.append(batch.series(benchmarkLabels(number))) }
        }
        var values = [Double](repeating: 0, count: seriesCount)
        let start = Timestamp.now.milliseconds - 3_600_000
        var spent = 0.0
        for step in 0..<steps {
            for number in 0..<seriesCount {
                values[number] = benchmarkValue(of: number, after: values[number], &random)
            }
            let began = processorTime()
            for target in 0..<(seriesCount / perTarget) {
                let time = Timestamp(milliseconds: start + Int64(step) * 15_000 + Int64(target * 75))
                try database.append { batch in
                    for number in (target * perTarget)..<((target + 1) * perTarget) {
                        batch.append(values[number], at: time, to: ids[number])
                    }
                }
            }
            if step >= steps / 2 { spent += processorTime() - began }
        }
        let samples = seriesCount * (steps - steps / 2)
        print("head: append by id, 400,000 series:", format(spent / Double(samples), 6, 1), "ns/sample")
        let statistics = database.statistics
        print(
            "head: chunks in memory:", format(Double(statistics.chunkBytes) / Double(seriesCount * steps), 6, 2),
            "bytes/sample")
    } catch { print("failed: \(error)") }
}
