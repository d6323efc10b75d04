import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import NIOHTTP1
import Testing

@Suite struct `Scraping protobuf and native histograms` {
    static let protobuf =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"

    static func page(_ families: [MetricFamilyBytes]) -> LoopbackServer.Answer {
        .page(families.flatMap(\.delimited), contentType: protobuf)
    }

    /// A histogram with `count` observations in the buckets of schema 2, and in two classic ones.
    static func histogram(_ count: UInt64, buckets: Int = 3) -> MetricFamilyBytes {
        var family = MetricFamilyBytes("h", .histogram, help: "A histogram.")
        let classic = MetricFamilyBytes.classic(count: count, sum: 5, [(1, 1), (2, count)])
        // One observation in each bucket but the first, which has the rest.
        let deltas = [Int64(count) - Int64(buckets) + 1] + [2 - Int64(count) + Int64(buckets) - 2]
        let all = Array((deltas + Array(repeating: 0, count: max(0, buckets - 2))).prefix(buckets))
        family.add(classic + MetricFamilyBytes.native(schema: 2, offset: 1, deltas: all))
        return family
    }

    @Test func `stores histograms, their metadata and the end of their series`() async throws {
        let rig = try await StoreRig { _, round in
            round < 2 ? Self.page([Self.histogram(10 + UInt64(round))]) : Self.page([])
        }
        try await rig.apply("scrape_native_histograms: true")
        for _ in 0..<3 { await rig.scrape() }
        let found = try rig.histograms("h")
        #expect(found.map(\.count) == [10, 11])
        #expect(found.first?.positive == HistogramBuckets(offset: 1, counts: [8, 1, 1]))
        #expect(try rig.values("h").last == "stale")
        #expect(try rig.samples("h_count").isEmpty && rig.samples("h_bucket").isEmpty)
        #expect(try rig.values("scrape_samples_scraped") == ["1.0", "1.0", "0.0"])
        #expect(try rig.values("scrape_series_added") == ["1.0", "0.0", "0.0"])
        let metadata = rig.manager.metadata(metric: "h")["h"] ?? []
        #expect(metadata.map(\.help) == ["A histogram."] && metadata.map(\.type) == ["histogram"])
        await rig.end()
    }

    @Test(arguments: [
        ("", false, true), ("scrape_native_histograms: true", true, false),
        ("scrape_native_histograms: true\nalways_scrape_classic_histograms: true", true, true),
        ("convert_classic_histograms_to_nhcb: true", true, false),
    ])
    func `stores of a histogram what the job asks for`(fields: String, isNative: Bool, isClassic: Bool) async throws {
        let rig = try await StoreRig { _, _ in Self.page([Self.histogram(10)]) }
        try await rig.apply(fields)
        await rig.scrape()
        #expect(try rig.histograms("h").count == (isNative ? 1 : 0))
        #expect(try rig.samples("h_bucket").count == (isClassic ? 3 : 0))
        #expect(try rig.values("up") == ["1.0"])
        await rig.end()
    }

    @Test func `makes native histograms of classic ones in text`() async throws {
        let text = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum 4\nh_count 3\ng 1\n"
        let rig = try await StoreRig { _, round in .page(round < 2 ? text : "g 1\n") }
        try await rig.apply("convert_classic_histograms_to_nhcb: true")
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.histograms("h").map(\.positive.counts) == [[1, 2], [1, 2]])
        #expect(try rig.values("h").last == "stale")
        #expect(try rig.samples("h_bucket").isEmpty)
        #expect(try rig.values("scrape_samples_scraped") == ["2.0", "2.0", "1.0"])
        await rig.end()
    }

    @Test func `a target that changes its format continues its series`() async throws {
        let rig = try await StoreRig { _, round in
            var gauge = MetricFamilyBytes("g", .gauge)
            gauge.add(Double(round))
            return round % 2 == 0 ? .page("g \(round)\n") : Self.page([gauge])
        }
        try await rig.apply()
        for _ in 0..<4 { await rig.scrape() }
        #expect(try rig.values("g") == ["0.0", "1.0", "2.0", "3.0"])
        #expect(rig.counter("prometheus_target_scrapes_sample_duplicate_timestamp_total") == 0)
        await rig.end()
    }

    @Test func `merges buckets to the limits of the job, and refuses what cannot be merged`() async throws {
        let rig = try await StoreRig { _, _ in Self.page([Self.histogram(100, buckets: 40)]) }
        try await rig.apply("scrape_native_histograms: true\nnative_histogram_bucket_limit: 10")
        await rig.scrape()
        let merged = try #require(try rig.histograms("h").first)
        #expect(merged.schema == 0 && merged.positive.counts.count <= 10 && merged.count == 100)
        try await rig.apply("scrape_native_histograms: true\nnative_histogram_min_bucket_factor: 1.5")
        await rig.scrape()
        #expect(try rig.histograms("h").last?.schema == 0)
        try await rig.apply("convert_classic_histograms_to_nhcb: true\nnative_histogram_bucket_limit: 1")
        await rig.scrape()
        #expect(rig.manager.targets().active.map(\.lastError) == ["histogram bucket limit exceeded"])
        #expect(rig.counter("prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total") == 1)
        await rig.end()
    }

    @Test func `refuses a body with an invalid histogram as a whole`() async throws {
        let rig = try await StoreRig { _, _ in
            var family = MetricFamilyBytes("h", .histogram)
            family.add(MetricFamilyBytes.native(schema: 2, deltas: [1, -5]))
            var gauge = MetricFamilyBytes("g", .gauge)
            gauge.add(1)
            return Self.page([gauge, family])
        }
        try await rig.apply("scrape_native_histograms: true")
        await rig.scrape()
        #expect(rig.manager.targets().active.first?.lastError.contains("negative count") == true)
        #expect(try rig.samples("g").isEmpty)
        await rig.end()
    }

    @Test func `a counter that begins anew gets a zero at its start, a histogram too`() async throws {
        // The clock is at a million seconds.
        let start = MetricFamilyBytes.integer(1, 999_995)
        let rig = try await StoreRig(features: { $0.startTimeZeros = true }) { _, round in
            var counter = MetricFamilyBytes("c_total", .counter), histogram = MetricFamilyBytes("h", .histogram)
            counter.add(MetricFamilyBytes.double(1, Double(round + 1)) + MetricFamilyBytes.message(3, start))
            histogram.add(
                MetricFamilyBytes.integer(1, 4) + MetricFamilyBytes.native(schema: 1, deltas: [4])
                    + MetricFamilyBytes.message(15, start))
            return Self.page([counter, histogram])
        }
        try await rig.apply("scrape_native_histograms: true")
        for _ in 0..<2 { await rig.scrape() }
        #expect(try rig.values("c_total") == ["0.0", "1.0", "2.0"])
        #expect(try rig.histograms("h").map(\.count) == [0, 4, 4])
        await rig.end()
    }

    @Test func `asks for protobuf first where native histograms are wanted`() async throws {
        let (_, server) = try await `Fetching a body`.fetch("  scrape_native_histograms: true") { _ in .page("") }
        let accept = try #require(server.requests.first?.headers["Accept"].first)
        #expect(
            accept.hasPrefix(
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                    + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"))
        #expect(accept.hasSuffix("text/plain;version=0.0.4;q=0.2,*/*;q=0.1"))
    }

    @Test(arguments: [("", true), ("scrape_protocols: [PrometheusText0.0.4]", false)])
    func `asks for protobuf first where start times are wanted`(fields: String, isFirst: Bool) async throws {
        let rig = try await StoreRig(features: { $0.startTimeZeros = true }) { _, _ in .page("a 1\n") }
        try await rig.apply(fields)
        await rig.scrape()
        let accept = try #require(rig.server.requests.first?.headers["Accept"].first)
        #expect(accept.hasPrefix("application/vnd.google.protobuf") == isFirst, "\(accept)")
        await rig.end()
    }

    @Test func `reads protobuf without a type where that is the fallback`() async throws {
        var gauge = MetricFamilyBytes("g", .gauge)
        gauge.add(4)
        let bytes = gauge.delimited
        let rig = try await StoreRig { _, _ in .page(bytes, contentType: nil) }
        try await rig.apply("fallback_scrape_protocol: PrometheusProto")
        await rig.scrape()
        #expect(try rig.values("g") == ["4.0"])
        await rig.end()
    }

    @Test(
        arguments: [
            (nil, 8), (0, 8), (1, 8), (1.002, 8), (1.1, 2), (1.5, 0), (2, 0), (4, -1), (1e300, -4), (.infinity, -4),
            (.nan, 8),
        ] as [(Double?, Int32)])
    func `a growth factor means a schema`(factor: Double?, schema: Int32) {
        var limits = ScrapeJob.Limits()
        limits.histogramFactor = factor
        #expect(limits.histogramSchema == schema)
    }
}
