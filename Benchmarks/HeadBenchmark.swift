import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures what it costs to append to known series in memory alone: 400,000 series in scrapes of 2,000 series with one
/// timestamp each, spread over the interval as targets are. There is no log: `log` measures that. The values are those
/// of `database`: counters, small integers, two decimals, constants.
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
