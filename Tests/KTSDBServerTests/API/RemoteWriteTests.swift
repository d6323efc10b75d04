import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Remote write over HTTP` {
    private static let headers: HTTPFields = [
        .contentType: "application/x-protobuf", .contentEncoding: "snappy",
        HTTPField.Name("X-Prometheus-Remote-Write-Version")!: "0.1.0",
    ]

    /// A request with these series, compressed.
    private static func body(_ series: [([(String, String)], [Sample])]) -> ByteBuffer {
        var request = WriteRequestEncoder()
        for (labels, samples) in series { request.append(labels: labels, samples) }
        return compressed(request.message.bytes)
    }

    private static func compressed(_ bytes: [UInt8]) -> ByteBuffer {
        var block = ByteWriter()
        Snappy.encode(bytes.span, into: &block)
        return ByteBuffer(bytes: block.bytes)
    }

    private static func sample(_ seconds: Int64, _ value: Double) -> Sample {
        Sample(timestamp: Timestamp(milliseconds: seconds * 1000), value: value)
    }

    private static func withReceiver(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(options: { $0.enablesRemoteWriteReceiver = true }, body)
    }

    private static func send(
        _ body: ByteBuffer, to server: TestServer, headers: HTTPFields = headers
    ) async throws -> TestResponse {
        try await server.client.execute(uri: "/api/v1/write", method: .post, headers: headers, body: body)
    }

    @Test func `A full disk is answered with the time after which to try again`() async throws {
        let disk = SimulatedFileSystem()
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        let database = try Database(files: disk, path: "/data", configuration: configuration)
        try await TestServer.run(options: { $0.enablesRemoteWriteReceiver = true }, database: database) { server in
            disk.setCapacity(0)
            for second in 1...2 as ClosedRange<Int64> {
                let body = Self.body([([("__name__", "a")], [Self.sample(second, 1)])])
                let answer = try await Self.send(body, to: server)
                #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "5")
                #expect(answer.text.contains("no space left on the disk") && !answer.text.contains("/data"))
            }
            disk.setCapacity(nil)
            let body = Self.body([([("__name__", "a")], [Self.sample(3, 1)])])
            #expect(try await Self.send(body, to: server).status == .noContent)
        }
    }

    @Test func `It is off unless switched on`() async throws {
        try await TestServer.run { server in
            let response = try await Self.send(Self.body([]), to: server)
            #expect(response.status == .notFound)
            #expect(
                response.text == "remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n")
        }
    }

    @Test func `Exemplars and metadata are stored`() async throws {
        try await Self.withReceiver { server in
            func send(_ second: Int64) async throws {
                var request = WriteRequestEncoder()
                request.append(MetricMetadata(type: "counter", help: "A."), of: "a_total")
                let exemplar = Exemplar(
                    labels: ["trace_id": "t\(second)"], value: 2, timestamp: Timestamp(milliseconds: second * 1000 - 1))
                request.append(
                    ["__name__": "a_total"], [Self.sample(second, 1)],
                    exemplars: [exemplar, Exemplar(labels: ["trace_id": "u\(second)"], value: 3)])
                let response = try await Self.send(Self.compressed(request.message.bytes), to: server)
                #expect(response.status == .noContent)
            }
            // The second time the series' labels are known by their bytes.
            try await send(10)
            try await send(20)
            let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 100_000)
            let found = try server.database.exemplars(matching: [[.name("a_total")]], in: range)
            #expect(found.map(\.labels) == [["__name__": "a_total"]])
            #expect(found.first?.exemplars.map { $0.labels["trace_id"] ?? "" } == ["t10", "u10", "t20", "u20"])
            #expect(found.first?.exemplars.map { $0.timestamp?.milliseconds ?? 0 } == [9_999, 10_000, 19_999, 20_000])
            #expect(server.database.currentMetadata == ["a_total": MetricMetadata(type: "counter", help: "A.")])
            let page = try await server.get("/metrics").text
            #expect(page.contains("\nktsdb_remote_write_exemplars_total 4\n"))
        }
    }

    @Test func `A label that ends like a sample is stored as a label`() async throws {
        let mimic = "\u{12}\u{10}\u{09}12345678\u{10}é€?"
        try await Self.withReceiver { server in
            for second: Int64 in [100, 200] {
                let sent = 1_700_000_000 + second
                let body = Self.body([
                    ([("__name__", "a"), ("b", mimic)], []),
                    ([("__name__", "c")], [Self.sample(sent, 1)]),
                    ([("__name__", "d"), ("b", mimic)], [Self.sample(sent, 0)]),
                ])
                #expect(try await Self.send(body, to: server).status == .noContent)
            }
            let view = server.database.readView()
            let range = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 2_000_000_000_000)
            let all = try view.series(matching: .matches("__name__", ".+"), in: range)
            #expect(Set(all.map(\.labels)) == [["__name__": "c"], ["__name__": "d", "b": mimic]])
            for series in all {
                #expect(try series.samples().map(\.timestamp.milliseconds) == [1_700_000_100_000, 1_700_000_200_000])
            }
        }
    }

    @Test func `What is taken can be queried, bit for bit`() async throws {
        try await Self.withReceiver { server in
            // Labels in no order; a value that is empty; a staleness marker.
            let body = Self.body([
                (
                    [("x", "1"), ("empty", ""), ("__name__", "a")],
                    [Self.sample(10, 0.1), Self.sample(20, .staleMarker)]
                ),
                ([("__name__", "b")], [Self.sample(10, -0.0)]),
            ])
            let response = try await Self.send(body, to: server)
            #expect(response.status == .noContent)
            #expect(response.body.readableBytes == 0)
            try await server.expectData(
                "/api/v1/query?query=a&time=10",
                """
                {"resultType":"vector","result":[{"metric":{"__name__":"a","x":"1"},"value":[10,"0.1"]}]}
                """)
            try await server.expectData("/api/v1/query?query=a&time=20", #"{"resultType":"vector","result":[]}"#)
            #expect(server.database.statistics.appendedSamples == 3)
        }
    }

    @Test(arguments: [false, true]) func `Native histograms are stored, and end with a marker`(
        asIntegers: Bool
    ) async throws {
        try await Self.withReceiver { server in
            let first = Histogram(schema: 0, count: 3, sum: 4, positive: HistogramBuckets(offset: 1, counts: [1, 2]))
            var end = Histogram()
            end.sum = .staleMarker
            var request = WriteRequestEncoder()
            request.append(
                labels: [("__name__", "h")],
                [
                    HistogramSample(timestamp: Timestamp(milliseconds: 10_000), histogram: first),
                    HistogramSample(timestamp: Timestamp(milliseconds: 20_000), histogram: end),
                ], asIntegers: asIntegers)
            let response = try await Self.send(Self.compressed(request.message.bytes), to: server)
            #expect(response.status == .noContent)
            try await server.expectData(
                "/api/v1/query?query=h&time=10",
                """
                {"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[10,{"count":"3","sum":"4",\
                "buckets":[[0,"1","2","1"],[0,"2","4","2"]]}]}]}
                """)
            try await server.expectData("/api/v1/query?query=h&time=20", #"{"resultType":"vector","result":[]}"#)
            #expect(server.database.statistics.appendedSamples == 2)
        }
    }

    @Test(
        arguments: [(-53, true), (-54, false), (-10, false), (-9, false), (-5, false), (-4, true), (8, true)]
            as [(Int32, Bool)])
    func `Histograms are stored if their schema is known or finer`(schema: Int32, isKnown: Bool) async throws {
        try await Self.withReceiver { server in
            try await Self.expectHistogram(schema, isStored: isKnown, server)
        }
    }

    @Test(
        arguments: [(9, true), (20, true), (52, true), (53, false), (1000, false), (.max, false), (.min, false)]
            as [(Int32, Bool)])
    func `Histograms are stored at schema 8 if theirs is finer`(schema: Int32, isKnown: Bool) async throws {
        try await Self.withReceiver { server in
            try await Self.expectHistogram(schema, isStored: isKnown, server)
        }
    }

    private static func expectHistogram(_ schema: Int32, isStored: Bool, _ server: TestServer) async throws {
        let histogram = Histogram(
            schema: schema, count: 6, sum: 4,
            positive: HistogramBuckets(offset: schema == -53 ? 0 : 1, counts: [1, 2, 3]),
            customBounds: schema == -53 ? [1, 2, 3] : [])
        var request = WriteRequestEncoder()
        request.append(
            labels: [("__name__", "h")],
            [HistogramSample(timestamp: Timestamp(milliseconds: 10_000), histogram: histogram)], asIntegers: true)
        let response = try await send(compressed(request.message.bytes), to: server)
        if isStored {
            #expect(response.status == .noContent)
            try await server.expectData(
                "/api/v1/query?query=histogram_count(h)&time=10",
                #"{"resultType":"vector","result":[{"metric":{},"value":[10,"6"]}]}"#)
        } else {
            #expect(response.status == .badRequest)
            #expect(
                response.text == """
                    invalid histogram: histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or \
                    -53 for custom buckets, got schema \(schema): 1 of 1 samples not stored

                    """)
        }
    }

    @Test func `The same request again changes nothing and is fine`() async throws {
        try await Self.withReceiver { server in
            let body = Self.body([([("__name__", "a")], [Self.sample(10, 1)])])
            for _ in 0..<2 {
                let response = try await Self.send(body, to: server)
                #expect(response.status == .noContent)
            }
            #expect(server.database.statistics.appendedSamples == 1)
        }
    }

    @Test(arguments: [
        ([(20, 1.0), (10, 1.0)], "out of order sample: 1 of 2 samples not stored\n"),
        ([(20, 1.0), (20, 2.0)], "duplicate sample for timestamp: 1 of 2 samples not stored\n"),
    ])
    func `What cannot be stored is refused for good, and the rest is kept`(
        samples: [(Int64, Double)], text: String
    ) async throws {
        try await Self.withReceiver { server in
            let body = Self.body([([("__name__", "a")], samples.map { Self.sample($0.0, $0.1) })])
            let response = try await Self.send(body, to: server)
            #expect(response.status == .badRequest)
            #expect(response.text == text)
            #expect(server.database.statistics.appendedSamples == 1)
        }
    }

    @Test func `New series are refused when memory is short, and known ones are stored`() async throws {
        let ledger = MemoryLedger(limit: 512 << 20)
        var configuration = Database.Configuration()
        configuration.memory = ledger
        let database = Database.inMemory(configuration)
        let on: (inout ServerOptions) -> Void = { $0.enablesRemoteWriteReceiver = true }
        try await TestServer.run(options: on, database: database) { server in
            func body(_ time: Int64) -> ByteBuffer {
                Self.body([
                    ([("__name__", "a")], [Self.sample(time, 1)]), ([("__name__", "b\(time)")], [Self.sample(time, 1)]),
                ])
            }
            #expect(try await Self.send(body(10), to: server).status == .noContent)
            ledger.noteProcess(bytes: 500 << 20)
            let response = try await Self.send(body(20), to: server)
            #expect(response.status == .badRequest)
            #expect(
                response.text
                    == "no memory for new series (--storage.memory-limit): 1 of 2 samples not stored\n")
            #expect(server.database.statistics.appendedSamples == 3)
        }
    }

    @Test(arguments: [
        ([("x", "1")], "missing metric name (__name__ label)\n"),
        ([("__name__", "a"), ("x", "1"), ("x", "2")], "label name \"x\" is not unique: invalid sample\n"),
        ([("__name__", "a"), ("", "1")], "invalid metric name or label names\n"),
    ])
    func `Labels that cannot name a series are refused, and the rest is kept`(
        labels: [(String, String)], text: String
    ) async throws {
        try await Self.withReceiver { server in
            let body = Self.body([(labels, [Self.sample(10, 1)]), ([("__name__", "good")], [Self.sample(10, 2)])])
            let response = try await Self.send(body, to: server)
            #expect(response.status == .badRequest)
            #expect(response.text == text)
            try await server.expectData("/api/v1/label/__name__/values", #"["good"]"#)
            try await server.expectData(
                "/api/v1/query?query=good&time=10",
                """
                {"resultType":"vector","result":[{"metric":{"__name__":"good"},"value":[10,"2"]}]}
                """)
        }
    }

    @Test func `Labels over a limit are refused by name, each time, and the rest is kept`() async throws {
        try await Self.withReceiver { server in
            let value = String(repeating: "x", count: 16 << 10)
            for second: Int64 in [10, 20] {
                let body = Self.body([
                    ([("__name__", "good")], [Self.sample(second, 1)]),
                    ([("__name__", "bad"), ("url", value + "x")], [Self.sample(second, 1)]),
                    ([("__name__", "long"), ("url", value)], [Self.sample(second, 1)]),
                ])
                let response = try await Self.send(body, to: server)
                #expect(response.status == .badRequest)
                #expect(
                    response.text == """
                        label value too long (metric: "bad", label name: "url", length: 16385, limit: 16384); the limit is set \
                        by --storage.limit.label-value-bytes

                        """)
            }
            try await server.expectData("/api/v1/label/__name__/values", #"["good","long"]"#)
            #expect(server.database.statistics.appendedSamples == 4)
        }
    }

    @Test func `A body that is no snappy block is refused`() async throws {
        try await Self.withReceiver { server in
            let response = try await Self.send(ByteBuffer(string: "not snappy"), to: server)
            #expect(response.status == .badRequest)
            #expect(response.text == "snappy: corrupt input\n")
        }
    }

    @Test func `A body that is no message leaves nothing behind`() async throws {
        try await Self.withReceiver { server in
            var request = WriteRequestEncoder()
            request.append(labels: [("__name__", "a")], [Self.sample(10, 1)])
            let message = request.message.bytes
            for count in 1..<message.count {
                let response = try await Self.send(Self.compressed(Array(message[..<count])), to: server)
                #expect(response.status == .badRequest)
                #expect(response.text == "the body is not a prometheus.WriteRequest message\n")
            }
            #expect(server.database.statistics.appendedSamples == 0)
        }
    }

    @Test func `A body that claims to be huge is refused before memory is taken`() async throws {
        try await Self.withReceiver { server in
            // A snappy block that announces 4 GiB - 1.
            let response = try await Self.send(ByteBuffer(bytes: [0xff, 0xff, 0xff, 0xff, 0x0f, 0]), to: server)
            #expect(response.status == .contentTooLarge)
        }
    }

    @Test(arguments: [
        ("text/plain", "snappy"), ("application/x-protobuf", "gzip"),
        ("application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy"),
    ])
    func `Other types are not supported`(type: String, coding: String) async throws {
        try await Self.withReceiver { server in
            let headers: HTTPFields = [.contentType: type, .contentEncoding: coding]
            let response = try await Self.send(Self.body([]), to: server, headers: headers)
            #expect(response.status == .unsupportedMediaType)
        }
    }

    @Test func `The first version may be named`() async throws {
        try await Self.withReceiver { server in
            let headers: HTTPFields = [
                .contentType: "application/x-protobuf;proto=prometheus.WriteRequest", .contentEncoding: "snappy",
            ]
            let response = try await Self.send(Self.body([]), to: server, headers: headers)
            #expect(response.status == .noContent)
        }
    }
}
