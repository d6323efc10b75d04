import HTTPTypes
import HummingbirdTesting
import KTSDBModel
import KTSDBServer
import Testing

@Suite struct `Status over HTTP` {
    @Test func `Build information has no features, which Grafana would take for Mimir`() async throws {
        try await TestServer.run { server in
            let text = try await server.get("/api/v1/status/buildinfo").text
            #expect(
                text.hasPrefix(#"{"status":"success","data":{"version":"\#(BuildInformation.version)","revision":""#))
            #expect(!text.contains("features"))
        }
    }

    @Test func `Flags and configuration are shown as they are`() async throws {
        try await TestServer.run(
            configuration: "scrape_configs: [{job_name: j}]", options: { $0.externalURL = "http://a/b/" }
        ) { server in
            let flags = try await server.get("/b/api/v1/status/flags").text
            #expect(flags.hasPrefix(#"{"status":"success","data":{"alertmanager."#))
            #expect(flags.contains(#","config.file":"prometheus.yml","enable-feature":"","#))
            #expect(flags.contains(#""storage.tsdb.retention.time":"0s""#))
            #expect(flags.contains(#""web.external-url":"http://a/b/""#) && flags.contains(#""web.route-prefix":"/b""#))
            let text = try await server.get("/b/api/v1/status/config").text
            #expect(text.contains(#"scrape_configs:\n- job_name: j\n"#))
            #expect(
                try await server.get("/b/api/v1/scrape_pools/config?scrapePool=j").text.contains(
                    #"{"yaml":"job_name: j\n"#))
        }
    }

    @Test func `Who holds memory is shown, and what is refused because of the limit`() async throws {
        try await TestServer.run(options: { $0.memoryLimit = 512 << 20 }) { server in
            try server.store(["__name__": "a"], [(1, 1)])
            server.state.memory.noteProcess(bytes: 490 << 20)
            server.state.memory.noteProcess(bytes: 100 << 20)
            let calm = try await server.get("/api/v1/status/memory").text
            #expect(
                calm.hasPrefix(
                    """
                    {"status":"success","data":{"bytes":104857600,"peakBytes":513802240,"pressure":"none",\
                    "limitBytes":536870912,"softBytes":402653184,"hardBytes":503316480,"floorBytes":520093696,\
                    "holders":[{"name":"samples","bytes":0,"peakBytes":0},
                    """))
            #expect(calm.contains(#"{"name":"other","bytes":104857600,"peakBytes":513802240}]"#))
            #expect(calm.hasSuffix(#""refused":{"series":0,"queries":0,"endedQueries":0}}}"#))
            server.state.memory.noteProcess(bytes: 500 << 20)
            let refused = try await server.get("/api/v1/query?query=sum(a)&time=1")
            #expect(refused.status == .unprocessableContent)
            #expect(refused.text.contains("The limit is set by --storage.memory-limit."))
            let scarce = try await server.get("/api/v1/status/memory").text
            #expect(scarce.contains(#""pressure":"floor""#) && !scarce.contains(#""queries":0"#))
        }
        try await TestServer.run { server in
            let text = try await server.get("/api/v1/status/memory").text
            #expect(!text.contains("limitBytes"))
        }
    }

    @Test func `Runtime information tells retention and reloads`() async throws {
        try await TestServer.run { server in
            let text = try await server.get("/api/v1/status/runtimeinfo").text
            for part in [#""storageRetention":"15d""#, #""reloadConfigSuccess":true"#, #""corruptionCount":0"#] {
                #expect(text.contains(part))
            }
        }
    }

    @Test func `The largest of names, values and pairs are counted`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a", "x": "1"], [(1, 1)])
            try server.store(["__name__": "a", "x": "22"], [(2, 1)])
            try server.store(["__name__": "b", "x": "1"], [(3, 1)])
            try await server.expectData(
                "/api/v1/status/tsdb?limit=1",
                """
                {"headStats":{"numSeries":3,"numLabelPairs":4,"chunkCount":3,"minTime":1000,"maxTime":3000},\
                "seriesCountByMetricName":[{"name":"a","value":2}],\
                "labelValueCountByLabelName":[{"name":"__name__","value":2}],\
                "memoryInBytesByLabelName":[{"name":"__name__","value":33}],\
                "seriesCountByLabelValuePair":[{"name":"__name__=a","value":2}]}
                """)
            try await server.expectError(
                "/api/v1/status/tsdb?limit=0", .badRequest, "bad_data", "limit must be a positive number")
            try await server.expectError(
                "/api/v1/status/tsdb?limit=10001", .badRequest, "bad_data", "limit must not exceed 10000")
        }
    }

    @Test func `The own metrics are a page that can be scraped`() async throws {
        try await TestServer.run { server in
            try server.store(["__name__": "a"], [(1, 1)])
            _ = try await server.get("/api/v1/query?query=1")
            let response = try await server.get("/metrics")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = response.text.split(separator: "\n")
            for line in [
                "prometheus_tsdb_head_series 1", "prometheus_ready 1", "ktsdb_queries_total 1",
                #"prometheus_tsdb_head_samples_appended_total{type="float"} 1"#,
                #"prometheus_http_requests_total{code="200",handler="/api/v1/query"} 1"#,
                "prometheus_engine_queries_concurrent_max 20", "prometheus_config_last_reload_successful 1",
            ] {
                #expect(lines.contains { $0 == line }, "\(line)")
            }
            for name in [
                "process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds",
                "process_open_fds", "prometheus_build_info", "prometheus_target_scrape_pools_total",
            ] {
                let values = lines.filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
                #expect(values.count == 1, "\(name)")
            }
            let resident = try #require(lines.first { $0.hasPrefix("process_resident_memory_bytes ") })
            #expect(Double(resident.split(separator: " ")[1]) ?? 0 > 1_000_000)
        }
    }
}
