import Foundation
import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Logging
import NIOCore
import NIOEmbedded
import PrometheusWire
import Testing

@testable import KTSDBServer

extension MetricEvent {
    /// What clients and operators do.
    static let ofServer: [MetricEvent] = [
        MetricEvent(
            "a query",
            [
                "prometheus_http_requests_total", "prometheus_http_request_duration_seconds_sum",
                "prometheus_http_request_duration_seconds_count", "ktsdb_queries_total", "ktsdb_query_samples_total",
                "ktsdb_query_duration_seconds_sum", "ktsdb_query_duration_seconds_count",
                "prometheus_engine_query_samples_total", "prometheus_http_response_size_bytes_sum",
                "prometheus_http_response_size_bytes_count",
            ]
                + ["inner_eval", "prepare_time", "queue_time", "result_sort"].flatMap { slice in
                    ["seconds_sum", "seconds_count", "histogram_seconds_sum", "histogram_seconds_count"].map {
                        "prometheus_engine_query_duration_\($0){slice=\"\(slice)\"}"
                    }
                }
        ) {
            try await MetricPages.of { server in
                for index in 0..<100 { try server.store(["__name__": "m", "i": "\(index)"], [(1, Double(index))]) }
                #expect(try await server.get("/api/v1/query_range?query=m&start=0&end=10&step=1").status == .ok)
            }
        },
        MetricEvent("a deletion", ["ktsdb_deletions"]) {
            try await MetricPages.of(options: { $0.enablesAdminAPI = true }) { server in
                try server.store(["__name__": "m"], [(1, 1)])
                let answer = try await server.post("/api/v1/admin/tsdb/delete_series?match[]=m")
                #expect(answer.status == .noContent)
            }
        },
        MetricEvent(
            "a cleanup of tombstones",
            [
                "prometheus_tsdb_tombstone_cleanup_seconds_sum", "prometheus_tsdb_tombstone_cleanup_seconds_count",
            ]
        ) {
            try await MetricPages.of(options: { $0.enablesAdminAPI = true }) { server in
                let answer = try await server.post("/api/v1/admin/tsdb/clean_tombstones")
                #expect(answer.status == .noContent)
            }
        },
        MetricEvent("a query that runs", ["prometheus_engine_queries", "ktsdb_query_memory_bytes"]) {
            let pages = Shared(MetricPages())
            _ = try await MetricPages.of(options: { $0.queryMaximumBytes = 1 << 40 }) { server in
                let before = MetricPage(try await server.get("/metrics").text)
                let long =
                    "/api/v1/query_range?query=quantile_over_time(0.5,vector(1)[1000000s:1s])&start=0&end=100000&step=10"
                async let running = server.get(long)
                var after = MetricPage()
                for _ in 0..<6_000
                where after["prometheus_engine_queries"] != 1 || after["ktsdb_query_memory_bytes"] == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                    after = MetricPage(try await server.get("/metrics").text)
                }
                server.state.stopReads()
                #expect(try await running.status.code == 499)
                pages.withLock { [after] in $0 = MetricPages(before: before, after: after) }
            }
            return pages.withLock { $0 }
        },
        MetricEvent(
            "a query log that cannot be written",
            ["prometheus_engine_query_log_enabled", "prometheus_engine_query_log_failures_total"]
        ) {
            let directory = TemporaryDirectory(), file = directory.path + "/p.yml"
            try "global: {query_log_file: /dev/full}".write(toFile: file, atomically: true, encoding: .utf8)
            return try await MetricPages.of(options: { $0.configurationFile = file }) { server in
                try await server.reload()
                #expect(try await server.get("/api/v1/query?query=1").status == .ok)
            }
        },
        MetricEvent("a reload", ["prometheus_config_last_reload_success_timestamp_seconds"]) {
            let directory = TemporaryDirectory(), file = directory.path + "/p.yml"
            try "{}".write(toFile: file, atomically: true, encoding: .utf8)
            return try await MetricPages.of(options: { $0.configurationFile = file }) { server in
                try await Task.sleep(for: .milliseconds(20))
                try await server.reload()
            }
        },
        MetricEvent("a reload that fails", ["prometheus_config_last_reload_successful"]) {
            try await MetricPages.of(options: { $0.configurationFile = "/no/such.yml" }) { server in
                await #expect(throws: (any Error).self) { try await server.reload() }
            }
        },
        MetricEvent("the opening of the database", ["prometheus_ready"]) {
            try await MetricPages.of(isReady: false) { server in
                server.state.becomeReady(server.database, server.scraping)
            }
        },
        MetricEvent(
            "remote write",
            [
                "ktsdb_remote_write_samples_total", "ktsdb_remote_write_rejected_samples_total",
                "ktsdb_remote_write_histograms_total", "ktsdb_remote_write_exemplars_total",
                "ktsdb_remote_write_rejected_exemplars_total",
                "prometheus_api_remote_write_invalid_labels_samples_total",
            ]
        ) {
            try await MetricPages.of(options: { $0.enablesRemoteWriteReceiver = true }) { server in
                var request = WriteRequestEncoder()
                func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }
                func exemplar(_ seconds: Int64) -> Exemplar {
                    Exemplar(labels: ["t": "\(seconds)"], value: 1, timestamp: time(seconds))
                }
                request.append(
                    ["__name__": "a"], [Sample(timestamp: time(10), value: 1), Sample(timestamp: time(5), value: 1)],
                    exemplars: [exemplar(10), exemplar(5)])
                request.append(labels: [("a", "1"), ("a", "2")], [Sample(timestamp: time(10), value: 1)])
                let histogram = Histogram(
                    schema: 0, count: 3, sum: 4, positive: HistogramBuckets(offset: 1, counts: [1, 2]))
                request.append(
                    labels: [("__name__", "h")], [HistogramSample(timestamp: time(10), histogram: histogram)],
                    asIntegers: true)
                var body = ByteWriter()
                Snappy.encode(request.message.span, into: &body)
                let headers: HTTPFields = [.contentType: "application/x-protobuf", .contentEncoding: "snappy"]
                let response = try await server.client.execute(
                    uri: "/api/v1/write", method: .post, headers: headers, body: ByteBuffer(bytes: body.bytes))
                #expect(response.status == .badRequest)
            }
        },
    ]

    private static func cut(_ reason: String) -> String { "ktsdb_http_connections_cut_total{reason=\"\(reason)\"}" }

    /// What happens to connections.
    static let ofConnections: [MetricEvent] = [
        MetricEvent(
            "a connection",
            ["ktsdb_http_connections", "net_conntrack_listener_conn_accepted_total"]
        ) {
            try await listening { server in _ = try await server.open() }
        },
        MetricEvent("the end of a connection", ["net_conntrack_listener_conn_closed_total"]) {
            try await listening { server in
                let connection = try await server.open()
                await connection.close()
                await server.wait { $0.state.connections.closedCount == 1 }
            }
        },
        MetricEvent("a connection that asks for nothing", [cut("idle")]) {
            try await listening({ $0.readTimeout = .milliseconds(50) }) { server in
                try await RawConnection(server.port).receiveAll()
            }
        },
        MetricEvent("a request that does not come whole", [cut("read_timeout")]) {
            try await listening({ $0.readTimeout = .seconds(1) }) { server in
                // One that is slow to begin, as other tests take all threads, is idle instead.
                for _ in 0..<100 where server.page[cut("read_timeout")] == 0 {
                    let connection = try await RawConnection(server.port)
                    try? await connection.send("GET / HTTP/1.1\r\nX: ")
                    try await connection.receiveAll()
                }
            }
        },
        MetricEvent("an answer that is not read", [cut("write_timeout")]) {
            try await listening({ $0.connectionLimits.writeTimeout = .milliseconds(50) }) { server in
                try server.storeWide()
                let connection = try await RawConnection(server.port, reads: false)
                try await connection.send(
                    "GET /api/v1/query_range?query=wide&start=0&end=10000&step=1 HTTP/1.1\r\nHost: a\r\n\r\n")
                await server.wait { $0.state.connections.openCount == 0 && $0.state.connections.closedCount == 1 }
            }
        },
        MetricEvent("a client that does not agree on TLS", [cut("handshake")]) {
            let scene = AccessScene()
            try scene.write(certificate: TestCertificates.server, key: TestCertificates.serverKey)
            try scene.write(AccessScene.tls, to: "web.yml")
            return try await listening({ $0.webConfigurationFile = scene.path("web.yml") }) { server in
                let connection = try await RawConnection(server.port)
                try? await connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try await connection.receiveAll()
            }
        },
        MetricEvent("a request without credentials", ["ktsdb_http_refused_credentials_total"]) {
            let scene = AccessScene()
            try scene.write(AccessScene.users, to: "web.yml")
            return try await listening({ $0.webConfigurationFile = scene.path("web.yml") }) { server in
                let answer = try await server.send("/metrics")
                #expect(answer.status == 401)
            }
        },
        MetricEvent("a connection too many", [cut("room")]) {
            try await listening({ $0.maximumConnections = 1 }) { server in
                let first = try await server.open(), second = try await server.open()
                try await first.receiveAll()
                await second.close()
            }
        },
        MetricEvent("a connection for which there is no descriptor", ["ktsdb_http_failed_accepts_total"]) {
            try await listening { server in
                let channel = EmbeddedChannel()
                let gate = AcceptGate(server.state.connections, logger: server.state.logger)
                try channel.pipeline.syncOperations.addHandler(gate)
                channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
                _ = try channel.finish()
            }
        },
    ]

    /// The pages of a server that listens, before and after `body`.
    private static func listening(
        _ options: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (ListeningServer) async throws -> Void
    ) async throws -> MetricPages {
        let pages = Shared(MetricPages())
        try await ListeningServer.run(options: options) { server in
            let before = server.page
            try await body(server)
            let after = server.page
            pages.withLock { $0 = MetricPages(before: before, after: after) }
        }
        return pages.withLock { $0 }
    }
}

extension ListeningServer {
    /// What `/metrics` would say now, if that took no connection.
    fileprivate var page: MetricPage { MetricPage(MetricsRoute(state: state).page([])) }

    /// A connection that has been answered and waits for its next request.
    fileprivate func open() async throws -> RawConnection {
        let connection = try await RawConnection(port)
        try await connection.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await connection.receive(until: "Healthy").contains("Healthy"))
        return connection
    }

    /// Waits until `isTrue`; counts attempts, not seconds.
    fileprivate func wait(until isTrue: (ListeningServer) -> Bool) async {
        for _ in 0..<60_000 where !isTrue(self) { try? await Task.sleep(for: .milliseconds(2)) }
        #expect(isTrue(self))
    }
}
