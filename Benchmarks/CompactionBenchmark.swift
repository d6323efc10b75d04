import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization

/// Measures what compaction costs and gains: processor time, bytes of blocks before and after, all bytes that are ever
/// written for a sample, memory.
///
/// The samples go through a database as they would in production: a batch for each scrape, seals at every hour of data,
/// checkpoints; then the windows of two hours are compacted, then the day. "samples" means the bytes of blocks for
/// samples alone, without labels and postings, which weigh more the fewer samples a series has. With `--series N`, N
/// series of ten labels with a few samples are written into two blocks and compacted, to measure the memory that it
/// takes.
func runCompactionBenchmark(_ directory: String?) {
    if let count = number(after: "--series") { return measureMemory(seriesCount: count) }
    measure(fleet(hosts: 20, perHost: 100, steps: 5760))
    for set in directory.map(SampleSet.directory) ?? [] { measure(MergeSource(set)) }
}

/// Series, and their samples by scrape.
private struct MergeSource {
    var name: String
    var labels: [Labels]
    /// The times of the scrapes, in milliseconds from the beginning of a day.
    var times: [Int64]
    /// Appends the samples of one scrape to all series that have one; returns how many there are.
    var append: (_ step: Int, _ time: Int64, _ ids: [SeriesID], inout Batch) -> Int

    /// Takes the samples from column files: rows of the same number in all series count as one scrape, and are moved
    /// into one day.
    init(_ set: SampleSet) {
        name = set.name
        labels = set.labels
        let longest = set.times.max { $0.count < $1.count } ?? []
        let first = longest.first ?? 0
        times = longest.map { $0 - first }
        var rows = [Int](repeating: 0, count: set.labels.count)
        append = { step, time, ids, batch in
            // Samples up to seven seconds later belong to the same scrape.
            let end = longest[step] + 7_000
            var count = 0
            for (series, id) in ids.enumerated() {
                guard rows[series] < set.times[series].count, set.times[series][rows[series]] <= end else { continue }
                let own = time + set.times[series][rows[series]] - longest[step]
                batch.append(set.values[series][rows[series]], at: Timestamp(milliseconds: own), to: id)
                rows[series] += 1
                count += 1
            }
            return count
        }
    }

    init(
        name: String, labels: [Labels], times: [Int64],
        append: @escaping (Int, Int64, [SeriesID], inout Batch) -> Int
    ) {
        self.name = name
        self.labels = labels
        self.times = times
        self.append = append
    }
}

/// Makes hosts with counters, gauges, small integers and constants, scraped every 15 seconds, with a jitter of some
/// milliseconds.
private func fleet(hosts: Int, perHost: Int, steps: Int) -> MergeSource {
    let labels = (0..<(hosts * perHost)).map { number in
        Labels([
            ("__name__", "bench_metric_\(number % perHost)"), ("datacenter", "eu-west-\(number / 2000)"),
            ("instance", "host-\(number / perHost):9100"), ("job", "node"), ("region", "eu-west"),
            ("team", "team-\(number / perHost % 7)"),
        ])
    }
    var values = [Double](repeating: 0, count: labels.count)
    var random = SeededGenerator(seed: 1)
    return MergeSource(name: "fleet", labels: labels, times: (0..<steps).map { Int64($0) * 15_000 }) {
        _, time, ids, batch in
        for host in 0..<hosts {
            let own = Timestamp(milliseconds: time + Int64(host) * 500 + Int64(random.below(4)))
            for number in (host * perHost)..<((host + 1) * perHost) {
                switch number % 5 {
                case 0, 1: values[number] += Double(random.below(200))
                case 2: values[number] = Double(random.below(100))
                case 3:
                    values[number] = ((values[number] + 50) * 100 + Double(random.below(21) - 10)).rounded() / 100 - 50
                default: if random.oneIn(2000) { values[number] += 1 }
                }
                batch.append(values[number], at: own, to: ids[number])
            }
        }
        return ids.count
    }
}

/// Writes two blocks with the same series and compacts them.
private func measureMemory(seriesCount: Int) {
    let path = "bench-compaction-\(getpid())"
    defer { removeTree(path) }
    do { try compactManySeries(seriesCount, path) } catch { print("failed: \(error)") }
}

private func compactManySeries(_ seriesCount: Int, _ path: String) throws {
    let files = POSIXFileSystem()
    try files.createDirectory(path)
    var blocks: [Block] = []
    for number in 1...2 {
        let times: [Int64] = [Int64(number) * 1000, Int64(number) * 1000 + 15]
        let before = (residentBytes(), processorTime())
        var writer = try BlockWriter(
            fileSystem: files, path: "\(path)/\(number)", number: UInt64(number), lastSequence: UInt64(number),
            level: 0)
        for series in 0..<seriesCount {
            let labels = benchmarkLabels(series), values = [Double(series), Double(series + number)]
            try writer.add(labels, fingerprint: labels.fingerprint, times: times.span, values: values.span)
        }
        print("compaction: block \(number): buffers", format(Double(writer.bufferedByteCount) / 1048576, 0, 1), "MiB")
        let summary = try writer.finish()
        print(
            "compaction: block \(number):", format(processorTime() - before.1, 0), "ns; resident before",
            format(Double(before.0) / 1048576, 0), "MiB, at most",
            format(Double(peakResidentBytes()) / 1048576, 0), "MiB")
        blocks.append(
            try Block.open(fileSystem: files, path: "\(path)/\(number)", summary: summary))
    }
    let began = processorTime()
    var writer = try BlockWriter(
        fileSystem: files, path: "\(path)/3", number: 3, lastSequence: 3, level: 1, threshold: ColumnEncoder.small)
    var merger = BlockMerger(blocks)
    try merger.write(to: &writer) { _, _ in true }
    let summary = try writer.finish()
    print(
        "compaction: \(summary.seriesCount) series: most memory for samples and index",
        format(Double(merger.peakByteCount) / 1048576, 0, 1), "MiB; resident at most",
        format(Double(peakResidentBytes()) / 1048576, 0), "MiB;", format(processorTime() - began, 0), "ns")
}

private final class MergeClock: Sendable {
    let time = Atomic<Int64>(0)
}

private func measure(_ source: MergeSource) {
    let path = "bench-compaction-\(getpid())"
    defer { removeTree(path) }
    let files = ObservedFileSystem(POSIXFileSystem()), clock = MergeClock()
    let day: Int64 = 86_400_000, start = 20_000 * day
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    configuration.runsMaintenance = false
    configuration.compactsWhenDue = false
    configuration.wallClock = { clock.time.load(ordering: .relaxed) }
    do {
        let database = try Database(files: files, path: path, configuration: configuration)
        var ids: [SeriesID] = []
        clock.time.store(start, ordering: .relaxed)
        try database.append { batch in for labels in source.labels { ids.append(batch.series(labels)) } }
        var samples = 0
        var sealing = 0.0
        for (step, offset) in source.times.enumerated() {
            clock.time.store(start + offset, ordering: .relaxed)
            try database.append { samples += source.append(step, start + offset, ids, &$0) }
            let began = processorTime()
            database.maintain()
            sealing += processorTime() - began
        }
        try database.seal()
        let perSample = 1 / Double(samples)
        func report(_ stage: String, _ time: Double) throws {
            let statistics = database.statistics
            let bytes = try sampleBytes(path)
            print(
                "compaction: \(source.name): \(padded(stage, 22))", format(Double(statistics.blocks), 4, 0), "blocks ",
                format(Double(statistics.blockBytes) * perSample, 7, 4), "B/sample ",
                format(Double(bytes) * perSample, 7, 4), "for samples ", format(time * perSample, 6, 1), "ns/sample")
        }
        print("compaction: \(source.name): \(source.labels.count) series, \(samples) samples")
        try report("seals and checkpoints", sealing)
        let sealed = files.byteCount(of: "/blocks/")
        for (stage, now) in [("windows of two hours", start + day - 1), ("the day", start + 2 * day)] {
            clock.time.store(now, ordering: .relaxed)
            let began = processorTime()
            try database.compact()
            try report(stage, processorTime() - began)
        }
        let statistics = database.statistics
        print(
            "compaction: \(source.name): most memory for samples and index of a compaction:",
            format(Double(statistics.compactions.peakBufferBytes) / 1048576, 0), "MiB; resident at most",
            format(Double(peakResidentBytes()) / 1048576, 0), "MiB")
        try database.close()
        let parts = [
            ("log", files.byteCount(of: "/wal/")), ("checkpoints", files.byteCount(of: "/checkpoints/")),
            ("seals", sealed), ("compactions", files.byteCount(of: "/blocks/") - sealed),
            ("manifest", files.byteCount(of: "/MANIFEST")),
        ]
        print(
            "compaction: \(source.name): written B/sample:",
            parts.map { "\($0.0)\(format(Double($0.1) * perSample, 7, 3))" }.joined(separator: ", "), "; all",
            format(Double(parts.reduce(0) { $0 + $1.1 }) * perSample, 0, 3))
    } catch { print("failed: \(error)") }
}

/// Returns the sample bytes of all blocks in the MANIFEST, which is read from a copy because the database has it open.
private func sampleBytes(_ path: String) throws -> Int {
    let files = POSIXFileSystem(), copy = MemoryFileSystem()
    try copy.createDirectory("copy")
    let file = try copy.create("copy/MANIFEST")
    let bytes = try files.open("\(path)/MANIFEST").readAll()
    try unsafe file.writeAll(bytes.span.bytes)
    file.close()
    var count = 0
    for record in try Manifest.open(fileSystem: copy, directory: "copy").state.blocks {
        let digits = String(record.number, radix: 16)
        let block = try Block.open(
            fileSystem: files,
            path: "\(path)/blocks/" + String(repeating: "0", count: 16 - digits.count) + digits + ".block",
            summary: BlockSummary(
                number: record.number, lastSequence: record.lastSequence, level: record.level,
                minTime: record.minTime, maxTime: record.maxTime, byteCount: record.byteCount,
                seriesCount: record.seriesCount, sampleCount: record.sampleCount, checksum: record.checksum))
        count += try block.sampleByteCount()
    }
    return count
}

/// Returns the highest resident memory of the process so far.
func peakResidentBytes() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}
