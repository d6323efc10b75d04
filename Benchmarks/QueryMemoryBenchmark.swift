internal import CLibrary
internal import KTSDBModel
internal import PromQL

/// A million counters that are generated when they are read, so that all memory in use is the evaluator's.
private struct MadeSeries: SeriesSource, SelectedSeries {
    let count: Int
    /// The number of samples of a series: one every 15 s for an hour.
    static let samples = 240

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries { self }

    func labels(at position: Int) -> Labels {
        [
            "__name__": "requests_total", "job": "job\(position % 20)", "instance": "host\(position / 100):9100",
            "path": "/v1/path\(position % 100)",
        ]
    }

    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
        columns.removeAll()
        for row in 0..<Self.samples {
            columns.times.append(Int64(row) * 15_000)
            columns.values.append(Double(row * (position % 1000)))
        }
        columns.timeColumnID = 1
    }
}

/// Measures how much memory queries over a million series hold, and compares it with the growth of the process.
func runQueryMemoryBenchmark() {
    let count = 1_000_000, steps = 120
    let source = MadeSeries(count: count)
    let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: Int64(steps - 1) * 30_000)
    print("query memory: \(count) series, \(MadeSeries.samples) samples each, \(steps) steps")
    print("  all rows would be \(count * steps) samples, \((count * steps * 8) >> 20) MiB")
    let engine = PromQLEngine()
    for text in ["sum(rate(requests_total[5m]))", "sum by (job) (rate(requests_total[5m]))"] {
        do {
            let before = residentMegabytes(), clock = ContinuousClock(), start = clock.now
            let expression = try engine.expression(text)
            let result = try engine.evaluate(expression, over: range, step: .seconds(30), in: source)
            let statistics = result.statistics
            print(
                "  \(text): at most \(statistics.peakSamples) samples; \(statistics.peakBytes >> 20) MiB with the labels of "
                    + "all series, \(statistics.peakBytes / count) bytes a series; the process grew from "
                    + "\(before) to at most \(peakMegabytes()) MiB; \(clock.now - start)")
        } catch {
            print("  \(text): \(error)")
        }
    }
}

/// Returns the current memory of the process.
private func residentMegabytes() -> Int { megabytes("VmRSS:") }
/// Returns the highest memory of the process so far.
private func peakMegabytes() -> Int { megabytes("VmHWM:") }

private func megabytes(_ field: String) -> Int {
    guard let file = unsafe fopen("/proc/self/status", "r") else { return 0 }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    // SAFETY: fgets writes at most as many bytes as the count says, and ends them with a zero.
    while unsafe line.withUnsafeMutableBufferPointer({ unsafe fgets($0.baseAddress, 256, file) != nil }) {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix(field) else { continue }
        return Int(text.filter(\.isNumber)).map { $0 >> 10 } ?? 0
    }
    return 0
}
