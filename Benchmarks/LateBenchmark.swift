import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Stores a week of data three times: in order, in random order, and with an import. For each it prints the cost of an
/// append, the time that seals and compactions take, and the size of the blocks, and then whether all three read back
/// the same. `--series N` and `--days N` set the amount; each series has one sample a minute.
///
/// Prints `equal` only if all three databases give back the same times and bits, and `within 10 %` only if random order
/// takes at most a tenth more room.
func runLateBenchmark() {
    let series = number(after: "--series") ?? 200, days = number(after: "--days") ?? 7
    let data = LateData(series: series, rows: days * 1440)
    print("\(data.count) samples of \(series) series in \(days) days")
    print("                in order   shuffled     import")
    do {
        let runs = try LateRun.Order.allCases.map { try LateRun(data, $0) }
        print("append   ns  " + runs.map { format($0.appendNanoseconds, 11, 0) }.joined())
        print("seal      s  " + runs.map { format($0.sealSeconds, 11) }.joined())
        print("compact   s  " + runs.map { format($0.compactSeconds, 11) }.joined())
        print("bytes/sample " + runs.map { format($0.bytesPerSample, 11, 3) }.joined())
        print("blocks       " + runs.map { format(Double($0.blocks), 11, 0) }.joined())
        let isEqual = runs.allSatisfy { $0.checksum == runs[0].checksum && $0.samples == data.count }
        let isWithin = runs.allSatisfy { $0.bytesPerSample <= runs[0].bytesPerSample * 1.1 }
        print(isEqual ? "equal" : "NOT EQUAL", isWithin ? "within 10 %" : "MORE THAN 10 % LARGER")
    } catch { print("failed: \(error)") }
}

private struct LateData {
    var labels: [Labels]
    var rows: Int
    /// Row by row, all series of a row.
    private var values: [Double] = []
    static let end: Int64 = 1_700_000_000_000

    init(series: Int, rows: Int) {
        labels = (0..<series).map { Labels([("__name__", "m\($0 % 10)"), ("instance", "host-\($0):9100")]) }
        self.rows = rows
        var random = SeededGenerator(seed: 2), last = Array(repeating: 0.0, count: series)
        values.reserveCapacity(rows * series)
        for _ in 0..<rows {
            for number in 0..<series { last[number] = benchmarkValue(of: number, after: last[number], &random) }
            values += last
        }
    }

    var count: Int { labels.count * rows }

    func time(_ row: Int) -> Int64 { Self.end - Int64(rows - row) * 60_000 }

    func value(_ row: Int, _ series: Int) -> Double { values[row * labels.count + series] }
}

private struct LateRun {
    enum Order: CaseIterable {
        case inOrder, shuffled, imported
    }

    var appendNanoseconds = 0.0, sealSeconds = 0.0, compactSeconds = 0.0
    var bytesPerSample = 0.0
    var blocks = 0, samples = 0
    var checksum: UInt64 = 0

    init(_ data: LateData, _ order: Order) throws {
        let directory = TemporaryDirectory()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        configuration.durability = .buffered
        configuration.clock = .manual(ManualClock(Timestamp(milliseconds: LateData.end + 3 * 86_400_000)))
        let database = try Database(path: directory.path, configuration: configuration)
        var numbers = (0..<UInt32(data.count)).map { $0 }, random = SeededGenerator(seed: 1)
        if order != .inOrder { numbers.shuffle(using: &random) }
        if order == .imported {
            let start = processorTime()
            try database.importSamples { batch in
                for number in numbers {
                    let (row, series) = Int(number).quotientAndRemainder(dividingBy: data.labels.count)
                    try batch.append(
                        data.value(row, series), at: Timestamp(milliseconds: data.time(row)), to: data.labels[series])
                }
            }
            appendNanoseconds = (processorTime() - start) / Double(data.count)
        } else {
            try append(numbers, of: data, to: database)
        }
        let start = processorTime()
        try database.seal()
        sealSeconds += (processorTime() - start) / 1e9
        let compaction = processorTime()
        _ = try database.compact()
        compactSeconds = (processorTime() - compaction) / 1e9
        let statistics = database.statistics
        bytesPerSample = Double(statistics.blockBytes) / Double(data.count)
        blocks = statistics.blocks
        try read(database)
        try database.close()
    }

    private mutating func append(_ numbers: [UInt32], of data: LateData, to database: Database) throws {
        var ids: [SeriesID] = []
        try database.append { batch in ids = data.labels.map { batch.series($0) } }
        for first in stride(from: 0, to: numbers.count, by: 10_000) {
            let some = numbers[first..<min(first + 10_000, numbers.count)]
            let start = processorTime()
            try database.append { batch in
                for (series, id) in ids.enumerated() where !batch.isCurrent(id) {
                    ids[series] = batch.series(data.labels[series])
                }
                for number in some {
                    let (row, series) = Int(number).quotientAndRemainder(dividingBy: data.labels.count)
                    batch.append(
                        data.value(row, series), at: Timestamp(milliseconds: data.time(row)), to: ids[series])
                }
            }
            let middle = processorTime()
            database.maintain()
            sealSeconds += (processorTime() - middle) / 1e9
            appendNanoseconds += (middle - start) / Double(data.count)
        }
    }

    private mutating func read(_ database: Database) throws {
        let view = database.readView(), everything = Timestamp.earliest ... .latest
        let selection = try view.select([], in: everything)
        var columns = SampleColumns()
        for position in 0..<selection.count {
            try selection.decode(position, into: &columns)
            samples += columns.times.count
            for row in 0..<columns.times.count {
                checksum = checksum &* 31 &+ UInt64(bitPattern: columns.times[row]) ^ columns.values[row].bitPattern
            }
        }
    }
}
