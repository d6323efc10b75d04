import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures what a sample costs on its way through the whole engine: CPU, memory, log and disk.
///
/// The series are those of a fleet of hosts: ten labels of about 230 bytes; the values are counters, small integers,
/// constants, walks with two decimals and full-precision floats.
func runDatabaseBenchmark() {
    let hosts = 200, perHost = 100, steps = 60
    let path = "bench-data-\(getpid())"
    defer { removeTree(path) }
    let labels = (0..<(hosts * perHost)).map { number in
        Labels([
            ("__name__", "bench_metric_\(number % perHost)"), ("arch", "x86_64"),
            ("datacenter", "eu-west-\(number / 2000)"),
            ("hostname", "host_\(number / perHost)"), ("os", "Ubuntu22.04LTS"), ("rack", "\(number / perHost % 50)"),
            ("region", "eu-west"), ("service", "service-\(number / perHost % 20)"),
            ("service_environment", "production"),
            ("team", "team-\(number / perHost % 7)"),
        ])
    }
    var configuration = Database.Configuration()
    configuration.durability = .buffered
    do {
        let before = residentBytes()
        let database = try Database(path: path, configuration: configuration)
        var values = [Double](repeating: 0, count: labels.count)
        var random = SeededGenerator(seed: 1)
        let start = Timestamp.now.milliseconds - Int64(steps) * 15_000
        var firstCPU = 0.0
        var began = cpuSeconds()
        for step in 0..<steps {
            for host in stride(from: 0, to: hosts, by: 50) {
                try database.append { batch in
                    for number in (host * perHost)..<((host + 50) * perHost) {
                        values[number] = benchmarkValue(of: number, after: values[number], &random)
                        let time = Timestamp(milliseconds: start + Int64(step) * 15_000 + Int64(number / perHost))
                        batch.append(values[number], at: time, toStringForm: labels[number].stringForm.span)
                    }
                }
            }
            if step == 0 {
                firstCPU = cpuSeconds() - began
                began = cpuSeconds()
            }
        }
        let samples = labels.count * (steps - 1)
        let statistics = database.statistics
        report("new series, first sample", firstCPU / Double(labels.count) * 1e9, "ns/series")
        report("append by labels", (cpuSeconds() - began) / Double(samples) * 1e9, "ns/sample")
        report("log", Double(statistics.logBytes) / Double(labels.count * steps), "bytes/sample")
        report("index in memory", Double(statistics.indexBytes) / Double(labels.count), "bytes/series")
        report("chunks in memory", Double(statistics.chunkBytes) / Double(labels.count * steps), "bytes/sample")
        report("resident", Double(residentBytes() - before) / Double(labels.count), "bytes/series")

        began = cpuSeconds()
        var ids: [SeriesID] = []
        try database.append { batch in for series in labels { ids.append(batch.series(series)) } }
        began = cpuSeconds()
        for step in 0..<20 {
            let time = Timestamp(milliseconds: start + Int64(steps + step) * 15_000 + 1_000)
            try database.append { batch in
                for (number, id) in ids.enumerated() { batch.append(values[number], at: time, to: id) }
            }
        }
        report("append by id", (cpuSeconds() - began) / Double(ids.count * 20) * 1e9, "ns/sample")

        began = cpuSeconds()
        try database.seal()
        let sealed = database.statistics
        report("seal", (cpuSeconds() - began) / Double(sealed.blockSamples) * 1e9, "ns/sample")
        report("blocks, index included", Double(sealed.blockBytes) / Double(sealed.blockSamples), "bytes/sample")

        began = cpuSeconds()
        let range = Timestamp(milliseconds: start)...Timestamp(milliseconds: start + 1 << 40)
        let view = database.readView()
        let selection = try view.select([.equal("region", "eu-west")], in: range)
        report("select", (cpuSeconds() - began) / Double(selection.count) * 1e9, "ns/series")
        began = cpuSeconds()
        var columns = SampleColumns()
        var count = 0
        for position in 0..<selection.count {
            try selection.decode(position, into: &columns)
            count += columns.times.count
        }
        report("decode from blocks", (cpuSeconds() - began) / Double(count) * 1e9, "ns/sample")
        try database.close()
    } catch { print("failed: \(error)") }
}

private func report(_ name: String, _ value: Double, _ unit: String) {
    let rounded = (value * 10).rounded() / 10
    print("database: \(name): \(rounded) \(unit)")
}

/// Returns the user and system time of the process.
func cpuSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Returns the time of a clock that only moves forward.
func wallSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Returns the resident memory of the process.
func residentBytes() -> Int { memoryPages()?.resident ?? 0 }

/// Returns the bytes of the process' own memory, without mapped files.
func anonymousBytes() -> Int { memoryPages().map { $0.resident - $0.shared } ?? 0 }

/// What the system reports of the process' memory, in bytes.
private func memoryPages() -> (resident: Int, shared: Int)? {
    guard let file = try? POSIXFileSystem().open("/proc/self/statm") else { return nil }
    var bytes = [UInt8](repeating: 0, count: 128)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    guard let count = try? file.read(at: 0, into: &raw) else { return nil }
    let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
    guard fields.count > 2, let resident = Int(fields[1]), let shared = Int(fields[2]) else { return nil }
    return (resident * 4096, shared * 4096)
}

func removeTree(_ path: String) {
    let files = POSIXFileSystem()
    for name in (try? files.list(path)) ?? [] { removeTree("\(path)/\(name)") }
    try? files.remove(path)
}
