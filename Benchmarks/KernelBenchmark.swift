internal import KTSDBModel
internal import PromQL

/// Measures the processor time of functions over windows alone, without decoding, labels or sums: 240 steps of 30 s
/// over windows of five minutes, one sample every 15 s, in series that were scraped together.
func runKernelBenchmark() {
    let steps = 240, samples = 480, series = 1000
    var state: UInt64 = 1
    func random() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
    let times = (0..<samples).map { Int64($0) * 15_000 }
    let values = (0..<series).map { _ in
        var value = Double(random() % 1000)
        return times.map { _ in
            value = random() % 2000 == 0 ? 0 : value + Double(random() % 100)
            return value
        }
    }
    print(
        "kernels: \(steps) steps of 30 s, windows of 5 m, 20 samples each; processor time, best of 5 runs of \(series) series"
    )
    for name in [
        "rate", "increase", "delta", "irate", "changes", "count_over_time", "sum_over_time", "max_over_time",
        "stddev_over_time",
    ] {
        do {
            var kernel = try WindowKernel(name, start: 0, step: 30_000, count: steps, width: 300_000)
            var columns = SampleColumns(), last = 0.0
            // The time to fill the columns is measured separately, and subtracted.
            func fill(_ number: Int) {
                columns.removeAll()
                columns.times.append(times.span)
                let series = values[number]
                columns.values.append(series.span)
                columns.timeColumnID = 1
            }
            let filling = nanoseconds(per: series) { for number in 0..<series { fill(number) } }
            let both = nanoseconds(per: series) {
                for number in 0..<series {
                    fill(number)
                    last += (try? kernel.apply(columns)) ?? 0
                }
            }
            print(
                "  \(padded(name, 18)) \(format((both - filling) / Double(steps), 6)) ns per step and series"
                    + (last.isNaN ? " (no value)" : ""))
        } catch { print("  \(name): \(error)") }
    }
}
