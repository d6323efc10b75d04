import KTSDBModel
import LogQL
import Testing

@Suite struct LogfmtStageTests {
    private let harness = PipelineHarness()

    @Test func `pairs become labels`() throws {
        #expect(
            try harness.parsed("| logfmt", #"a=1 b="x \"y\" \u00e9" nested.key=2 c= d e="" app=b a=2"#)
                == ["a": "1", "b": "x \"y\" é", "nested_key": "2", "app_extracted": "b"])
    }

    @Test func `empty values are kept if asked for`() throws {
        #expect(
            try harness.parsed("| logfmt --keep-empty", #"c= d e="" f=1"#) == ["c": "", "d": "", "e": "", "f": "1"])
    }

    @Test(arguments: [
        ("a=1 b=x=y c=3", ["a": "1", "c": "3"]), (#"a=1 "k y"=1 =n c=3"#, ["a": "1", "c": "3"]),
        (#"a=1 b="cut c=3"#, ["a": "1"]), (#"a="\q" c=3"#, ["c": "3"]), ("", [:]), (" \t", [:]),
    ])
    func `bad pairs are skipped`(line: String, labels: [String: String]) throws {
        #expect(try harness.parsed("| logfmt", line) == labels)
    }

    @Test(arguments: [
        ("a=1 b=x=y c=3", "logfmt syntax error at pos 8 : unexpected '='"),
        (#"a=1 "k"=1"#, "logfmt syntax error at pos 5 : unexpected '\"'"),
        ("a=1 =n", "logfmt syntax error at pos 5 : unexpected '='"),
        (#"a=1 b="cut"#, "logfmt syntax error at pos 11 : unterminated quoted value"),
        (#"a=1 b="\q" c=3"#, "logfmt syntax error at pos 11 : invalid quoted value"),
    ])
    func `strict parsing stops at the first bad pair`(line: String, details: String) throws {
        #expect(
            try harness.parsed("| logfmt --strict", line)
                == ["a": "1", "__error__": "LogfmtParserErr", "__error_details__": details])
    }

    @Test func `expressions set only their labels, to nothing if the key is missing`() throws {
        #expect(
            try harness.parsed(#"| logfmt x="b", y, app="a""#, "a=1 b=2 b=3") == [
                "x": "2", "y": "", "app_extracted": "1",
            ])
        #expect(try harness.parsed("| logfmt --strict a, z", "a=1 b=x=y z=2")?["z"] == "")
    }

    @Test(arguments: [("b.c", "unexpected char ."), ("b c", "syntax error: unexpected KEY")])
    func `an expression is one key`(expression: String, problem: String) {
        #expect(
            throws: LogQLError(
                .invalidQuery,
                "parse error : stage '| logfmt a=\"\(expression)\"' : cannot parse expression "
                    + "[\(expression)]: \(problem)")
        ) { try LinePipeline(stages: [.logfmt(LogfmtStage(extractions: [LabelExtraction("a", expression)]))]) }
    }

    @Test func `parsing ends once all labels have been found`() throws {
        let harness = PipelineHarness(needs: .only(["a"]))
        #expect(try harness.parsed("| logfmt --strict", "a=1 b=x=y") == ["a": "1"])
        #expect(try PipelineHarness(needs: .none).parsed("| logfmt --strict", "=") == [:])
    }
}
