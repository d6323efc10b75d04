import KTSDBModel
import LogQL
import Testing

@Suite struct LineFilterTests {
    private let harness = PipelineHarness()

    @Test(arguments: [
        (#"|= "b c""#, "a b c", true), (#"|= "B""#, "a b c", false), (#"!= "b""#, "abc", false),
        (#"!= "x""#, "abc", true),
        (#"|= """#, "", true), (#"!= """#, "a", false), (#"|~ """#, "", true), (#"!~ """#, "a", false),
        (#"|~ "a.c""#, "xabcx", true), (#"|~ "a.c""#, "a\nc", false), (#"|~ "(?s)a.c""#, "a\nc", true),
        (#"|~ "^b""#, "ab", false), (#"|~ "b$""#, "ab", true), (#"|~ "(?i)ERR""#, "an error", true),
        (#"!~ "a|b""#, "xbx", false), (#"|= "a" or "b""#, "b", true), (#"!= "a" or "b""#, "b", false),
        (#"|~ "x" or "y+z""#, "ayyz", true), (#"|= "값""#, "한값", true), (#"|~ "\\bb\\b""#, "a b c", true),
    ])
    func `texts and regular expressions are searched anywhere`(stage: String, line: String, passes: Bool) throws {
        #expect(try harness.passes(stage, line) == passes)
    }

    @Test func `bytes that are not UTF-8 are searched too`() throws {
        let line: [UInt8] = [0x61, 0xFF, 0x62]
        #expect(try harness.process(#"|= "\xff""#, line)?.line == line)
        #expect(try harness.process(#"|~ "a.b""#, line)?.line == line)
        #expect(try harness.process(#"|= "\xfe""#, line) == nil)
    }

    @Test(arguments: [
        ("<_>b<_>", "abc", true), ("<_>a<_>", "abc", false), ("<_>c<_>", "abc", false), ("a<_>", "abc", true),
        ("a<_>", "a", false), ("<_>c", "abc", true), ("<_>c", "c", false), ("abc", "abc", true), ("abc", "abcd", false),
        ("", "", true), ("", "a", false), ("<_>", "a", true), ("<_>", "", false), ("a<_>b<_>c", "a1b2c", true),
        ("a<_>b<_>c", "ab2c", false), ("a<_>a", "aa", false), ("a<_>a", "aaa", true), ("<_>ab", "abab", true),
        ("<_>ab<_>ab", "xabab", false),
    ])
    func `patterns cover the whole line`(pattern: String, line: String, passes: Bool) throws {
        #expect(try harness.passes("|> \"\(pattern)\"", line) == passes)
        #expect(try harness.passes("!> \"\(pattern)\"", line) != passes)
    }

    @Test(arguments: [
        ("10.0.0.7", "host=10.0.0.7:5432", true), ("10.0.0.7", "host=10.0.0.70", false),
        ("10.0.0.0/8", "a 10.9.8.7 b", true),
        ("10.0.0.0/8", "11.9.8.7", false), ("10.0.0.5-10.0.0.9", "10.0.0.9", true),
        ("10.0.0.5-10.0.0.9", "10.0.0.4", false),
        ("2001:db8::/32", #"{"ip":"2001:db8::1"}"#, true), ("2001:db8::/32", "2001:db9::1", false),
        ("::1", "from ::1 at 12:34:56", true), ("0.0.0.0/0", "version 1.2.3", false), ("0.0.0.0/0", "01.2.3.4", false),
        ("10.0.0.7", "300.0.0.7 10.0.0.7", true), ("::ffff:10.0.0.7", "::ffff:10.0.0.7", true),
        ("10.0.0.7/32", "", false),
    ])
    func `addresses are found in the line`(pattern: String, line: String, isThere: Bool) throws {
        #expect(try harness.passes("|= ip(\"\(pattern)\")", line) == isThere)
        #expect(try harness.passes("!= ip(\"\(pattern)\")", line) != isThere)
    }

    @Test(arguments: [
        (#"|~ "[""#, "error parsing regexp: missing closing ]: `[`"),
        (#"|> "<name>""#, "named captures are not allowed: found '<name>'"),
        (#"|> "<_><_>""#, "found consecutive capture '<_><_>': invalid expression"),
        (#"|~ ip("1.2.3.4")"#, "ip: invalid operation"), (#"|= ip("bad")"#, "ip: invalid pattern: \"bad\""),
        (#"|= ip("10.0.0.0/33")"#, "ip: invalid pattern: \"10.0.0.0/33\""),
        (#"|= ip("10.0.0.9-10.0.0.1")"#, "ip: invalid pattern: \"10.0.0.9-10.0.0.1\""),
    ])
    func `a malformed filter is an error that names the stage`(stage: String, problem: String) {
        #expect(throws: LogQLError(.invalidQuery, "parse error : stage '\(stage)' : \(problem)")) {
            try harness.process(stage, "")
        }
    }
}
