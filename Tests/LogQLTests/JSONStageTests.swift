import KTSDBModel
import LogQL
import Testing

@Suite struct JSONStageTests {
    private let harness = PipelineHarness()
    private static let object = "Value looks like object, but can't find closing '}' symbol"

    @Test func `fields become labels, and those of inner objects with all names`() throws {
        let line = #"{"a":"x","b":{"c":1e3,"d e":{"f":true}},"9":"n","h":null,"i":[1,{"j":2}],"":"k","값":"v"}"#
        #expect(
            try harness.parsed("| json", line)
                == ["a": "x", "b_c": "1e3", "b_d_e_f": "true", "_9": "n", "_": "v"])
    }

    @Test func `the first of two values counts, and labels of the stream are not replaced`() throws {
        #expect(
            try harness.parsed("| json", #"{"x":"1","x":"2","app":"b"}"#) == ["x": "1", "app_extracted": "b"])
    }

    @Test func `labels of the metadata are not replaced`() throws {
        let harness = PipelineHarness(metadata: ["trace": "t", "app": "m"])
        let line = try #require(try harness.process("| json", #"{"trace":"u"}"#))
        #expect(line.metadata == ["trace": "t", "app_extracted": "m"])
        #expect(line.parsedLabels == ["trace_extracted": "u"])
    }

    @Test func `strings are unescaped, and what is not UTF-8 is blank`() throws {
        #expect(try harness.parsed("| json", #"{"a":"\t\"\\\/é😀"}"#) == ["a": "\t\"\\/é😀"])
        #expect(try harness.parsed("| json", #"{"a":"\x41"}"#) == ["a": ""])
        #expect(try harness.parsed("| json", #"{"a":"\ud83d"}"#) == ["a": ""])
        let line = Array(#"{"a":""#.utf8) + [0xFF, 0x41, 0xC3] + Array(#""}"#.utf8)
        #expect(try harness.process("| json", line)?.parsedLabels == ["a": " A "])
    }

    @Test(arguments: [
        ("", [:], object), ("42", [:], object), ("[1]", [:], object), (#""a""#, [:], object), ("text", [:], object),
        (#"{"a":"b""#, ["a": "b"], "Value is array, but can't find closing ']' symbol"),
        (#"{"a":"b" "c":1}"#, ["a": "b"], object),
        (#"{"a":"b","c":"d"#, ["a": "b"], "Value is string, but can't find closing '\"' symbol"),
        (#"{"a":{"b":"c"}"#, ["a_b": "c"], "Value is array, but can't find closing ']' symbol"),
        (#"{"a":{"b":"c""#, [:], object), (#"{"a":[1"#, [:], "Value is array, but can't find closing ']' symbol"),
        (#"{a:1}"#, [:], object), ("{", [:], "Malformed JSON error"), (#"{"a" 1}"#, [:], "Malformed JSON error"),
        (#"{"a":tru}"#, [:], "Unknown value type"),
        (#"{"\x":1}"#, [:], "Encountered an invalid escape sequence in a string"),
    ])
    func `what is malformed is an error, and what was before it remains`(
        line: String, labels: [String: String], details: String
    ) throws {
        let expected = labels.merging(["__error__": "JSONParserErr", "__error_details__": details]) { $1 }
        #expect(try harness.parsed("| json", line) == expected)
    }

    @Test(arguments: ["{}", #" {"a":1} "#, #"{"a":1} tail"#, #"{"a":1,}"#])
    func `what is after an object does not matter`(line: String) throws {
        #expect(try harness.parsed("| json", line)?["__error__"] == nil)
    }

    @Test func `objects that are too deep are passed over`() throws {
        let depth = 200_000
        let line =
            String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth - 1)
            + #","b":"after"}"#
        #expect(try harness.parsed("| json", line) == ["b": "after"])
    }

    // MARK: Expressions

    @Test func `expressions lead to fields and elements, and else to nothing`() throws {
        let line = #"{"a":{"b c":[{"d":"x\ny"},[1,2]]},"e":{"f":"g"},"n":null}"#
        #expect(
            try harness.parsed(
                #"| json v=`a["b c"][0].d`, w=`a["b c"][1][1]`, whole="e", list=`a["b c"]`, missing="a.z", n"#, line)
                == [
                    "v": "x\ny", "w": "2", "whole": #"{"f":"g"}"#, "list": #"[{"d":"x\ny"},[1,2]]"#, "missing": "",
                    "n": "",
                ])
    }

    @Test func `expressions see past what is malformed elsewhere`() throws {
        #expect(try harness.parsed("| json b", #"{"a":1 "b":"x"} tail"#) == ["b": "x"])
        #expect(try harness.parsed("| json b", #"{"x":{"b":"inner"},"y":"b"}"#) == ["b": ""])
        #expect(
            try harness.parsed("| json a, b", #"{"a":"x","b":"cut"#) == [
                "a": "x", "b": "", "__error__": "JSONParserErr",
                "__error_details__": "Value is string, but can't find closing '\"' symbol",
            ])
    }

    @Test func `expressions of a line that is no JSON set an error without details`() throws {
        #expect(try harness.parsed("| json b", "text") == ["__error__": "JSONParserErr"])
        #expect(try harness.parsed("| json b", "") == [:])
        #expect(try harness.parsed("| json b", "[1]") == ["b": ""])
    }

    @Test(arguments: [
        ("b[", "syntax error: unexpected $end, expecting STRING or INDEX"),
        ("값", "syntax error: unexpected $end, expecting LSB or FIELD"),
        ("a.", "syntax error: unexpected $end, expecting FIELD"),
        ("a[0", "syntax error: unexpected $end, expecting RSB"),
    ])
    func `a malformed expression is an error of the query`(expression: String, problem: String) {
        #expect(
            throws: LogQLError(
                .invalidQuery,
                "parse error : stage '| json v=\"\(expression)\"' : cannot parse expression "
                    + "[\(expression)]: \(problem)")
        ) { try LinePipeline(stages: [.json([LabelExtraction("v", expression)])]) }
    }

    // MARK: Needs

    @Test func `a query that needs no labels parses nothing`() throws {
        let harness = PipelineHarness(needs: .none)
        #expect(try harness.parsed("| json", #"{"a":1"#) == [:])
        #expect(try harness.parsed("| json | a=1", #"{"a":1,"b":"#) == ["a": "1"])
    }

    @Test func `parsing ends once all labels have been found`() throws {
        let harness = PipelineHarness(needs: .only(["x_y"]))
        #expect(try harness.parsed("| json", #"{"a":1,"x":{"z":2,"y":"v"},"b":"#) == ["x_y": "v"])
        #expect(try harness.parsed("| json", #"{"a":1,"b":"#)?["__error__"] == "JSONParserErr")
        // The label of the stream is not found in the line.
        let other = PipelineHarness(needs: .only(["app"]))
        #expect(
            try other.parsed(#"| json | level="info""#, #"{"level":"info","app":"b","m":"cut"#)?["__error__"] != nil)
    }
}
