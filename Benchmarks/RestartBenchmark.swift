import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting

/// Measures what a restart after a kill costs: `ktsdb-bench restart [--series N] [--steps N] [--all-replayed] [--kept
/// PATH]`.
///
/// A child process writes N series of ten labels with a few samples each, with maintenance running as in a server, and
/// is ended by SIGKILL. Then a database is opened on the files that it left, and a query selects all of its series.
/// With `--all-replayed`, the child does not write a checkpoint. `--kept` names a directory to open instead; it is not
/// removed.
func runRestartBenchmark() {
    let arguments = CommandLine.arguments
    if let place = arguments.firstIndex(of: "--restart-child"), place + 4 < arguments.count {
        return writeAndDie(
            arguments[place + 1], series: Int(arguments[place + 2])!, steps: Int(arguments[place + 3])!,
            checkpointLimit: Int(arguments[place + 4])!)
    }
    let series = number(after: "--series") ?? 1_000_000, steps = number(after: "--steps") ?? 4
    let kept = arguments.firstIndex(of: "--kept").map { arguments[$0 + 1] }, path = kept ?? "bench-data-\(getpid())"
    defer { if kept == nil { removeTree(path) } }
    if (try? POSIXFileSystem().exists("\(path)/MANIFEST")) != true {
        let limit = arguments.contains("--all-replayed") ? 1 << 40 : 32 << 20
        runChild(["restart", "--restart-child", path, "\(series)", "\(steps)", "\(limit)"])
    }
    measureOpening(path)
    if kept != nil { return }
    do {
        for round in ["first start", "second start"] {
            let files = POSIXFileSystem()
            let checkpoints = try bytes(below: "\(path)/checkpoints", files),
                log = try bytes(below: "\(path)/wal", files)
            let resident = residentBytes()
            let (cpu, wall) = (cpuSeconds(), wallSeconds())
            var configuration = Database.Configuration()
            configuration.durability = .buffered
            configuration.runsMaintenance = false
            let database = try Database(path: path, configuration: configuration)
            let (openCPU, openWall) = (cpuSeconds() - cpu, wallSeconds() - wall)
            report(round, "resident", Double(residentBytes() - resident) / Double(series), "bytes/series")
            let range = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
            let found = try database.readView().select([.equal("region", "eu-west")], in: range).count
            print("restart: \(round): \(database.recovery.description)")
            print("restart: \(round): \(found) series found, files: checkpoints \(checkpoints) bytes, log \(log) bytes")
            report(round, "open", openWall, "s wall")
            report(round, "open", openCPU, "s CPU")
            report(round, "open and a query that selects all series", wallSeconds() - wall, "s wall")
            // The second start finds the files of an abandoned database, which are the same.
            withExtendedLifetime(database) { if round == "first start" { copyTree(path, to: "\(path)-copy") } }
            try database.close()
            removeTree(path)
            unsafe _ = rename("\(path)-copy", path)
        }
    } catch { print("restart: failed: \(error)") }
}

/// Opens the remaining files several times, without changing them: the fastest run is what the machine can do.
private func measureOpening(_ path: String) {
    var best: (wall: Double, cpu: Double, report: RecoveryReport)?
    for _ in 0..<5 {
        let (cpu, wall) = (cpuSeconds(), wallSeconds())
        guard let database = try? Database.reading(path: path) else { return print("restart: cannot be opened") }
        let taken = (wall: wallSeconds() - wall, cpu: cpuSeconds() - cpu, report: database.recovery)
        if taken.wall < best?.wall ?? .infinity { best = taken }
        try? database.close()
    }
    guard let best else { return }
    let samples = best.report.log.replayedSamples
    report("opening", "wall", best.wall, "s")
    report("opening", "CPU", best.cpu, "s")
    report("opening", "loading the checkpoint", best.report.loadDuration / .seconds(1), "s wall")
    report("opening", "replay", best.report.replayDuration / .seconds(1), "s wall")
    report(
        "opening", "replay of \(samples) samples", best.report.replayDuration / .nanoseconds(max(1, samples)),
        "ns/sample")
}

/// Runs the child: writes, prints what it wrote, and ends without closing anything.
private func writeAndDie(_ path: String, series: Int, steps: Int, checkpointLimit: Int) {
    let perHost = 100
    var configuration = Database.Configuration()
    configuration.durability = .interval(.seconds(1))
    configuration.openByteLimit = 1 << 30
    configuration.checkpointLogByteLimit = checkpointLimit
    do {
        let database = try Database(path: path, configuration: configuration)
        var random = SeededGenerator(seed: 1)
        let start = Timestamp.now.milliseconds - Int64(steps) * 15_000
        var ids: [SeriesID] = []
        let began = cpuSeconds()
        // After these steps and the last checkpoint, continues until the log since then is nearly as long as it gets.
        var step = 0
        while step < steps
            || (checkpointLimit < 1 << 30 && database.statistics.replayBytes < 28 << 20 && step < steps + 60)
        {
            if step == steps {
                while database.statistics.replayBytes >= 28 << 20 { usleep(200_000) }
            }
            defer { step += 1 }
            for first in stride(from: 0, to: series, by: 10_000) {
                try database.append { batch in
                    for number in first..<min(first + 10_000, series) {
                        if step == 0 { ids.append(batch.series(labels(number, perHost))) }
                        let value =
                            number % 5 == 3 ? Double.random(in: 0..<1, using: &random) : Double(number % 100 + step)
                        let time = Timestamp(
                            milliseconds: start + Int64(step) * 15_000 + Int64(number / perHost % 15_000))
                        batch.append(value, at: time, to: ids[number])
                    }
                }
            }
        }
        let appended = cpuSeconds() - began
        let statistics = database.statistics
        let samples = Double(series * step)
        report("before the kill", "append, checkpoints and seals included", appended / samples * 1e9, "ns CPU/sample")
        report("before the kill", "checkpoints", Double(statistics.checkpoints), "written")
        report("before the kill", "checkpoints", Double(statistics.checkpointBytes) / samples, "bytes written/sample")
        report("before the kill", "blocks", Double(statistics.blockBytes) / samples, "bytes written/sample")
        report("before the kill", "samples per series", Double(step), "")
        report("before the kill", "log to be replayed", Double(statistics.replayBytes) / 1e6, "MB")
        report("before the kill", "log now", Double(statistics.logBytes) / samples, "bytes/sample")
        report("before the kill", "written by the process in all", Double(writtenBytes()) / samples, "bytes/sample")
        report("before the kill", "resident", Double(residentBytes()) / Double(series), "bytes/series")
        report("before the kill", "index in memory", Double(statistics.indexBytes) / Double(series), "bytes/series")
        fflush(nil)
        kill(getpid(), SIGKILL)
    } catch { print("restart: the child failed: \(error)") }
}

private func labels(_ number: Int, _ perHost: Int) -> Labels {
    Labels([
        ("__name__", "bench_metric_\(number % perHost)"), ("arch", "x86_64"),
        ("datacenter", "eu-west-\(number / 2000)"),
        ("hostname", "host_\(number / perHost)"), ("os", "Ubuntu22.04LTS"), ("rack", "\(number / perHost % 50)"),
        ("region", "eu-west"), ("service", "service-\(number / perHost % 20)"),
        ("service_environment", "production"), ("team", "team-\(number / perHost % 7)"),
    ])
}

func number(after option: String) -> Int? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: option), place + 1 < arguments.count else { return nil }
    return Int(arguments[place + 1])
}

/// Runs this program again and waits for it to end.
private func runChild(_ arguments: [String]) {
    var process = pid_t()
    var strings: [UnsafeMutablePointer<CChar>?] = unsafe (["ktsdb-bench"] + arguments).map { unsafe strdup($0) }
    unsafe strings.append(nil)
    fflush(nil)
    let failure = unsafe posix_spawn(&process, "/proc/self/exe", nil, nil, strings, environ)
    for index in unsafe strings.indices { unsafe free(strings[index]) }
    guard failure == 0 else { return print("restart: the child could not be started: error \(failure)") }
    var status: Int32 = 0
    unsafe _ = waitpid(process, &status, 0)
    if status & 0x7f != SIGKILL { print("restart: the child ended by itself, with status \(status)") }
}

private func report(_ part: String, _ name: String, _ value: Double, _ unit: String) {
    print("restart: \(part): \(name): \((value * 1000).rounded() / 1000) \(unit)")
}

/// Returns how many bytes this process has passed to `write` and similar calls.
private func writtenBytes() -> Int {
    guard let file = try? POSIXFileSystem().open("/proc/self/io") else { return 0 }
    var bytes = [UInt8](repeating: 0, count: 1024)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let count = (try? file.read(at: 0, into: &raw)) ?? 0
    let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    return lines.first { $0.hasPrefix("wchar: ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
}

private func bytes(below path: String, _ files: POSIXFileSystem) throws(FileError) -> UInt64 {
    var sum: UInt64 = 0
    for name in try files.list(path) { sum += try files.open("\(path)/\(name)").byteCount }
    return sum
}

private func copyTree(_ source: String, to target: String) {
    let files = POSIXFileSystem()
    try? files.createDirectory(target)
    for name in (try? files.list(source)) ?? [] {
        if (try? files.list("\(source)/\(name)")) != nil {
            copyTree("\(source)/\(name)", to: "\(target)/\(name)")
        } else if name != "LOCK" {
            // Blocks and checkpoints never change in place; a log or a file of series is only appended to.
            guard let input = try? files.open("\(source)/\(name)").readAll(),
                let output = try? files.create("\(target)/\(name)")
            else { continue }
            try? unsafe output.writeAll(input.span.bytes)
            output.close()
        }
    }
}
