import KTSDBModel
import Testing

@Suite struct `Captures` {
    @Test(
        arguments: [
            ("abc", "abc", ["abc"]), ("(a)(b)?", "a", ["a", "a", nil]), ("(a*)(a*)", "aaa", ["aaa", "aaa", ""]),
            ("(a*?)(a*)", "aaa", ["aaa", "", "aaa"]), ("(?U)(a+)(a*)", "aaa", ["aaa", "a", "aa"]),
            ("(?U)(a+?)(a*)", "aaa", ["aaa", "aaa", ""]), ("(a|ab)(c|bcd)?(d*)", "abcd", ["abcd", "a", "bcd", ""]),
            ("(a|b)*", "abab", ["abab", "b"]), ("(a+|b)+", "ab", ["ab", "b"]),
            ("((a)|(b))*", "ab", ["ab", "b", "a", "b"]),
            ("(a*)*", "aa", ["aa", "aa"]), ("(a*)+", "", ["", ""]), ("(|a)*", "aa", ["aa", "a"]),
            ("(|a)+", "", ["", ""]),
            ("(.*):(.*)", "a:b:c", ["a:b:c", "a:b", "c"]), ("(.*?):(.*)", "a:b:c", ["a:b:c", "a", "b:c"]),
            ("(x){0,2}", "", ["", nil]), ("(x){2}", "xx", ["xx", "x"]), ("(日+)(.)", "日日é", ["日日é", "日日", "é"]),
            ("^(\\w+)\\b(.*)$", "ab-c", ["ab-c", "ab", "-c"]), ("(?m)(^.*$)\n(.*)", "a\nb", ["a\nb", "a", "b"]),
            ("(foo|foobar)(bar)?", "foobar", ["foobar", "foo", "bar"]),
            ("(?i)(A+)(?-i:(a))", "AAa", ["AAa", "AA", "a"]),
            ("(a)|b", "c", nil), ("()", "", ["", ""]),
        ] as [(String, String, [String?]?)])
    func `are those of backtracking`(pattern: String, text: String, expected: [String?]?) throws {
        let expression = try RegularExpression(pattern, dotMatchesNewline: true)
        #expect(expression.captured(text) == expected)
    }

    @Test func `of ill-formed text are in its own bytes`() throws {
        let expression = try RegularExpression("(.)(.*)(z)", dotMatchesNewline: true)
        let bytes: [UInt8] = [0xE2, 0x82, 0x41, 0xFF, 0x7A]
        #expect(expression.captures(whole: bytes.span) == [0..<5, 0..<1, 1..<4, 4..<5])
    }

    @Test func `have names`() throws {
        let expression = try RegularExpression("(?P<host>.*):(?<port>[0-9]+)(x)?", dotMatchesNewline: true)
        #expect(expression.captureNames == [nil, "host", "port", nil])
        #expect(try RegularExpression("a", dotMatchesNewline: true).captureNames == [nil])
    }

    @Test(arguments: [
        ("$1", "db"), ("${1}", "db"), ("$1x", ""), ("${1}x", "dbx"), ("$2:$1", "9100:db"), ("$0", "db:9100"),
        ("$$1", "$1"),
        ("$host", "db"), ("${port}", "9100"), ("$hostx", ""), ("${host}x", "dbx"), ("$9", ""), ("$01", ""), ("$", "$"),
        ("a$", "a$"), ("$-", "$-"), ("${", "${"), ("${}", "${}"), ("${1", "${1"), ("${1-}", "${1-}"), ("$é", ""),
        ("$1é", ""),
        ("$1-é", "db-é"), ("$١", ""), ("", ""), ("$$$$", "$$"), ("$3", ""), ("plain", "plain"), ("$1$2", "db9100"),
        ("$99999999999999999999", ""), ("$_", ""),
    ])
    func `expand in templates`(template: String, expected: String) throws {
        let expression = try RegularExpression("(?P<host>.*):(?P<port>[0-9]+)(x)?", dotMatchesNewline: true)
        #expect(expression.expanded(template, for: "db:9100") == expected)
    }

    @Test func `of one name give the first group that took part`() throws {
        let expression = try RegularExpression("(?P<n>a)|(?P<n>b)", dotMatchesNewline: true)
        #expect(expression.expanded("<$n>", for: "b") == "<b>")
    }
}

extension RegularExpression {
    /// The template with what the groups captured in `text`, or nil if the text does not match.
    fileprivate func expanded(_ template: String, for text: String) -> String? {
        let bytes = Array(text.utf8)
        guard let captures = captures(whole: bytes.span) else { return nil }
        return String(decoding: expand(template, captures: captures, in: bytes.span), as: UTF8.self)
    }
}
