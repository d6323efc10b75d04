import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

@Suite struct `Storing bodies` {
    struct BodyCase: Decodable {
        struct Series: Decodable {
            let labels: [String: String]
            let value: String
        }
        struct Metadata: Decodable {
            let type: String
            let help: String
            let unit: String
        }
        let page: String
        let valid: Bool
        let samples: [Series]?
        let metadata: [String: Metadata]?
    }

    static let reportNames: Set<String> = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    ]

    @Test func `types are labels with the feature, and a metric of another type is another series`() async throws {
        let kinds = ["counter", "counter", "gauge", "gauge"]
        let rig = try await StoreRig(features: { $0.typeAndUnitLabels = true }) { _, round in
            .page("# TYPE a \(kinds[min(round, 3)])\na{b=\"c\"} \(round)\n# TYPE d gauge\nd \(round)\n")
        }
        try await rig.apply("metric_relabel_configs: [{source_labels: [__type__], target_label: kind}]")
        var times: [Int64] = []
        for _ in 0..<4 { times.append(await rig.scrape()) }
        #expect(
            try rig.samples("a") == [
                ["__name__": "a", "__type__": "counter", "kind": "counter", "b": "c"]: [
                    .init(times[0], 0), .init(times[1], 1), .init(times[2], .staleMarker),
                ],
                ["__name__": "a", "__type__": "gauge", "kind": "gauge", "b": "c"]: [
                    .init(times[2], 2), .init(times[3], 3),
                ],
            ])
        #expect(try rig.values("d") == ["0.0", "1.0", "2.0", "3.0"])
        #expect(try rig.samples("up").keys.map { $0["__type__"] } == [nil])
        await rig.end()
    }

    @Test(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
    func `bodies are stored as a real Prometheus stored them`() async throws {
        let data = try #require(SharedData.conformance("exposition/scraped_text.json"))
        let cases = try JSONDecoder().decode([BodyCase].self, from: data)
        let rig = try await StoreRig { path, _ in .page(cases[Int(path.dropFirst()) ?? 0].page) }
        let paths = cases.indices.map { "/\($0)" }
        try await rig.apply(paths: paths)
        await rig.scrape(paths.count)
        let targets = Dictionary(
            uniqueKeysWithValues: rig.manager.targets().active.map { ($0.labels["instance"]!, $0) })
        for (path, test) in zip(paths, cases) {
            let comment: Comment = "\(test.page)"
            #expect(targets[path]?.health == (test.valid ? .up : .down), comment)
            #expect(try rig.values("up", instance: path) == [test.valid ? "1.0" : "0.0"], comment)
            let stored = try rig.samples(matching: [.equal("instance", path)])
                .filter { !Self.reportNames.contains($0.key.metricName ?? "") }
            let expected = (test.samples ?? []).map { series in
                (
                    Labels(series.labels.map { ($0.key, $0.value) }),
                    Double(series.value.replacing("Inf", with: "inf")) ?? .nan
                )
            }
            #expect(stored.count == expected.count, comment)
            for (labels, value) in expected {
                let samples = stored[labels] ?? []
                #expect(samples.map(\.value) == ["\(value)"], "\(test.page): \(labels)")
            }
            for (metric, expected) in test.metadata ?? [:] {
                let told = rig.manager.targetMetadata(matching: [.equal("instance", path)], metric: metric)
                #expect(
                    told.map(\.metadata) == [
                        MetricMetadata(type: expected.type, help: expected.help, unit: expected.unit)
                    ],
                    comment)
            }
        }
        await rig.end()
    }

    @Test func `each scrape reports about itself`() async throws {
        let rig = try await StoreRig(pages: ["a 1\nb 2\nc 3\n", "a 1\nb 2\nd 4\n"])
        try await rig.apply("metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: b}]")
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.values("up") == ["1.0", "1.0", "1.0"])
        #expect(try rig.values("scrape_samples_scraped") == ["3.0", "3.0", "3.0"])
        #expect(try rig.values("scrape_samples_post_metric_relabeling") == ["2.0", "2.0", "2.0"])
        #expect(try rig.values("scrape_series_added") == ["2.0", "1.0", "0.0"])
        #expect(try rig.values("scrape_duration_seconds").count == 3)
        #expect(try rig.samples("b").isEmpty)
        #expect(try rig.samples("up").keys.first == ["__name__": "up"])
        await rig.end()
    }

    @Test func `extra series come when they are asked for`() async throws {
        let rig = try await StoreRig(pages: ["a 1\n"])
        try await rig.apply("extra_scrape_metrics: true\nsample_limit: 7\nscrape_timeout: 3s")
        await rig.scrape()
        #expect(try rig.values("scrape_timeout_seconds") == ["3.0"])
        #expect(try rig.values("scrape_sample_limit") == ["7.0"])
        #expect(try rig.values("scrape_body_size_bytes") == ["4.0"])
        await rig.end()
    }

    @Test(arguments: [("", true), ("extra_scrape_metrics: false", false)])
    func `extra series come with a feature of the server, unless the job says otherwise`(
        fields: String, isReported: Bool
    ) async throws {
        let rig = try await StoreRig(features: { $0.extraMetrics = true }) { _, _ in .page("a 1\n") }
        try await rig.apply(fields)
        await rig.scrape()
        #expect(try rig.values("scrape_timeout_seconds").isEmpty != isReported)
        await rig.end()
    }

    @Test func `a series that vanishes becomes stale, and may come again`() async throws {
        let rig = try await StoreRig(pages: ["a 1\nb 2\n", "a 3\n", "a 4\nb 5\n"])
        try await rig.apply()
        for _ in 0..<4 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "3.0", "4.0", "4.0"])
        #expect(try rig.values("b") == ["2.0", "stale", "5.0", "5.0"])
        await rig.end()
    }

    @Test func `all series become stale when a scrape fails`() async throws {
        let rig = try await StoreRig { _, round in
            round == 1 ? .page(Array("a 9\n".utf8), status: "503 Service Unavailable") : .page("a 1\nb 2\n")
        }
        try await rig.apply()
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "stale", "1.0"])
        #expect(try rig.values("b") == ["2.0", "stale", "2.0"])
        #expect(try rig.values("up") == ["1.0", "0.0", "1.0"])
        #expect(try rig.values("scrape_samples_scraped") == ["2.0", "0.0", "2.0"])
        await rig.end()
    }

    @Test func `nothing is stored of a body that breaks off in a line`() async throws {
        let rig = try await StoreRig(pages: ["a 1\n", "a 2\nnew 3\nb{c=\"d", "a 4\nnew 5\n"])
        try await rig.apply()
        for _ in 0..<2 { await rig.scrape() }
        let error = rig.manager.targets().active[0].lastError
        #expect(error.hasPrefix("line 3: "), "\(error)")
        #expect(try rig.samples("new").isEmpty)
        await rig.scrape()
        #expect(try rig.values("a") == ["1.0", "stale", "4.0"])
        #expect(try rig.values("new") == ["5.0"])
        #expect(try rig.values("up") == ["1.0", "0.0", "1.0"])
        await rig.end()
    }

    @Test func `a body with too many samples is refused as a whole`() async throws {
        let rig = try await StoreRig(pages: ["a 1\nb 2\n", "a 1\nb 2\nc 3\n", "a 1\n"])
        try await rig.apply("sample_limit: 2")
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "stale", "1.0"])
        #expect(try rig.samples("c").isEmpty)
        #expect(try rig.values("up") == ["1.0", "0.0", "1.0"])
        #expect(try rig.values("scrape_samples_scraped") == ["2.0", "3.0", "1.0"])
        #expect(try rig.values("scrape_samples_post_metric_relabeling") == ["2.0", "3.0", "1.0"])
        #expect(rig.counter("prometheus_target_scrapes_exceeded_sample_limit_total") == 1)
        await rig.end()
    }

    @Test func `a body with too long or too many labels is refused as a whole`() async throws {
        let rig = try await StoreRig(pages: ["a 1\n", "a 1\nb{x=\"1\",y=\"2\"} 2\n"])
        try await rig.apply("label_limit: 4")
        for _ in 0..<2 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "stale"])
        #expect(
            rig.manager.targets().active[0].lastError
                == "label_limit exceeded (metric: b, number of labels: 5, limit: 4)")
        #expect(rig.counter("prometheus_target_scrape_pool_exceeded_label_limits_total") == 1)
        await rig.end()
    }

    /// Bodies that are at a limit of the database, and over it; the error about the latter.
    static let storageLimits: [(page: @Sendable (Int) -> String, limit: Int, error: String)] = [
        (
            { "m{x=\"\(String(repeating: "v", count: $0))\"} 1\n" }, 16 << 10,
            "label value too long (metric: \"m\", label name: \"x\", length: 16385, limit: 16384); "
                + "the limit is set by --storage.limit.label-value-bytes"
        ),
        (
            { "m{\(String(repeating: "n", count: $0))=\"v\"} 1\n" }, 1 << 10,
            "label name too long (metric: \"m\", label name: \"\(String(repeating: "n", count: 50))\", length: 1025, "
                + "limit: 1024); the limit is set by --storage.limit.label-name-bytes"
        ),
        (
            // The name, job and instance are labels, too.
            { "m{\((0..<($0 - 3)).map { "l\($0)=\"v\"" }.joined(separator: ","))} 1\n" }, 128,
            "too many labels (metric: \"m\", number of labels: 129, limit: 128); "
                + "the limit is set by --storage.limit.labels-per-series"
        ),
        (
            { count in
                let long = String(repeating: "v", count: 16_000)
                let rest = String(repeating: "v", count: count - 64_000 - "__name__minstance/mjobjabcde".utf8.count)
                return "m{a=\"\(long)\",b=\"\(long)\",c=\"\(long)\",d=\"\(long)\",e=\"\(rest)\"} 1\n"
            }, 64 << 10,
            "labels too long (metric: \"m\", length of all names and values: 65537, limit: 65536); "
                + "the limit is set by --storage.limit.series-label-bytes"
        ),
    ]

    @Test(arguments: storageLimits.indices)
    func `a body with a series that the database would refuse is refused as a whole`(index: Int) async throws {
        let (page, limit, error) = Self.storageLimits[index]
        let rig = try await StoreRig(pages: ["a 1\n" + page(limit), "a 1\n" + page(limit + 1) + "b 1\n", "a 1\n"])
        try await rig.apply()
        for _ in 0..<2 { await rig.scrape() }
        #expect(rig.manager.targets().active[0].lastError == error)
        await rig.scrape()
        #expect(try rig.values("a") == ["1.0", "stale", "1.0"])
        #expect(try rig.samples("m").values.first?.map(\.value) == ["1.0", "stale"])
        #expect(try rig.values("up") == ["1.0", "0.0", "1.0"])
        #expect(try rig.values("scrape_samples_scraped") == ["2.0", "2.0", "1.0"])
        #expect(rig.counter("prometheus_target_scrape_pool_exceeded_label_limits_total") == 1)
        await rig.end()

        var configuration = Database.Configuration()
        configuration.labelLimits = .none
        let text = page(limit + 1)
        let lenient = try await StoreRig(database: configuration) { _, _ in .page(text) }
        try await lenient.apply()
        await lenient.scrape()
        #expect(try lenient.samples("m").values.first?.map(\.value) == ["1.0"])
        await lenient.end()
    }

    @Test func `a target is down at once when a file that it needs is missing, and the others are asked`() async throws
    {
        let rig = try await StoreRig { _, _ in .page("a 1\n") }
        let target = "static_configs: [{targets: ['127.0.0.1:\(rig.server.port)']}]"
        let text = """
            global: {scrape_interval: 10s}
            scrape_configs:
            - {job_name: j, \(target)}
            - {job_name: k, bearer_token_file: /none/token, \(target)}
            - {job_name: l, scheme: https, tls_config: {ca_file: none.pem}, \(target)}
            """
        await rig.manager.apply(try Configuration.parse(text, path: "prometheus.yml"))
        await rig.clock.sleepers(3)
        let health = Dictionary(grouping: rig.manager.targets().active, by: \.scrapePool).mapValues { $0[0] }
        #expect(health["j"]?.health == .unknown)
        #expect(health["k"]?.health == .down)
        #expect(health["k"]?.lastError == "credentials_file \"token\": No such file or directory")
        #expect(health["l"]?.lastError == "tls_config ca_file \"none.pem\": No such file or directory")
        for job in ["k", "l"] {
            let up = try rig.samples(matching: [.name("up"), .equal("job", job)])
            #expect(up.values.first?.map(\.value) == ["0.0"], "\(job)")
        }
        await rig.scrape(3)
        #expect(try rig.samples(matching: [.name("a"), .equal("job", "j")]).count == 1)
        await rig.end()
    }

    @Test func `a body over the size limit fails and is counted`() async throws {
        let rig = try await StoreRig(pages: [String(repeating: "# comment\n", count: 200)])
        try await rig.apply("body_size_limit: 1KB\nextra_scrape_metrics: true")
        await rig.scrape()
        #expect(try rig.values("up") == ["0.0"])
        #expect(try rig.values("scrape_body_size_bytes") == ["-1.0"])
        #expect(rig.counter("prometheus_target_scrapes_exceeded_body_size_limit_total") == 1)
        await rig.end()
    }

    @Test func `times of the body are kept, and such series do not become stale`() async throws {
        let rig = try await StoreRig(pages: ["a 1 5000\nb 2\n", "b 3\n"])
        try await rig.apply()
        let first = await rig.scrape()
        let second = await rig.scrape()
        #expect(try rig.samples("a").values.first == [.init(5000, 1)])
        #expect(try rig.samples("b").values.first == [.init(first, 2), .init(second, 3)])
        await rig.end()
    }

    @Test func `such series do become stale when the job tracks them`() async throws {
        let rig = try await StoreRig(pages: ["a 1 5000\n", "b 3\n"])
        try await rig.apply("track_timestamps_staleness: true")
        await rig.scrape()
        let second = await rig.scrape()
        #expect(try rig.samples("a").values.first == [.init(5000, 1), .init(second, .staleMarker)])
        await rig.end()
    }

    @Test func `times of the body are ignored when the job says so`() async throws {
        let rig = try await StoreRig(pages: ["a 1 5000\n", "b 3\n"])
        try await rig.apply("honor_timestamps: false")
        let first = await rig.scrape()
        let second = await rig.scrape()
        #expect(try rig.samples("a").values.first == [.init(first, 1), .init(second, .staleMarker)])
        await rig.end()
    }

    @Test func `what the database refuses is counted`() async throws {
        let rig = try await StoreRig(pages: [
            "a 1 999995000\n", "a 2 999995000\n", "a 3 999994000\n", "a 3 999996000\n",
        ])
        try await rig.apply()
        for _ in 0..<4 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "3.0"])
        #expect(try rig.values("up") == ["1.0", "1.0", "1.0", "1.0"])
        #expect(rig.counter("prometheus_target_scrapes_sample_duplicate_timestamp_total") == 1)
        #expect(rig.counter("prometheus_target_scrapes_sample_out_of_order_total") == 1)
        await rig.end()
    }

    @Test func `a target that goes ends all its series`() async throws {
        let rig = try await StoreRig { path, _ in .page("a 1\n") }
        try await rig.apply(paths: ["/m", "/n"])
        await rig.scrape(2)
        try await rig.apply(paths: ["/n"])
        await rig.clock.step(thenWaitingFor: 1)
        await rig.clock.step(thenWaitingFor: 1)
        for metric in ["a"] + Self.reportNames {
            #expect(try rig.values(metric, instance: "/m").last == "stale", "\(metric)")
            #expect(try rig.values(metric, instance: "/n").last != "stale", "\(metric)")
        }
        await rig.end()
    }

    @Test func `after a reload only what does not come again becomes stale`() async throws {
        let rig = try await StoreRig(pages: ["a 1\nb 2\n"])
        try await rig.apply()
        await rig.scrape()
        try await rig.apply("metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: b}]")
        for _ in 0..<2 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "1.0", "1.0"])
        #expect(try rig.values("b") == ["2.0", "stale"])
        #expect(try rig.values("up") == ["1.0", "1.0", "1.0"])
        await rig.end()
    }

    @Test func `series that have left memory between two scrapes are found again`() async throws {
        var configuration = Database.Configuration()
        configuration.openByteLimit = 0
        configuration.openBytesPerSeries = 0
        configuration.runsMaintenance = false
        let rig = try await StoreRig(database: configuration) { _, round in .page(round == 2 ? "b 2\n" : "a 1\nb 2\n") }
        try await rig.apply()
        let first = await rig.scrape()
        // Series that are quiet for long before the newest sample leave memory once they are sealed.
        try rig.database.append { batch in
            batch.append(1, at: Timestamp(milliseconds: first + 3_600_000), to: ["__name__": "much_later"])
        }
        for _ in 0..<3 { rig.database.maintain() }
        #expect(rig.database.statistics.series < 7)
        let second = await rig.scrape()
        let third = await rig.scrape()
        #expect(try rig.samples("a").values.first == [.init(first, 1), .init(second, 1), .init(third, .staleMarker)])
        #expect(try rig.samples("b").values.first == [.init(first, 2), .init(second, 2), .init(third, 2)])
        #expect(try rig.values("up") == ["1.0", "1.0", "1.0"])
        await rig.end()
    }

    @Test func `a body without a Content-Type needs a fallback`() async throws {
        let answer: @Sendable (String, Int) -> LoopbackServer.Answer = { _, round in
            .page(Array("a 1\n".utf8), contentType: [nil, "text/html", "text/plain"][min(round, 2)])
        }
        let rig = try await StoreRig(answer: answer)
        try await rig.apply()
        await rig.scrape()
        #expect(
            rig.manager.targets().active[0].lastError.hasPrefix(
                "non-compliant scrape target sending blank Content-Type"))
        await rig.scrape()
        #expect(rig.manager.targets().active[0].lastError.hasPrefix("received unsupported Content-Type \"text/html\""))
        await rig.scrape()
        #expect(try rig.values("up") == ["0.0", "0.0", "1.0"])
        await rig.end()

        let lenient = try await StoreRig(answer: answer)
        try await lenient.apply("fallback_scrape_protocol: PrometheusText0.0.4")
        for _ in 0..<3 { await lenient.scrape() }
        #expect(try lenient.values("up") == ["1.0", "1.0", "1.0"])
        await lenient.end()
    }

    @Test(arguments: ["", "\n", "# nothing\n", "b 1\n", "a\n", "a{b=\"1\",b=\"2\"} 1\n"])
    func `series end with the first body that has them no longer, and be it of no bytes`(page: String) async throws {
        let rig = try await StoreRig(pages: ["a 1\n", page, page, "a 2\n"])
        try await rig.apply()
        for _ in 0..<4 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "stale", "2.0"])
        let isUp = !page.hasPrefix("a") ? "1.0" : "0.0"
        #expect(try rig.values("up") == ["1.0", isUp, isUp, "1.0"])
        await rig.end()
    }

    @Test(arguments: [nil, "text/plain", "text/html"])
    func `a body of no bytes needs no Content-Type, for there is nothing to read`(contentType: String?) async throws {
        let rig = try await StoreRig { _, _ in .page([], contentType: contentType) }
        try await rig.apply("fallback_scrape_protocol: OpenMetricsText1.0.0")
        await rig.scrape()
        #expect(try rig.values("up") == ["1.0"])
        await rig.end()
    }

    @Test func `an OpenMetrics body of no bytes lacks its end, and ends the series`() async throws {
        let rig = try await StoreRig { _, round in
            .page(
                Array((round == 0 ? "a 1\n# EOF\n" : "").utf8),
                contentType: "application/openmetrics-text; version=1.0.0")
        }
        try await rig.apply()
        for _ in 0..<2 { await rig.scrape() }
        #expect(try rig.values("a") == ["1.0", "stale"])
        #expect(try rig.values("up") == ["1.0", "0.0"])
        #expect(rig.manager.targets().active[0].lastError == "line 1: data does not end with # EOF")
        await rig.end()
    }

    /// What a real Prometheus 3 reports of a body that it refuses.
    struct Failure: Sendable, CustomTestStringConvertible {
        var page: String
        var fields = ""
        var scraped: Double, kept: Double, added: Double

        var testDescription: String { "\(fields) \(page)" }
    }

    @Test(arguments: [
        // The sample at which a body is refused was scraped; what came before it was kept and added.
        Failure(
            page: "a 1\nb 2\nc{x=\"1\",y=\"2\"} 3\nd 4\n", fields: "label_limit: 4", scraped: 3, kept: 2, added: 2),
        Failure(
            page: "a 1\ndropped 2\nc{long_name=\"2\"} 3\n", fields: "label_name_length_limit: 8", scraped: 3, kept: 1,
            added: 1),
        Failure(
            page: "a 1\nc{x=\"\(String(repeating: "1", count: 40))\"} 3\n", fields: "label_value_length_limit: 30",
            scraped: 2, kept: 1, added: 1),
        Failure(page: "a 1\nnameless 2\nc 3\n", scraped: 2, kept: 1, added: 1),
        Failure(page: "a 1\nb{x=\"1\",x=\"2\"} 2\nc 3\n", scraped: 2, kept: 1, added: 1),
        // A line that cannot be read is no sample.
        Failure(page: "a 1\nb 2\nc\nd 4\n", scraped: 2, kept: 2, added: 2),
        Failure(page: "a 1\nb 2x\n", scraped: 1, kept: 1, added: 1),
        Failure(page: "a 1\ndropped 2\nb{x=\"\n", scraped: 2, kept: 1, added: 1),
        // All samples are counted where there are too many, and as many as may be were added.
        Failure(page: "a 1\nb 2\nc 3\ndropped 4\n", fields: "sample_limit: 2", scraped: 4, kept: 3, added: 2),
    ])
    func `a body that is refused reports what was read of it`(failure: Failure) async throws {
        let rig = try await StoreRig(pages: [failure.page])
        try await rig.apply(
            failure.fields + "\nmetric_relabel_configs:\n- {action: drop, source_labels: [__name__], regex: dropped}\n"
                + "- {source_labels: [__name__], regex: nameless, target_label: __name__, replacement: ''}\n")
        for _ in 0..<2 { await rig.scrape() }
        #expect(try rig.values("up") == ["0.0", "0.0"])
        #expect(try rig.values("scrape_samples_scraped") == ["\(failure.scraped)", "\(failure.scraped)"])
        #expect(try rig.values("scrape_samples_post_metric_relabeling") == ["\(failure.kept)", "\(failure.kept)"])
        #expect(try rig.values("scrape_series_added") == ["\(failure.added)", "0.0"])
        #expect(try rig.samples("a").isEmpty)
        await rig.end()
    }

    @Test func `a sample that comes twice counts once where there may not be more`() async throws {
        let rig = try await StoreRig(pages: ["a 1\na 1\nb 3\n", "a 1\nb 3\nc 4\n", "a 1\nb 3\n"])
        try await rig.apply("sample_limit: 2")
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.values("up") == ["1.0", "0.0", "1.0"])
        #expect(try rig.values("b") == ["3.0", "stale", "3.0"])
        await rig.end()
    }

    @Test func `series of a refused body are stored by the next one that is good`() async throws {
        let rig = try await StoreRig(pages: ["a 1\nb 2\nc\n", "c 1\nb 3\n", "a 4\nb 5\n"])
        try await rig.apply()
        for _ in 0..<3 { await rig.scrape() }
        #expect(try rig.values("a") == ["4.0"])
        #expect(try rig.values("b") == ["3.0", "5.0"])
        #expect(try rig.values("c") == ["1.0", "stale"])
        #expect(rig.database.statistics.series == 3 + Self.reportNames.count)
        await rig.end()
    }

    @Test func `labels of refused bodies do not pile up`() async throws {
        let rig = try await StoreRig { _, round in
            .page((0..<600).map { "a{x=\"\(round)-\($0)\"} 1\n" }.joined() + "broken\n")
        }
        try await rig.apply()
        for _ in 0..<12 { await rig.scrape() }
        #expect(rig.counter("prometheus_target_scrapes_cache_flush_forced_total") ?? 0 >= 1)
        #expect(rig.database.statistics.series == Self.reportNames.count)
        await rig.end()
    }

    @Test func `an OpenMetrics body is read as such`() async throws {
        let rig = try await StoreRig { _, _ in
            .page(
                Array("# TYPE a counter\n# UNIT a_x x\na_total 1 # {t=\"x\"} 1\n# EOF\n".utf8),
                contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8")
        }
        try await rig.apply()
        await rig.scrape()
        #expect(rig.manager.targets().active[0].lastError == "")
        #expect(try rig.values("a_total") == ["1.0"])
        await rig.end()
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `any sequence of bodies is stored as if each were read alone`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        // What each body has, by the text of the series; nil is a body that fails.
        let rounds = 30
        var pages: [[(series: String, value: Int)]?] = []
        for _ in 0..<rounds {
            let names = (0..<12).filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.shuffled(using: &random)
            let isBroken = Int.random(in: 0..<6, using: &random) == 0
            pages.append(
                isBroken
                    ? nil : names.map { ("m\($0 % 3){k=\"\($0)\"}", Int.random(in: 0..<1000, using: &random)) })
        }
        let texts = pages.map { page in
            page.map { $0.map { "\($0.series) \($0.value)\n" }.joined() } ?? "m0{k=\"1\"} 5\nbroken{ 1\n"
        }
        let rig = try await StoreRig(pages: texts)
        try await rig.apply()
        var expected: [String: [StoreRig.Stored]] = [:]
        var present: Set<String> = []
        for page in pages {
            let time = await rig.scrape()
            let now = Set((page ?? []).map(\.series))
            for (series, value) in page ?? [] { expected[series, default: []].append(.init(time, Double(value))) }
            for series in present.subtracting(now) { expected[series, default: []].append(.init(time, .staleMarker)) }
            present = now
        }
        var stored: [String: [StoreRig.Stored]] = [:]
        for metric in ["m0", "m1", "m2"] {
            for (labels, samples) in try rig.samples(metric) {
                stored["\(metric){k=\"\(labels["k"] ?? "")\"}"] = samples
            }
        }
        #expect(stored == expected)
        await rig.end()
    }
}
