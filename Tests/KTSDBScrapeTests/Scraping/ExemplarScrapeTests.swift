import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Scraping exemplars and metadata` {
    static func page(_ round: Int) -> String {
        """
        # HELP requests Requests served.
        # TYPE requests counter
        requests_total{code="200"} \(round + 1) # {trace_id="t\(round)"} 0.5
        requests_total{code="500"} 3 # {trace_id="same"} 1
        # TYPE lat_seconds histogram
        # UNIT lat_seconds seconds
        lat_seconds_bucket{le="1"} 1 # {trace_id="own"} 0.25 1.5
        lat_seconds_bucket{le="+Inf"} 1
        # TYPE gone gauge
        gone 1 # {trace_id="dropped"} 1
        # EOF

        """
    }

    @Test func `each body's new exemplars are stored, and what metrics are`() async throws {
        let rig = try await StoreRig { _, round in
            .page(
                Array(Self.page(round).utf8), contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8")
        }
        try await rig.apply("metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: gone}]")
        for _ in 0..<3 { await rig.scrape() }
        let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 1 << 50)
        func found(_ name: String, _ matcher: LabelMatcher) throws -> [Exemplar] {
            try rig.database.exemplars(matching: [[.name(name), matcher]], in: range).flatMap(\.exemplars)
        }
        let fresh = try found("requests_total", .equal("code", "200"))
        #expect(fresh.map { $0.labels["trace_id"] } == ["t0", "t1", "t2"])
        let samples = try rig.database.readView().series(
            matching: .name("requests_total"), .equal("code", "200"), in: range)
        let times = try samples.first?.samples().map(\.timestamp) ?? []
        #expect(fresh.map(\.timestamp) == times)
        #expect(try found("requests_total", .equal("code", "500")).count == 1)
        #expect(
            try found("lat_seconds_bucket", .equal("le", "1.0"))
                == [Exemplar(labels: ["trace_id": "own"], value: 0.25, timestamp: Timestamp(milliseconds: 1500))])
        #expect(try rig.database.exemplars(matching: [[]], in: range).count == 3)
        #expect(
            rig.database.currentMetadata == [
                "requests": MetricMetadata(type: "counter", help: "Requests served."),
                "lat_seconds": MetricMetadata(type: "histogram", unit: "seconds"),
                "gone": MetricMetadata(type: "gauge"),
            ])
        #expect(rig.database.statistics.exemplars.counts.repeated == 4)
        await rig.end()
    }
}
