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

    @Test func `is known to one of these tests`() async throws {
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
        let rules = Shared<Set<String>>([])
        try await RuledServer.run(MetricEvent.rules) { ruled in
            let page = MetricPage(try await ruled.text("/metrics"))
            rules.withLock { $0 = Set(page.values.keys.filter { $0.hasPrefix("prometheus_rule_") }) }
        }
        let sending = try await MetricEvent.sending { _ in }, notifying = try await NotifierWorld.pages { _ in }
        let heartbeats = try await MetricEvent.heartbeats { _, _ in }
        let exported = Set(pages.after.values.keys).union(rules.withLock { $0 }).union(sending.after.values.keys)
            .union(notifying.after.values.keys.filter { $0.hasPrefix("alertmanager_") || $0.contains("_notifier_") })
            .union(heartbeats.after.values.keys.filter { $0.hasPrefix("ktsdb_heartbeats_") })
            .subtracting(scraping.withLock { $0 })
        let known = Set(Self.events.flatMap(\.metrics) + Self.values.keys)
        #expect(exported.subtracting(known).sorted() == [], "no event is known to change these")
        #expect(known.subtracting(exported).sorted() == [], "these are not exported")
    }
}
