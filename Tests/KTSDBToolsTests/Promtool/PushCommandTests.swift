import KTSDBModel
import KTSDBTools
import PrometheusWire
import Testing

@Suite struct `Pushing metrics` {
    private static let text = """
        # HELP a_total A counter.
        # TYPE a_total counter
        a_total{job="own",x="1"} 5 1700000000000
        # TYPE h histogram
        h_bucket{le="0.00001"} 1
        h_bucket{le="1e7"} 2
        h_sum 3.5
        h_count 4
        # TYPE s summary
        s{quantile="0.5"} 7
        s_sum 8
        s_count 9

        """

    private func push(
        _ server: TestPrometheus, _ line: String..., input: String = text, files: [String: String] = [:]
    ) throws -> ToolOutput {
        let scene = try Scene(files, input: input)
        return PromtoolCommand.run(["push", "metrics"] + line, server.environment(files: scene.files))
    }

    /// The series that a request has, as `labels value time`.
    private func series(_ request: ToolServer.Request) throws -> [String] {
        var message = ByteWriter()
        try Snappy.decode(request.body.span, into: &message, limit: 1 << 20)
        return try PushedSeries.read(message.bytes)
    }

    @Test func `sends series with labels, and says so`() throws {
        let server = TestPrometheus((204, ""))
        let output = try push(server, "http://x", "--header=X-Scope-OrgID=t")
        #expect(output.output == "Parsing standard input\n  SUCCESS: metrics pushed to remote write.\n")
        #expect(output.errors == "" && output.code == 0)
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.target == "/api/v1/write")
        #expect(request.headers.contains(ToolServer.Request.Header("Content-Encoding", "snappy")))
        #expect(request.headers.contains(ToolServer.Request.Header("X-Scope-OrgID", "t")))
        let now = TestPrometheus.now.milliseconds
        #expect(
            try series(request) == [
                "__name__=a_total,exported_job=own,job=promtool,x=1 5.0 1700000000000",
                "__name__=h_bucket,job=promtool,le=1e-05 1.0 \(now)",
                "__name__=h_bucket,job=promtool,le=1e+07 2.0 \(now)",
                "__name__=h_bucket,job=promtool,le=+Inf 4.0 \(now)", "__name__=h_sum,job=promtool 3.5 \(now)",
                "__name__=h_count,job=promtool 4.0 \(now)", "__name__=s,job=promtool,quantile=0.5 7.0 \(now)",
                "__name__=s_sum,job=promtool 8.0 \(now)", "__name__=s_count,job=promtool 9.0 \(now)",
            ])
    }

    @Test func `takes labels and files`() throws {
        let server = TestPrometheus((200, ""))
        let output = try push(
            server, "http://x/api/v1/write", "a.prom", "b.prom", "--label=job=j", "--label=env=test",
            files: ["a.prom": "x 1\n", "b.prom": "y{env=\"own\"} 2 0\n"])
        #expect(
            output.output == """
                Parsing metrics file a.prom
                  SUCCESS: metrics file a.prom pushed to remote write.
                Parsing metrics file b.prom
                  SUCCESS: metrics file b.prom pushed to remote write.

                """)
        #expect(server.requests.map(\.target) == ["", ""])
        let now = TestPrometheus.now.milliseconds
        #expect(
            try server.requests.flatMap(series) == [
                "__name__=x,env=test,job=j 1.0 \(now)", "__name__=y,env=own,job=j 2.0 \(now)",
            ])
        _ = try push(server, "http://x", "--job_label=k", input: "x 1\n")
        #expect(try series(server.requests[2])[0].hasPrefix("__name__=x,job=k "))
    }

    @Test func `names what fails, and continues`() throws {
        let server = TestPrometheus((400, "out of\nbounds\n"), (200, ""))
        let output = try push(server, "http://x", "a.prom", "b.prom", files: ["a.prom": "x 1\n", "b.prom": "x 1\n"])
        #expect(output.errors == "  FAILED: server returned HTTP status 400: out of bounds\n" && output.code == 1)
        #expect(output.output.hasSuffix("  SUCCESS: metrics file b.prom pushed to remote write.\n"))
        let malformed = try push(server, "http://x", input: "x{")
        #expect(malformed.errors == "  FAILED: text format parsing error in line 1: unexpected end of input stream\n")
        #expect(
            try push(server, "http://x", "nosuch").errors == "ktsdb: error: path 'nosuch' does not exist, try --help\n")
        #expect(try push(server, "http://x", "--protobuf_message=foo").code == 1)
        #expect(try push(server).errors.contains("required argument 'remote-write-url' not provided"))
        #expect(try push(server, "http://x", "--label=x").errors.contains("expected KEY=VALUE got 'x'"))
    }
}

/// Reads a write request field by field, apart from the product's decoder.
enum PushedSeries {
    struct Malformed: Error {}

    static func read(_ message: [UInt8]) throws -> [String] {
        try fields(message[...]).filter { $0.number == 1 }.map { try series($0.bytes) }
    }

    private static func series(_ bytes: ArraySlice<UInt8>) throws -> String {
        var labels: [String] = [], text = ""
        for field in try fields(bytes) {
            let parts = try fields(field.bytes)
            if field.number == 1 {
                labels.append(parts.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "="))
            } else {
                let value = parts.first { $0.number == 1 }?.bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                text = " \(Double(bitPattern: value ?? 0)) \(parts.first { $0.number == 2 }?.integer ?? 0)"
            }
        }
        return labels.joined(separator: ",") + text
    }

    private struct Field {
        var number: UInt64
        var bytes: ArraySlice<UInt8> = []
        var integer: UInt64 = 0
    }

    private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [Field] {
        var rest = bytes, fields: [Field] = []
        while !rest.isEmpty {
            let tag = try varint(&rest)
            var field = Field(number: tag >> 3)
            switch tag & 7 {
            case 0: field.integer = try varint(&rest)
            case 1, 2:
                let count = tag & 7 == 1 ? 8 : Int(try varint(&rest))
                guard count <= rest.count else { throw Malformed() }
                field.bytes = rest.prefix(count)
                rest = rest.dropFirst(count)
            default: throw Malformed()
            }
            fields.append(field)
        }
        return fields
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0, shift: UInt64 = 0
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
            shift += 7
        }
        throw Malformed()
    }
}
