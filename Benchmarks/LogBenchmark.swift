import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures what a sample costs in the write-ahead log: to encode, to write, to keep and to replay.
///
/// Data: scrapes of 1000 series with consecutive ids and one timestamp, in the proportions of an exporter's scrape
/// body: half counters that grow by integers, including histogram buckets, a quarter gauges with two decimals, an
/// eighth seconds with nine digits, an eighth constants. And remote write: 2000 series in random order with their own
/// timestamps.
func runLogBenchmark() {
    print("log                          encode ns/sample   B/sample   commit ns/sample   replay ns/sample")
    for (name, batches) in [("scrape, 1000 series", scrapes()), ("remote write, 2000 series", remoteWrites())] {
        let encode = measureEncoding(batches)
        let log = measureLog(batches)
        print(
            "\(padded(name, 28)) \(padded(encode, 17)) \(padded(log.bytes, 10)) \(padded(log.write, 17)) \(padded(log.replay, 17))"
        )
    }
}

private struct LogBatch {
    var ids: [UInt64] = []
    var times: [Int64] = []
    var values: [Double] = []
}

private func scrapes() -> [LogBatch] {
    var random = SeededGenerator(seed: 1)
    var values = (0..<1000).map { Double($0 % 8 == 7 ? 1 : Int.random(in: 0...5_000_000, using: &random)) }
    return (0..<100).map { scrape in
        var batch = LogBatch()
        for series in 0..<1000 {
            switch series % 8 {
            case 0...3: values[series] += Double(Int.random(in: 0...300, using: &random))
            case 4, 5: values[series] = Double(Int.random(in: 0...100_000, using: &random)) / 100
            case 6: values[series] += Double(Int.random(in: 0...1_000_000_000, using: &random)) / 1e9
            default: break
            }
            batch.ids.append(UInt64(10_000 + series))
            batch.times.append(1_700_000_000_000 + Int64(scrape) * 15_000)
            batch.values.append(values[series])
        }
        return batch
    }
}

private func remoteWrites() -> [LogBatch] {
    var random = SeededGenerator(seed: 2)
    var ids = (0..<2000).map { UInt64(10_000 + $0 * 3) }
    return (0..<50).map { round in
        ids.shuffle(using: &random)
        var batch = LogBatch(ids: ids)
        for _ in ids {
            batch.times.append(1_700_000_000_000 + Int64(round) * 15_000 + Int64.random(in: 0..<15_000, using: &random))
            batch.values.append(Double(Int.random(in: 0...1_000_000, using: &random)) / 10)
        }
        return batch
    }
}

private func measureEncoding(_ batches: [LogBatch]) -> Double {
    var encoded = EncodedCommit()
    var sink = 0
    let samples = batches.reduce(0) { $0 + $1.ids.count }
    let best = fastest {
        for batch in batches {
            encoded.encode(ids: batch.ids.span, times: batch.times.span, values: batch.values.span)
            sink &+= encoded.body.byteCount
        }
    }
    precondition(sink > 0)
    return best / Double(samples)
}

private func measureLog(_ batches: [LogBatch]) -> (write: Double, bytes: Double, replay: Double) {
    let temporary = TemporaryDirectory()
    let samples = Double(batches.reduce(0) { $0 + $1.ids.count } * 10)
    var options = LogOptions()
    options.durability = .buffered
    var encoded = EncodedCommit()
    var bytes: UInt64 = 0
    var round = 0
    do {
        let write = try fastest {
            round += 1
            let (writer, _) = try LogRecovery<LoggedCommit>.recover(
                fileSystem: POSIXFileSystem(), directory: "\(temporary.path)/\(round)", databaseID: 1, sealedThrough: 0,
                options: options
            ) { _ in }
            for _ in 0..<10 {
                for batch in batches {
                    encoded.encode(ids: batch.ids.span, times: batch.times.span, values: batch.values.span)
                    try writer.prepare(byteCount: encoded.body.byteCount)
                    _ = try writer.append(FrameContext(wallClock: 0), encoded.body)
                }
            }
            bytes = writer.byteCount
            try writer.close()
        }
        var sum = 0.0
        let replay = try fastest {
            let (writer, _) = try LogRecovery<LoggedCommit>.recover(
                fileSystem: POSIXFileSystem(), directory: "\(temporary.path)/1", databaseID: 1, sealedThrough: 0,
                options: options
            ) { frame in sum += frame.values[frame.values.count - 1] }
            try writer.close()
        }
        precondition(!sum.isNaN)
        return (write / samples, Double(bytes) / samples, replay / samples)
    } catch { preconditionFailure("The log works on a disk without faults: \(error)") }
}

/// Returns the processor time of the fastest of nine runs, in nanoseconds; time spent waiting for the disk does not
/// count.
private func fastest(_ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<9 {
        let start = processorNanoseconds()
        try body()
        best = min(best, processorNanoseconds() - start)
    }
    return best
}

private func processorNanoseconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

private func padded(_ number: Double, _ width: Int) -> String {
    let hundredths = Int((number * 100).rounded())
    let text = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    return String(repeating: " ", count: max(0, width - text.count)) + text
}
