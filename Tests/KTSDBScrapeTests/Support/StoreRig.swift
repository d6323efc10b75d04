import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import Logging
import NIOHTTP1
import Synchronization
import Testing

/// A server whose bodies a test gives, a manager that scrapes it by a clock that the test moves, and the database
/// behind.
struct StoreRig {
    let clock = ManualClock()
    let database: Database
    let manager: ScrapeManager
    let server: LoopbackServer

    /// `answer` gets the path and how often it was asked for before.
    init(
        database configuration: Database.Configuration = .init(), features: (inout ScrapeFeatures) -> Void = { _ in },
        discovery: DiscoveryOptions = .init(),
        answer: @escaping @Sendable (_ path: String, _ round: Int) -> LoopbackServer.Answer
    ) async throws {
        // As a server's: late samples are refused.
        var configuration = configuration
        configuration.outOfOrderWindow = configuration.outOfOrderWindow ?? .zero
        database = .inMemory(configuration)
        var enabled = ScrapeFeatures()
        features(&enabled)
        let rounds = Rounds()
        server = try await LoopbackServer { answer($0.uri, rounds.next($0.uri)) }
        manager = ScrapeManager(
            database: database, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            features: enabled, discovery: discovery)
    }

    /// One target whose bodies are these, the last one over and over.
    init(pages: [String]) async throws {
        try await self.init { _, round in .page(pages[min(round, pages.count - 1)]) }
    }

    private final class Rounds: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        func next(_ path: String) -> Int {
            counts.withLock { counts in
                defer { counts[path, default: 0] += 1 }
                return counts[path, default: 0]
            }
        }
    }

    /// Applies one job named `j` with more fields, an interval of 10 s and a target for each path, named after it.
    func apply(_ fields: String = "", paths: [String] = ["/m"]) async throws {
        var text = "scrape_configs:\n- job_name: j\n  scrape_interval: 10s\n"
        for field in fields.split(separator: "\n") { text += "  \(field)\n" }
        text += "  static_configs:\n"
        for path in paths {
            text +=
                "  - {targets: ['127.0.0.1:\(server.port)'], labels: {__metrics_path__: '\(path)', instance: '\(path)'}}\n"
        }
        await manager.apply(try Configuration.parse(text, path: "prometheus.yml"))
        await clock.sleepers(paths.count)
    }

    /// Lets each of `targets` targets be scraped once; the time of the last one.
    @discardableResult
    func scrape(_ targets: Int = 1) async -> Int64 {
        await clock.wake(targets)
        return clock.now.milliseconds
    }

    /// A stored sample; values are compared as text, so that stale markers and NaNs can be too.
    struct Stored: Equatable, CustomStringConvertible {
        let time: Int64
        let value: String

        init(_ time: Int64, _ value: Double) {
            self.time = time
            self.value = value.isStaleMarker ? "stale" : value.isNaN ? "nan" : "\(value)"
        }

        var description: String { "\(value)@\(time)" }
    }

    /// All samples of the series with this name, by series; without the labels `job` and `instance`.
    func samples(_ metric: String, instance: String = "/m") throws -> [Labels: [Stored]] {
        try samples(matching: [.name(metric), .equal("instance", instance)])
    }

    func samples(matching matchers: [LabelMatcher]) throws -> [Labels: [Stored]] {
        let range = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
        var result: [Labels: [Stored]] = [:]
        let selected = try database.readView().select(matchers, in: range)
        var columns = SampleColumns()
        for position in 0..<selected.count {
            try selected.decode(position, into: &columns)
            if columns.values.count == 0 { continue }
            result[try selected.labels(at: position).removing(["instance", "job"])] = (0..<columns.values.count).map {
                Stored(columns.times.span[$0], columns.values.span[$0])
            }
        }
        return result
    }

    /// The native histograms of the only series with this name, in the order of time.
    func histograms(_ metric: String, instance: String = "/m") throws -> [Histogram] {
        let range = Timestamp(milliseconds: -1 << 50)...Timestamp(milliseconds: 1 << 50)
        let selected = try database.readView().select([.name(metric), .equal("instance", instance)], in: range)
        var columns = SampleColumns(), found: [Histogram] = []
        for position in 0..<selected.count {
            try selected.decode(position, into: &columns)
            found += columns.histograms.values
        }
        return found
    }

    /// The values of the only series with this name, in the order of time.
    func values(_ metric: String, instance: String = "/m") throws -> [String] {
        let found = try samples(metric, instance: instance)
        #expect(found.count <= 1)
        return found.first?.value.map(\.value) ?? []
    }

    func counter(_ name: String) -> Double? {
        manager.selfMetrics().first { $0.name == name }?.points.first?.value
    }

    func end() async {
        await manager.stop()
        await server.close()
        try? database.close()
    }
}
