import KTSDBModel
import KTSDBTesting
import LogQL
import Testing

@Suite struct PipelineFuzzTests {
    private static let pieces =
        [
            "{", "}", "[", "]", "\"", "\\", ":", ",", "=", " ", "\n", "a", "level", "\\u00e9", "\\ud83d", "1.5", "true",
            "null",
            "\u{1B}[31m", "10.0.0.1", "::1", "한", "{\"a\":{\"b\":\"c\"}}", "\"_entry\":\"x\"", "k=\"v\\\"\" ",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0x00]]

    private static func line(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...20, using: &random)).flatMap { _ in pieces.randomElement(using: &random)! }
    }

    @Test func `any bytes pass through any stages, and a line does not depend on those before it`() throws {
        var random = SeededGenerator(seed: 11)
        let stages = [
            "| json", "| json a, x=`a.b[0]`", "| logfmt", "| logfmt --strict --keep-empty", "| logfmt a, level",
            "| unpack",
            "| pattern `<a>=<b> <_>`", "| regexp `(?P<a>[a-z]+).(?P<b>.*)`", "| decolorize", #"|= ip("10.0.0.0/8")"#,
            #"|> "<_>a<_>""#, "| a > 1", "| a > 1KB or b > 1s", #"| line_format "{{.a}} {{ upper .b }}""#,
            #"| label_format a=b, c="{{.a}}""#, "| drop a, b=\"c\"", "| keep a, level", #"!~ "a+\\b""#, #"| a!="x""#,
        ]
        for _ in 0..<150 {
            let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in stages.randomElement(using: &random)! }
            guard case .lines(let query) = try LogQLExpression(parsing: #"{app="a"} "# + text.joined(separator: " "))
            else {
                return
            }
            var pipeline = try LinePipeline(stages: query.stages)
            for _ in 0..<40 {
                let entry = LogLine(
                    stream: Bool.random(using: &random) ? ["app": "a"] : ["app": "a", "level": "info"], time: 0,
                    line: Self.line(&random), metadata: Bool.random(using: &random) ? [:] : ["a": "m", "app": "n"])
                var fresh = try LinePipeline(stages: query.stages)
                let (result, other) = (pipeline.process(entry), fresh.process(entry))
                #expect(result?.line == other?.line)
                #expect(result?.stream == other?.stream)
                #expect(result?.metadata == other?.metadata)
                #expect(result?.parsed == other?.parsed)
                #expect(result?.emptyLabels == other?.emptyLabels)
                for labels in [result?.stream, result?.metadata, result?.parsed] {
                    #expect(labels.map { Labels($0.map { ($0.name, $0.value) }).count == $0.count } ?? true)
                }
            }
        }
    }

    /// With fewer needs a query finds the same values of what it needs, unless something is malformed.
    @Test func `needs do not change the values of labels`() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let fields = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                let name = ["a", "b", "level", "x y"].randomElement(using: &random)!
                let value = ["1", "\"v\"", "{\"a\":\"w\",\"b\":true}", "null"].randomElement(using: &random)!
                return "\"\(name)\":\(value)"
            }
            let line = "{" + fields.joined(separator: ",") + "}"
            let all = try #require(try PipelineHarness().parsed("| json", line))
            for name in ["a", "b", "a_b", "x_y_a", "level"] {
                let some = try PipelineHarness(needs: .only([name])).parsed("| json", line)
                #expect(some?[name] == all[name], "\(name) of \(line)")
            }
        }
    }

    @Test func `lines with any number of names are forgotten`() throws {
        guard case .lines(let query) = try LogQLExpression(parsing: #"{app="a"} | json | level="x""#) else { return }
        var pipeline = try LinePipeline(stages: query.stages)
        for number in 0..<70_000 {
            let line = Array("{\"n\(number)\":\"1\",\"level\":\"x\"}".utf8)
            let result = pipeline.process(LogLine(stream: ["app": "a"], time: 0, line: line, metadata: ["m": "1"]))
            if number % 10_000 == 0 || number > 65_500 && number < 65_600 {
                #expect(result?.parsed == ["n\(number)": "1", "level": "x"])
                #expect(result?.stream == ["app": "a"])
                #expect(result?.metadata == ["m": "1"])
            }
        }
    }
}
