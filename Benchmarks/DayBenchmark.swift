import CLibrary
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import PromQL
import Synchronization

/// Simulates a day of scraping with churn, retention and compactions, by a clock that runs as fast as the machine can:
/// `day --series N --churn PART --hours N --interval SECONDS --memory-limit MIB --retention HOURS --no-queries`.
///
/// Targets have 500 series each. In an hour, the part `--churn` of them is replaced: their series end with staleness
/// markers, and as many new ones begin. Every 15 seconds of the simulated time maintenance runs, and seals,
/// checkpoints, compactions and retention with it. Meanwhile another thread asks questions without a pause. With a
/// limit, the ledger knows what the process holds, as in the server.
///
/// Prints every simulated hour, and at the end who held how much at most, and what was refused and why.
func runDayBenchmark() {
    let path = "bench-data-\(getpid())"
    defer { removeTree(path) }
    do { try DaySimulation(path).run() } catch { print("day: failed: \(error)") }
}

/// The number after an option of the command line; a unit after it is ignored.
private func option(_ name: String) -> Double? {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
    return Double(arguments[place + 1].prefix { $0.isNumber || $0 == "." })
}

private final class DaySimulation {
    private static let perTarget = 500

    private let seriesCount = Int(option("--series") ?? 100_000)
    private let churn = option("--churn") ?? 0.25
    private let hours = option("--hours") ?? 24
    private let interval = Int(option("--interval") ?? 15)
    private let limit = option("--memory-limit").map { Int($0) << 20 }
    private let retention = option("--retention") ?? 12

    private let clock = ManualClock()
    private let memory: MemoryLedger
    private let database: Database
    private let questions: Questions
    private var random = SeededGenerator(seed: 1)
    private var targets: [DayTarget] = []
    private var nextTarget = 0
    private var values: [Double]
    private var counts = DayCounts()

    init(_ path: String) throws {
        memory = MemoryLedger(limit: limit)
        var configuration = Database.Configuration()
        configuration.clock = .manual(clock)
        configuration.memory = memory
        configuration.durability = .buffered
        configuration.runsMaintenance = false
        configuration.retention = .seconds(Int64(retention * 3600))
        database = try Database(path: path, configuration: configuration)
        questions = Questions(database, clock, memory)
        values = Array(repeating: 0, count: seriesCount)
    }

    func run() throws {
        HeapMemory.limitArenas(to: 2)
        for _ in 0..<(seriesCount / Self.perTarget) { targets.append(newTarget()) }
        if !CommandLine.arguments.contains("--no-queries") { questions.start() }
        let steps = Int(hours * 3600) / interval
        var due = 0.0
        for step in 0..<steps {
            clock.advance(by: .seconds(Int64(interval)))
            for place in targets.indices { try scrape(place) }
            due += Double(targets.count) * churn * Double(interval) / 3600
            while due >= 1 {
                due -= 1
                try replace(Int.random(in: 0..<targets.count, using: &random))
            }
            for _ in 0..<max(1, interval / 15) { maintain() }
            if (step + 1) * interval % 3600 < interval { report((step + 1) * interval / 3600) }
        }
        questions.stop()
        summarize()
        try database.close()
    }

    private func newTarget() -> DayTarget {
        nextTarget += 1
        return DayTarget(number: nextTarget, ids: [])
    }

    private func maintain() {
        database.maintain()
        memory.noteProcess(bytes: anonymousBytes())
        counts.peakResident = max(counts.peakResident, residentBytes())
        counts.peakAnonymous = max(counts.peakAnonymous, anonymousBytes())
    }

    /// Stores one scrape body of a target, as the server does: by ids that were looked up once.
    private func scrape(_ place: Int) throws {
        // A scrape that had series refused looks them up again, a minute later.
        if targets[place].looksUpAgain, clock.now >= targets[place].lookUpTime { targets[place].ids = [] }
        let time = clock.now + .milliseconds(Int64(place) % 1000)
        let summary = try database.append { batch in
            let isNew = targets[place].ids.isEmpty
            if isNew { targets[place].lookUpTime = clock.now + .seconds(60) }
            for number in 0..<Self.perTarget {
                if isNew { targets[place].ids.append(batch.series(labels(targets[place].number, number))) }
                let index = place * Self.perTarget + number
                values[index] = benchmarkValue(of: number, after: values[index], &random)
                batch.append(values[index], at: time, to: targets[place].ids[number])
            }
        }
        counts.add(summary)
        if summary.rejections[.staleSeriesID] != nil { targets[place].ids = [] }
        targets[place].looksUpAgain = summary.rejections[.memoryLimit] != nil
    }

    /// Ends the series of a target, and begins those of another one.
    private func replace(_ place: Int) throws {
        let time = clock.now + .milliseconds(1000)
        _ = try database.append { batch in
            for id in targets[place].ids { batch.append(.staleMarker, at: time, to: id) }
        }
        targets[place] = newTarget()
        counts.replaced += 1
    }

    private func labels(_ target: Int, _ number: Int) -> Labels {
        Labels([
            ("__name__", "bench_metric_\(number % 250)"), ("cluster", "production-eu-west-1"),
            ("code", "\(number / 250)"), ("container", "service-\(target % 20)"),
            ("instance", "10.\(target / 65536).\(target / 256 % 256).\(target % 256):8080"),
            ("job", "service-\(target % 20)"), ("namespace", "team-\(target % 7)"),
            ("pod", "service-\(target % 20)-\(target &* 2_654_435_761 % 0xfffff)-\(target)"),
        ])
    }

    private func report(_ hour: Int) {
        let statistics = database.statistics
        print(
            "day: hour \(hour): resident \(mebibytes(residentBytes())) MiB, of its own \(mebibytes(anonymousBytes())),",
            "counted \(mebibytes(memory.bytes - memory.bytes(of: .other))); \(statistics.series) series,",
            "\(statistics.blocks) blocks of \(mebibytes(Int(statistics.blockBytes))) MiB, \(statistics.seals) seals,",
            "\(statistics.compactions.completed) compactions, pressure \(memory.pressure);",
            "refused \(counts.refused) samples; \(questions.summary)")
        fflush(nil)
    }

    private func summarize() {
        print(
            "day: \(counts.appended) samples, \(counts.replaced) of \(targets.count) targets replaced;",
            "peak: resident \(mebibytes(max(counts.peakResident, peakResidentBytes()))) MiB,",
            "of its own \(mebibytes(counts.peakAnonymous)) MiB, limit \(limit.map { "\(mebibytes($0)) MiB" } ?? "none")"
        )
        for holding in memory.holdings where holding.peakBytes > 0 {
            let peak = format(Double(holding.peakBytes) / 0x1p20, 8, 1)
            print("day:   \(padded(holding.holder.rawValue, 12)) at most \(peak) MiB")
        }
        for (reason, count) in counts.rejections { print("day: refused \(count) samples: \(reason.rawValue)") }
        print("day: \(memory.refusals); \(questions.summary)")
        let statistics = database.statistics
        print(
            "day: \(statistics.seals) seals, \(statistics.failedSeals) failed; \(statistics.checkpoints) checkpoints;",
            "\(statistics.compactions.completed) compactions, \(statistics.compactions.failed) failed;",
            "\(statistics.retention.removedBlocks) blocks removed by retention; blocks \(statistics.blockBytes) bytes,",
            "\(format(Double(statistics.blockBytes) / Double(max(1, statistics.blockSamples)), 0)) bytes a sample")
    }
}

private struct DayTarget {
    var number: Int
    var ids: [SeriesID]
    var looksUpAgain = false
    var lookUpTime = Timestamp(milliseconds: 0)
}

private struct DayCounts {
    var appended = 0, refused = 0, replaced = 0
    var rejections: [RejectionReason: Int] = [:]
    var peakResident = 0, peakAnonymous = 0

    mutating func add(_ summary: CommitSummary) {
        appended += summary.appended
        refused += summary.rejected
        for (reason, count) in summary.rejections { rejections[reason, default: 0] += count }
    }
}

/// Asks questions, one after the other, on a thread of their own.
private final class Questions: Sendable {
    private static let texts: [(text: String, hours: Int)] = [
        ("sum by (job) (rate(bench_metric_0[5m]))", 1), ("count({__name__=~\"bench_metric_1.*\"})", 0),
        ("topk(5, sum by (pod) (rate(bench_metric_7[5m])))", 6), ("quantile(0.9, {namespace=\"team-3\"})", 1),
        ("avg_over_time(bench_metric_3[1h])", 12),
    ]

    private let database: Database
    private let clock: ManualClock
    private let engine: PromQLEngine
    private let isStopping = Atomic(false), isDone = Atomic(true)
    private let answered = Atomic(0), refused = Atomic(0), failed = Atomic(0)

    init(_ database: Database, _ clock: ManualClock, _ memory: MemoryLedger) {
        self.database = database
        self.clock = clock
        var options = EngineOptions()
        options.memory = memory
        engine = PromQLEngine(options)
    }

    var summary: String {
        "queries: \(answered.load(ordering: .relaxed)) answered, \(refused.load(ordering: .relaxed)) refused for memory, "
            + "\(failed.load(ordering: .relaxed)) failed"
    }

    func start() {
        isDone.store(false, ordering: .relaxed)
        Task.detached { [self] in
            var number = 0
            while !isStopping.load(ordering: .relaxed) {
                let (text, hours) = Self.texts[number % Self.texts.count]
                number += 1
                await ask(text, hours)
                // The machine has other work to do.
                usleep(50_000)
            }
            isDone.store(true, ordering: .releasing)
        }
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        while !isDone.load(ordering: .acquiring) { usleep(1000) }
    }

    private func ask(_ text: String, _ hours: Int) async {
        let end = clock.now, view = database.readView()
        do throws(QueryError) {
            if hours == 0 {
                _ = try await engine.query(text, at: end, in: view)
            } else {
                let range = (end + .seconds(-3600 * Int64(hours)))...end
                _ = try await engine.query(text, over: range, step: .seconds(60 * Int64(hours)), in: view)
            }
            answered.add(1, ordering: .relaxed)
        } catch {
            switch error {
            case .memoryLimit, .memoryInUse: refused.add(1, ordering: .relaxed)
            default: if failed.add(1, ordering: .relaxed).newValue == 1 { print("day: a query failed: \(error)") }
            }
        }
    }
}

private func mebibytes(_ bytes: Int) -> Int { bytes >> 20 }
