import KTSDBModel
import LogQL
import Testing

@Suite struct CaptureStageTests {
    private let harness = PipelineHarness()

    @Test(arguments: [
        ("<a> - <b> [<_>] <c>", "x - y [z] w", ["a": "x", "b": "y", "c": "w"]), ("<a> <_>", "x y z", ["a": "x"]),
        ("<a>  <b>", "one two", ["a": "one two"]), ("v=<a>;<b>", "v=1;2", ["a": "1", "b": "2"]),
        ("v=<a>", "x v=1", [:]), ("<a> x<b>", "1 x", ["a": "1", "b": ""]), ("<a>", "", [:]),
        ("<a>=<b>=<c>", "1=2", ["a": "1", "b": "2"]), ("<app> <a>", "b c", ["app_extracted": "b", "a": "c"]),
    ])
    func `pattern captures what is between its texts`(pattern: String, line: String, labels: [String: String]) throws {
        #expect(try harness.parsed("| pattern `\(pattern)`", line) == labels)
    }

    @Test func `regexp sets a label for each named group of the first match`() throws {
        #expect(
            try harness.parsed("| regexp `(?P<k>\\w+)=(?P<v>\\d*)(?P<u>x)?( (?P<app>b))?`", "?? n= b m=2")
                == ["k": "n", "v": "", "u": "", "app_extracted": "b"])
        #expect(try harness.parsed("| regexp `(?P<k>\\d+)`", "none") == [:])
        #expect(try harness.parsed("| regexp `^(?P<k>.*)`", "a\nb") == ["k": "a"])
    }

    @Test func `unpack sets labels and the line`() throws {
        let packed = #"{"pod":"p","app":"b","n":5,"_entry":"level=info \"x\""}"#
        #expect(try harness.line("| unpack", packed) == #"level=info "x""#)
        #expect(try harness.parsed("| unpack", packed) == ["pod": "p", "app_extracted": "b"])
        #expect(try harness.parsed("| unpack", #"{"pod":"p"}"#) == [:])
        #expect(
            try harness.parsed("| unpack", "text") == [
                "__error__": "JSONParserErr", "__error_details__": "expecting json object(6), but it is not",
            ])
        #expect(try harness.line("| unpack", "text") == "text")
        #expect(try harness.passes(#"| unpack |= "level""#, packed))
    }

    @Test func `unpack changes the line also if no labels are needed`() throws {
        #expect(try PipelineHarness(needs: .none).line("| unpack", #"{"a":"b","_entry":"x"}"#) == "x")
    }

    @Test func `drop and keep choose labels by name and by value`() throws {
        let line = #"{"a":"1","b":"2","c":"3"}"#
        #expect(try harness.parsed("| json | drop a, b=\"x\", c=~\"[0-9]\"", line) == ["b": "2"])
        let kept = try #require(try harness.process("| json | keep a, b=\"x\", c=\"3\"", line))
        #expect(kept.parsedLabels == ["a": "1", "c": "3"])
        #expect(kept.stream == [:])
        #expect(try harness.parsed("| json | keep a", "no json")?.keys.sorted() == ["__error__", "__error_details__"])
        #expect(try harness.parsed("| json | drop __error__", "no json")?.keys.sorted() == ["__error_details__"])
        #expect(try harness.passes(#"| json | drop __error__ | __error__="""#, "no json"))
        #expect(try harness.process("| drop app", line)?.stream == [:])
    }

    @Test(arguments: [
        ("\u{1B}[32mINFO\u{1B}[0m x \u{1B}[1;36m:80\u{1B}[m", "INFO x :80"), ("\u{1B}]0;title\u{07}text", "text"),
        ("plain", "plain"), ("\u{1B}[2K\u{1B}[1Gp 50%", "p 50%"), ("é\u{1B}[38;5;196mé", "éé"),
    ])
    func `decolorize removes escape sequences`(line: String, plain: String) throws {
        #expect(try harness.line("| decolorize", line) == plain)
    }
}
