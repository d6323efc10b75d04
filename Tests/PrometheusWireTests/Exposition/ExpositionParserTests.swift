import KTSDBModel
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Pages of metrics` {
    private func parse(_ text: String, _ format: ExpositionFormat = .text) -> ParsedPage {
        ParsedPage(Array(text.utf8), format)
    }

    @Test(arguments: pageSeeds, [ExpositionFormat.text, .openMetrics])
    func `random pages say what they were made to say`(seed: UInt64, format: ExpositionFormat) {
        var generator = PageGenerator(seed: seed, count: 40, format: format)
        for _ in 0..<5 {
            let (bytes, samples) = generator.page()
            let page = ParsedPage(bytes, format)
            #expect(page.error == nil)
            // NaN is no equal of itself.
            #expect(page.samples.map(\.value.bitPattern) == samples.map(\.value.bitPattern))
            #expect(page.samples.map(\.labels) == samples.map(\.labels))
            #expect(page.samples.map(\.timestamp) == samples.map(\.timestamp))
            #expect(page.samples.map(\.series) == samples.map(\.series))
        }
    }

    @Test func `bucket bounds and quantiles are written with a point`() {
        let page = parse(
            """
            # TYPE h histogram
            h{le="1"} 1
            h{le="10000000"} 2
            h{le="0.50"} 3
            h{le="+Inf"} 4
            h{le="x"} 5
            h{quantile="1"} 6
            # TYPE s summary
            s{quantile="1"} 7
            s{le="1"} 8

            """)
        let labels = page.samples.map { $0.labels["le"] ?? $0.labels["quantile"] }
        #expect(labels == ["1.0", "1e+07", "0.5", "+Inf", "x", "1", "1.0", "1"])
    }

    @Test func `a comma may stand behind the last label in the text format alone`() {
        for line in ["a{b=\"c\",} 1", "{\"a\",} 1", "{\"a\",b=\"c\",} 1"] {
            #expect(parse(line + "\n").error == nil)
            let error = ParsedPage(Array((line + "\n# EOF\n").utf8), .openMetrics).error
            #expect(error?.message.hasPrefix("expected label name, got \"}") == true, "\(line)")
        }
        let exemplar = ParsedPage(Array("a 1 # {b=\"c\",} 1\n# EOF\n".utf8), .openMetrics)
        #expect(exemplar.error?.message.hasPrefix("expected label name") == true)
    }

    @Test func `errors name the line`() {
        #expect(parse("a 1\n\n# HELP x y\nb{c=\"d\" 2\n").error?.line == 4)
        #expect(
            parse("a 1\nb").error
                == ExpositionError(
                    line: 2, message: #"expected value after metric, got "\n" ("INVALID") while parsing: "b\n""#))
        #expect(parse("a{b=\"c\",b=\"d\"} 1\n").error?.message == "label name \"b\" is not unique: invalid sample")
        #expect(
            parse("a{__name__=\"b\"} 1\n").error?.message == "label name \"__name__\" is not unique: invalid sample")
        #expect(parse("{\"\"} 1\n").error?.message == "missing metric name (__name__ label)")
        #expect(parse("{\"a\",\"\"=\"x\"} 1\n").error?.message.hasPrefix("invalid metric name or label names") == true)
        #expect(parse("a{\"b\"} 1\n").error?.message == #"metric name already set while parsing: "a{\"b\"}""#)
        #expect(parse("a 1 99999999999999999999\n").error?.message.contains("value out of range") == true)
        #expect(parse("\0a 1\n").error?.message.hasPrefix("expected a valid start token") == true)
        #expect(parse("# TYPE a counter \n").error?.message == "invalid metric type \"counter \"")
    }

    @Test func `blanks before a name are no part of it, and a value may stand beside the brace`() {
        #expect(parse("  a 1\n\t{\"b\"}2\n").samples.map(\.labels) == [["__name__": "a"], ["__name__": "b"]])
    }

    @Test func `a raw line break in a label value belongs to it`() {
        #expect(parse("a{b=\"x\ny\"} 1\n").samples.first?.labels == ["__name__": "a", "b": "x\ny"])
    }

    @Test func `a metric's name in metadata may be quoted`() {
        let page = parse("# HELP \"a.b\\\"c\" what it is\n# TYPE \"a.b\\\"c\" gauge\n")
        #expect(page.families == ["a.b\"c": MetricFamily(name: "a.b\"c", type: .gauge, help: "what it is")])
    }

    /// A cut between lines, or behind enough digits for a value, cannot be seen in this format; any other must be.
    @Test func `a page cut within a line is an error`() {
        let line = "metric_name{label=\"value\",other=\"x y\"} 12.5 1700000000000\n"
        let text = "a 1\n" + line
        for count in 5..<text.utf8.count - 1 {
            let cut = String(text.prefix(count))
            let page = parse(cut)
            let written = cut.dropFirst(4)
            let looksWhole =
                written.contains("} ") && written.last != " " && written.split(separator: " ").count > 2
                && written.last != "."
            if looksWhole || written.hasSuffix("5 ") || written.hasSuffix("12.") { continue }
            #expect(page.error?.line == 2, "\(cut)")
        }
        // OpenMetrics pages say where they end.
        let whole = Array("# TYPE a gauge\na{b=\"c\"} 12.5 3\n# EOF\n".utf8)
        for count in 0..<whole.count - 1 { #expect(ParsedPage(Array(whole[..<count]), .openMetrics).error != nil) }
    }

    @Test(arguments: pageSeeds, [ExpositionFormat.text, .openMetrics])
    func `any bytes are read or refused, and never trap`(seed: UInt64, format: ExpositionFormat) {
        var generator = PageGenerator(seed: seed, count: 6, format: format)
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab1 \t\n{}\",=#\\.\0TYPEHELPUNITEOF_+-eN\u{80}".utf8) + [0xFF]
        for _ in 0..<50 {
            var bytes = generator.page().bytes
            if Bool.random(using: &random) {
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            }
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = alphabet.randomElement(using: &random)!
            }
            for sample in ParsedPage(bytes, format).samples {
                let stringForm = sample.labels.stringForm
                let isWellFormed = Labels.isWellFormed(stringForm: stringForm.span)
                #expect(isWellFormed)
            }
            let noise = (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            _ = ParsedPage(noise, format)
        }
    }

    @Test func `a line with very many labels takes no more than its share of time`() {
        let labels = (0..<10_000).reversed().map { "l\($0)=\"\"" }.joined(separator: ",")
        #expect(parse("a{\(labels)} 1\n").samples.first?.labels == ["__name__": "a"])
    }

    @Test(
        arguments: [
            ("text/plain; version=0.0.4", ExpositionFormat.text),
            ("application/openmetrics-text; version=1.0.0", .openMetrics),
            ("Application/OpenMetrics-Text", .openMetrics), ("", nil), ("application/json", nil),
            ("text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8", .text), (" text/plain ;;", nil),
            ("text/plain;", .text), ("text/plain; charset=\"utf-8\" ;", .text), ("text/plain; a=\"x\\\"; b=1\"", .text),
            ("text/plain; charset", nil), ("text/plain; a=1; A=2", nil), ("text/plain; a=1; A=1", .text),
            ("text/plain charset=utf-8", nil), ("text/", nil), ("/plain", nil), ("text/plain/x", nil),
            ("text/plain; a=\"x", nil), ("text/html", nil), ("application/vnd.google.protobuf", .protobuf),
            ("text", nil),
        ] as [(String, ExpositionFormat?)])
    func `the content type tells the format`(contentType: String, format: ExpositionFormat?) {
        #expect(ExpositionFormat.named(by: contentType) == format)
        if let format { #expect(ExpositionFormat.named(by: format.contentType) == format) }
        #expect(ExpositionFormat.isProtobuf(contentType) == (format == .protobuf))
    }

    @Test(
        arguments: [
            ("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", true),
            ("Application/VND.Google.Protobuf", true), ("application/vnd.google.protobu", false),
            ("text/plain; a=application/vnd.google.protobuf", false),
        ])
    func `protobuf is told by the first bytes`(contentType: String, isProtobuf: Bool) {
        #expect(ExpositionFormat.isProtobuf(contentType) == isProtobuf)
    }
}
