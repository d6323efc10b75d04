import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBServer
import Testing

/// Every metric that the server exports says something: it changes with its event, or has the right value.
///
/// Those about scraping have a test of their own beside the scrape loops.
@Suite struct `Every metric of the server` {
    private static let events =
        MetricEvent.ofServer + MetricEvent.ofConnections + MetricEvent.ofDatabase + MetricEvent.ofRules
        + MetricEvent.ofAlertmanager + MetricEvent.ofNotifier + MetricEvent.ofSending + MetricEvent.ofHeartbeats

    @Test(arguments: events) func `changes when its event happens`(event: MetricEvent) async throws {
        let pages = try await event.pages()
        for name in event.metrics {
            let before = pages.before[name], after = pages.after[name]
            #expect(after != nil, "\(name) is not on the page")
            #expect(before != after, "\(name) is still \(after ?? .nan)")
        }
    }

    /// Metrics that no event changes: what they must be. `alertmanager_cluster_enabled` is as in an Alertmanager
    /// without a cluster.
    private static let values: [String: @Sendable (Double) -> Bool] = [
        "ktsdb_build_info": { $0 == 1 }, "prometheus_build_info": { $0 == 1 }, "alertmanager_build_info": { $0 == 1 },
        "process_cpu_seconds_total": { $0 > 0 }, "process_max_fds": { $0 >= 64 }, "process_open_fds": { $0 > 2 },
        "process_resident_memory_bytes": { $0 > 0x1p20 }, "process_virtual_memory_bytes": { $0 > 0x1p20 },
        "process_threads": { $0 >= 1 },
        "process_start_time_seconds": { abs(Date.now.timeIntervalSince1970 - $0) < 86_400 },
        "prometheus_engine_queries_concurrent_max": { $0 == 7 }, "ktsdb_query_memory_limit_bytes": { $0 == 0x1p30 },
        "ktsdb_memory_limit_bytes": { $0 == 0 },
        "ktsdb_http_connections_max": { $0 == 3 }, "prometheus_tsdb_retention_limit_seconds": { $0 == 3600 },
        "prometheus_tsdb_retention_limit_bytes": { $0 == 1_048_576 },
        "prometheus_tsdb_retention_limit_percentage": { $0 == 0 },
        "prometheus_tsdb_exemplar_max_exemplars": { $0 == 100_000 },
        "prometheus_tsdb_data_replay_duration_seconds": { $0 >= 0 },
        "prometheus_notifications_queue_capacity": { $0 == 77 }, "alertmanager_cluster_enabled": { $0 == 0 },
    ]

    @Test func `that no event changes has the right value`() async throws {
        let pages = try await MetricPages.of(options: {
            $0.queryMaximumConcurrency = 7
            $0.queryMaximumBytes = 1 << 30
            $0.maximumConnections = 3
            $0.retentionTime = .seconds(3600)
            $0.retentionBytes = 1 << 20
            $0.notificationQueueCapacity = 77
        }) { _ in }
        let notifying = try await NotifierWorld.pages { _ in }
        for (name, isRight) in Self.values {
            let value = try #require(pages.after[name] ?? notifying.after[name], "\(name)")
            #expect(isRight(value), "\(name) is \(value)")
        }
    }

    /// The pages of servers that together have every family.
    private static func allPages() async throws -> (pages: [MetricPage], ofScraping: Set<String>) {
        let scraping = Shared<Set<String>>([])
        var configuration = Database.Configuration()
        configuration.seriesLimits = MetricEvent.limits
        let pages = try await MetricPages.of(database: .inMemory(configuration)) { server in
            try server.store(["__name__": "a"], [(1, 1)])
            _ = try await server.get("/api/v2/status")
            let families = server.scraping.selfMetrics()
            scraping.withLock { known in
                for family in families {
                    for suffix in ["", "_bucket", "_sum", "_count"] { known.insert(family.name + suffix) }
                }
            }
        }
        let rules = Shared(MetricPage())
        try await RuledServer.run(MetricEvent.rules) { ruled in
            let page = MetricPage(try await ruled.text("/metrics"))
            rules.withLock { $0 = page }
        }
        let sending = try await MetricEvent.sending { _ in }, notifying = try await NotifierWorld.pages { _ in }
        let heartbeats = try await MetricEvent.heartbeats { _, _ in }
        return (
            [pages.after, rules.withLock { $0 }, sending.after, notifying.after, heartbeats.after],
            scraping.withLock { $0 }
        )
    }

    @Test func `is known to one of these tests`() async throws {
        let (pages, ofScraping) = try await Self.allPages()
        let names = pages.map { Set($0.values.keys) }
        let exported = names[0].union(names[1].filter { $0.hasPrefix("prometheus_rule_") }).union(names[2])
            .union(names[3].filter { $0.hasPrefix("alertmanager_") || $0.contains("_notifier_") })
            .union(names[4].filter { $0.hasPrefix("ktsdb_heartbeats_") })
            .subtracting(ofScraping)
        let known = Set(Self.events.flatMap(\.metrics) + Self.values.keys)
        #expect(exported.subtracting(known).sorted() == [], "no event is known to change these")
        #expect(known.subtracting(exported).sorted() == [], "these are not exported")
    }

    @Test func `of ktsdb's own is in the table of Documentation/metrics.md`() async throws {
        var families: [String: (type: String, help: String)] = [:]
        for page in try await Self.allPages().pages {
            families.merge(page.families.filter { $0.key.hasPrefix("ktsdb_") }) { first, _ in first }
        }
        var table = "| metric | type | what it says |\n| --- | --- | --- |\n"
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            table += "| `\(name)` | \(family.type) | \(family.help.replacing("|", with: "\\|")) |\n"
        }
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let file = root.appending(path: "Documentation/metrics.md")
        let text = try String(contentsOf: file, encoding: .utf8), title = "\n## All that begin with `ktsdb_`\n\n"
        let start = try #require(text.firstRange(of: title)?.upperBound)
        if ProcessInfo.processInfo.environment["KTSDB_WRITE_DOCUMENTATION"] != nil {
            try (text[..<start] + table).write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(
                text[start...] == table,
                "Run `KTSDB_WRITE_DOCUMENTATION=1 swift test --filter 'Every metric'` to write it again.")
        }
    }
}
