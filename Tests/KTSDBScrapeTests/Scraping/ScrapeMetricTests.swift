import KTSDBEngine
import KTSDBScrape
import KTSDBTesting
import Testing

/// Every metric about scraping says something: it changes with its event.
@Suite struct `Every metric about scraping` {
    /// What happens, and the metrics that say so.
    struct Event: Sendable, CustomStringConvertible {
        let description: String
        let metrics: [String]
        /// The values before and after it happened.
        let values: @Sendable () async throws -> (before: Values, after: Values)
    }

    /// The sums of a family's points by its name and suffix, quantiles aside.
    typealias Values = [String: Double]

    private static func values(_ rig: StoreRig) -> Values {
        var values: Values = [:]
        for family in rig.manager.selfMetrics() {
            for point in family.points where !point.labels.contains(where: { $0.name == "quantile" }) {
                values["\(family.name)\(point.suffix)", default: 0] += point.value
            }
        }
        return values
    }

    private static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// An event that scraping some bodies is, with these fields of the job.
    private static func scraping(
        _ description: String, _ metrics: [String], fields: String = "", rounds: Int = 1,
        targets: [String] = ["/m"], type: String = "text/plain; version=0.0.4",
        _ page: @escaping @Sendable (Int) -> String
    ) -> Event {
        Event(description: description, metrics: metrics.map { "prometheus_target_\($0)" }) {
            var configuration = Database.Configuration()
            configuration.maximumFuture = .seconds(600)
            let rig = try await StoreRig(database: configuration) { _, round in
                .page(Array(page(round).utf8), contentType: type)
            }
            let before = values(rig)
            try await rig.apply(fields, paths: targets)
            for _ in 0..<rounds { await rig.scrape(targets.count) }
            let after = values(rig)
            await rig.end()
            return (before, after)
        }
    }

    static let events: [Event] = [
        scraping(
            "a job",
            [
                "scrape_pools_total", "scrape_pool_targets", "scrape_pool_target_limit", "scrape_pool_sync_total",
                "sync_length_seconds_sum", "sync_length_seconds_count", "interval_length_seconds_sum",
                "interval_length_seconds_count",
            ], fields: "target_limit: 3", rounds: 2
        ) { _ in "a 1\n" },
        scraping("metadata", ["metadata_cache_entries", "metadata_cache_bytes"]) { _ in
            "# TYPE a gauge\n# HELP a Something.\na 1\n"
        },
        scraping(
            "too many targets", ["scrape_pool_exceeded_target_limit_total"], fields: "target_limit: 1",
            targets: ["/a", "/b"]
        ) { _ in "a 1\n" },
        scraping("too many labels", ["scrape_pool_exceeded_label_limits_total"], fields: "label_limit: 3") { _ in
            "a{b=\"1\"} 1\n"
        },
        scraping("too many bytes", ["scrapes_exceeded_body_size_limit_total"], fields: "body_size_limit: 10B") { _ in
            "a 1\nb 1\nc 1\nd 1\n"
        },
        scraping("too many samples", ["scrapes_exceeded_sample_limit_total"], fields: "sample_limit: 1") { _ in
            "a 1\nb 1\n"
        },
        scraping(
            "too many buckets", ["scrapes_exceeded_native_histogram_bucket_limit_total"],
            fields: "convert_classic_histograms_to_nhcb: true\nnative_histogram_bucket_limit: 1"
        ) { _ in "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 2\nh_count 2\n" },
        scraping("another value at the same time", ["scrapes_sample_duplicate_timestamp_total"], rounds: 2) { round in
            "a \(round) 1000\n"
        },
        scraping("an older sample", ["scrapes_sample_out_of_order_total"], rounds: 2) { round in
            "a 1 \(999_990_000 - round)\n"
        },
        scraping("a sample of the far future", ["scrapes_sample_out_of_bounds_total"]) { _ in
            "a 1 9000000000000\n"
        },
        scraping("an older exemplar", ["scrapes_exemplar_out_of_order_total"], rounds: 2, type: openMetrics) { round in
            "# TYPE a counter\na_total \(round) # {t=\"\(round)\"} 1 \(100 - round)\n# EOF\n"
        },
        scraping("ever new series on pages that are refused", ["scrapes_cache_flush_forced_total"], rounds: 12) {
            round in
            (0..<600).map { "a{x=\"\(round)-\($0)\"} 1\n" }.joined() + "broken\n"
        },
        Event(description: "a scrape that cannot be stored", metrics: ["ktsdb_scrapes_not_stored_total"]) {
            let rig = try await StoreRig(pages: ["a 1\n"])
            try await rig.apply()
            let before = values(rig)
            try rig.database.close()
            await rig.scrape()
            let after = values(rig)
            await rig.end()
            return (before, after)
        },
        Event(
            description: "a job that changes",
            metrics: [
                "prometheus_target_scrape_pool_reloads_total", "prometheus_target_reload_length_seconds_sum",
                "prometheus_target_reload_length_seconds_count",
            ]
        ) {
            let rig = try await StoreRig(pages: ["a 1\n"])
            try await rig.apply()
            let before = values(rig)
            try await rig.apply("honor_labels: true")
            let after = values(rig)
            await rig.end()
            return (before, after)
        },
        Event(description: "a target that makes no sense", metrics: ["prometheus_target_sync_failed_total"]) {
            let rig = try await StoreRig(pages: ["a 1\n"])
            try await rig.apply()
            let before = values(rig)
            await rig.manager.apply(
                try .parse(
                    """
                    scrape_configs:
                    - job_name: j
                      static_configs: [{targets: ['a:1'], labels: {__scrape_interval__: never}}]
                    """, path: "prometheus.yml"))
            let after = values(rig)
            await rig.end()
            return (before, after)
        },
        Event(
            description: "a file of targets",
            metrics: [
                "prometheus_sd_file_read_errors_total", "prometheus_sd_file_mtime_seconds",
                "prometheus_sd_file_scan_duration_seconds_sum", "prometheus_sd_file_scan_duration_seconds_count",
            ]
        ) {
            let rig = try await StoreRig(pages: ["a 1\n"]), directory = TemporaryDirectory()
            let before = values(rig)
            let path = try directory.write("[", to: "t.json")
            await rig.manager.apply(
                try .parse(
                    "scrape_configs: [{job_name: f, file_sd_configs: [{files: ['\(path)']}]}]", path: "prometheus.yml"))
            let after = values(rig)
            await rig.end()
            return (before, after)
        },
        discovering(
            "a directory that cannot be watched", "file_sd_configs: [{files: [/does/not/exist/t.json]}]",
            ["prometheus_sd_file_watcher_errors_total"]),
        discovering(
            "a list of targets on a web server", "http_sd_configs: [{url: 'http://127.0.0.1:PORT/list'}]",
            [
                "prometheus_sd_discovered_targets", "prometheus_sd_received_updates_total",
                "prometheus_sd_updates_total", "prometheus_sd_last_update_timestamp_seconds",
                "prometheus_sd_refresh_duration_seconds_sum", "prometheus_sd_refresh_duration_seconds_count",
                "prometheus_sd_refresh_duration_histogram_seconds_bucket",
                "prometheus_sd_refresh_duration_histogram_seconds_sum",
                "prometheus_sd_refresh_duration_histogram_seconds_count",
            ]),
        discovering(
            "a web server without a list", "http_sd_configs: [{url: 'http://127.0.0.1:PORT/none'}]",
            ["prometheus_sd_http_failures_total", "prometheus_sd_refresh_failures_total"]),
        discovering(
            "a name that cannot be looked up", "dns_sd_configs: [{names: [x.org]}]",
            ["prometheus_sd_dns_lookups_total", "prometheus_sd_dns_lookup_failures_total"]),
        discovering(
            "a service of Consul", "consul_sd_configs: [{server: '127.0.0.1:PORT', datacenter: d, services: [s]}]",
            [
                "prometheus_sd_consul_rpc_failures_total", "prometheus_sd_consul_rpc_duration_seconds_sum",
                "prometheus_sd_consul_rpc_duration_seconds_count",
            ]),
        discovering(
            "pods of Kubernetes",
            "kubernetes_sd_configs: [{role: pod, api_server: 'http://127.0.0.1:PORT'}]",
            ["prometheus_sd_kubernetes_events_total", "prometheus_sd_kubernetes_failures_total"]),
        discovering(
            "a configuration for a pod of Kubernetes", "kubernetes_sd_configs: [{role: pod}]",
            ["prometheus_sd_failed_configs"]),
    ]

    /// What a server at PORT answers to discoveries.
    private static func answer(_ path: String) -> LoopbackServer.Answer {
        switch path.prefix(while: { $0 != "?" }) {
        case "/list": .page(Array(#"[{"targets": ["a:1"]}]"#.utf8), contentType: "application/json")
        case "/api/v1/pods" where !path.contains("watch"):
            .page(
                #"{"metadata": {"resourceVersion": "1"}, "items": [{"metadata": {"name": "p", "namespace": "n"}}]}"#)
        default: .page([], status: "500 No")
        }
    }

    /// An event that a discovery with these fields of a job is.
    private static func discovering(_ description: String, _ fields: String, _ metrics: [String]) -> Event {
        Event(description: description, metrics: metrics) {
            var options = DiscoveryOptions()
            options.resolverFile = "/does/not/exist"
            options.kubernetesAddress = nil
            let rig = try await StoreRig(discovery: options) { path, _ in answer(path) }, before = values(rig)
            let text = fields.replacing("PORT", with: String(rig.server.port))
            await rig.manager.apply(
                try .parse("scrape_configs: [{job_name: d, \(text)}]", path: "prometheus.yml"))
            try await wait {
                let now = values(rig)
                return metrics.allSatisfy { now[$0] ?? 0 != before[$0] ?? 0 }
            }
            let after = values(rig)
            await rig.end()
            return (before, after)
        }
    }

    @Test(arguments: events) func `changes when its event happens`(event: Event) async throws {
        let (before, after) = try await event.values()
        for name in event.metrics {
            #expect(after[name] != nil, "\(name) is not exported")
            #expect(before[name] ?? 0 != after[name] ?? 0, "\(name) is still \(after[name] ?? 0)")
        }
    }

    @Test func `is known to this test`() async throws {
        let rig = try await StoreRig(pages: ["a 1\n"])
        try await rig.apply()
        for _ in 0..<2 { await rig.scrape() }
        let known = Set(Self.events.flatMap(\.metrics))
        for family in rig.manager.selfMetrics() {
            let suffixes: [SelfMetricFamily.Kind: [String]] = [
                .summary: ["_sum", "_count"], .histogram: ["_bucket", "_sum", "_count"],
            ]
            for suffix in suffixes[family.kind] ?? [""] {
                #expect(known.contains(family.name + suffix), "no event is known to change \(family.name)\(suffix)")
            }
        }
        await rig.end()
    }
}
