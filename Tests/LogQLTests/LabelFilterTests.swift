import KTSDBModel
import LogQL
import Testing

@Suite struct LabelFilterTests {
    private let harness = PipelineHarness(stream: ["app": "a", "n": "15"], metadata: ["trace": "t-1"])

    @Test(arguments: [
        (#"| app="a""#, true), (#"| app!="a""#, false), (#"| trace=~"t-.""#, true), (#"| trace=~"t""#, false),
        (#"| missing="""#, true), (#"| missing!="x""#, true), ("| n = 15", true), ("| n > 15", false),
        ("| n >= 1.5e1 and n < 16", true), (#"| n > 20 or app="a""#, true), ("| missing > 1", false),
        ("| missing == 1KB", false), (#"| app="b", n=15"#, false), ("| n < 20B", true),
        (#"| trace="t-1" n!=15"#, false),
        (#"| missing = ip("1.2.3.4")"#, false), (#"| app != ip("1.2.3.4")"#, true),
    ])
    func `labels of all kinds are compared`(stage: String, passes: Bool) throws {
        #expect(try harness.passes(stage, "") == passes)
    }

    @Test(arguments: [
        ("| x > 5", "abc", #"strconv.ParseFloat: parsing "abc": invalid syntax"#),
        ("| x > 5", "1e999", #"strconv.ParseFloat: parsing "1e999": value out of range"#),
        ("| x > 5s", "later", #"time: invalid duration "later""#),
        ("| x > 5s", "102", #"time: missing unit in duration "102""#),
        ("| x > 5s", "1d", #"time: unknown unit "d" in duration "1d""#),
        ("| x > 5KB", "huge", #"strconv.ParseFloat: parsing "": invalid syntax"#),
        ("| x > 5KB", "5 parsecs", "unhandled size name: parsecs"),
    ])
    func `what does not convert passes with an error`(stage: String, value: String, details: String) throws {
        let labels = try harness.parsed("| json \(stage)", "{\"x\":\"\(value)\"}")
        #expect(labels == ["x": value, "__error__": "LabelFilterErr", "__error_details__": details])
    }

    @Test func `an error remains, whatever filters come after it`() throws {
        #expect(try harness.passes("| json | n > 10", "no json"))
        #expect(try harness.passes("| json | n > 100", "no json"))
        #expect(try !harness.passes("| json | missing > 5s", "no json"))
        #expect(try harness.passes(#"| json | missing = ip("1.2.3.4")"#, "no json"))
        #expect(try !harness.passes(#"| json | __error__="""#, "no json"))
        #expect(try harness.passes(#"| json | __error__="JSONParserErr""#, "no json"))
        #expect(try harness.parsed("| json | app > 5", "no json")?["__error__"] == "JSONParserErr")
    }

    @Test(arguments: [
        ("1", 1.0), ("-1.5", -1.5), ("+2", 2), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("0x1p3", 8), ("0x.8p1", 1),
        ("1_000", 1000), ("Inf", .infinity), ("-infinity", -.infinity),
        ("12345678901234567890", 12_345_678_901_234_567_168),
        ("0.1", 0.1), ("1e-400", 0), ("123456.789012345678", 123456.789012345678),
    ])
    func `numbers are read as Go reads them`(text: String, value: Double) throws {
        let line = try harness.process("| json", "{\"x\":\"\(text)\"}", unwrap: Unwrap("x"))
        #expect(line?.value == value)
        #expect(line?.parsed == [:])
    }

    @Test(arguments: ["", " 1", "1 ", "_1", "1__0", "1_", "0x1", "e1", "1e", ".", "--1", "0b1", "+nan", "in"])
    func `other texts are no numbers`(text: String) throws {
        let line = try harness.process("| json", "{\"x\":\"\(text)\"}", unwrap: Unwrap("x"))
        #expect(line?.value == (text.isEmpty ? nil : 0))
        #expect(line?.parsed["__error__"] == (text.isEmpty ? nil : "SampleExtractionErr"))
        #expect(line?.parsed["x"] == (text.isEmpty ? nil : text))
    }

    @Test(arguments: [
        ("1.5h", 5400.0), ("250us", 0.00025), ("1h15m30.918s", 4530.918), ("-5ms", -0.005), ("0", 0),
        ("10µs", 0.00001),
        ("1.s", 1), (".5m", 30),
    ])
    func `durations are unwrapped to seconds`(text: String, value: Double) throws {
        let line = try harness.process("| json", "{\"x\":\"\(text)\"}", unwrap: Unwrap("x", conversion: .duration))
        #expect(line?.value == value)
    }

    @Test(arguments: [
        ("10", 10.0), ("10 KB", 10_000), ("1,000", 1000), ("1.5MiB", 1_572_864), ("5k", 5000), ("2ki", 2048),
        ("1 EiB", 0x1p60),
        ("1.9", 1),
    ])
    func `sizes are unwrapped to bytes`(text: String, value: Double) throws {
        let line = try harness.process("| json", "{\"x\":\"\(text)\"}", unwrap: Unwrap("x", conversion: .bytes))
        #expect(line?.value == value)
    }

    @Test func `filters after unwrap see its label`() throws {
        let unwrap = try Unwrap("n", filters: [.text(TextMatcher("n", .equal, "15"))])
        #expect(try harness.process("", "", unwrap: unwrap)?.stream == ["app": "a"])
    }

    @Test func `filters after unwrap see its errors, and a line without the label has no sample`() throws {
        let unwrap = try Unwrap("x", filters: [.text(TextMatcher("__error__", .equal, ""))])
        #expect(try harness.process("| json", #"{"x":"abc"}"#, unwrap: unwrap) == nil)
        #expect(try harness.process("| json", #"{"x":"2"}"#, unwrap: unwrap)?.value == 2)
        #expect(try harness.process("| json", #"{"y":"2"}"#, unwrap: unwrap) == nil)
        #expect(try harness.process("", "", unwrap: Unwrap("n"))?.stream == ["app": "a"])
    }
}
