import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `An invalid pattern` {
    @Test(arguments: [
        ("(", "missing closing )", "("), ("(a", "missing closing )", "(a"), ("(a|b|", "missing closing )", "(a|b|"),
        (")", "unexpected )", ")"), ("a)(b", "unexpected )", "a)(b"), ("(a))", "unexpected )", "(a))"),
        ("x[a-z", "missing closing ]", "[a-z"), ("[", "missing closing ]", "["), ("[]", "missing closing ]", "[]"),
        ("[^]", "missing closing ]", "[^]"), ("[a-", "missing closing ]", "[a-"),
        ("[[:alpha:]", "missing closing ]", "[[:alpha:]"),
        ("([a-z)", "missing closing ]", "[a-z)"),
        ("[a-Z]", "invalid character class range", "a-Z"), ("[z-a]", "invalid character class range", "z-a"),
        ("[[:foo:]]", "invalid character class range", "[:foo:]"),
        (#"\p{Foo}"#, "invalid character class range", #"\p{Foo}"#),
        (#"a\pX"#, "invalid character class range", #"\pX"#), (#"\p"#, "invalid character class range", #"\p"#),
        (#"\p{Greek"#, "invalid character class range", #"\p{Greek"#),
        (#"[\PY]"#, "invalid character class range", #"\PY"#),
        ("a**", "invalid nested repetition operator", "**"), ("a*+b", "invalid nested repetition operator", "*+"),
        ("a?+?b", "invalid nested repetition operator", "?+?"), ("a{1}*", "invalid nested repetition operator", "{1}*"),
        ("a+{2,3}", "invalid nested repetition operator", "+{2,3}"),
        ("a*??", "invalid nested repetition operator", "*??"),
        ("*", "missing argument to repetition operator", "*"), ("a|*b", "missing argument to repetition operator", "*"),
        ("(+)", "missing argument to repetition operator", "+"),
        ("(?i)?", "missing argument to repetition operator", "?"),
        ("{2}?a", "missing argument to repetition operator", "{2}?"),
        (#"\Q\E*"#, "missing argument to repetition operator", "*"),
        ("**", "missing argument to repetition operator", "*"),
        ("a|+?", "missing argument to repetition operator", "+?"),
        (#"\8"#, "invalid escape sequence", #"\8"#), (#"a\1b"#, "invalid escape sequence", #"\1"#),
        (#"\q"#, "invalid escape sequence", #"\q"#), (#"\C"#, "invalid escape sequence", #"\C"#),
        (#"\Z"#, "invalid escape sequence", #"\Z"#), (#"\é"#, "invalid escape sequence", #"\é"#),
        (#"\x"#, "invalid escape sequence", #"\x"#), (#"\x1"#, "invalid escape sequence", #"\x1"#),
        (#"\xg0"#, "invalid escape sequence", #"\xg0"#), (#"\x{}"#, "invalid escape sequence", #"\x{}"#),
        (#"\x{12"#, "invalid escape sequence", #"\x{12"#), (#"\x{zz}"#, "invalid escape sequence", #"\x{z"#),
        (#"\x{110000}"#, "invalid escape sequence", #"\x{110000"#), (#"[\b]"#, "invalid escape sequence", #"\b"#),
        (#"a\"#, "trailing backslash at end of expression", ""),
        (#"[a\"#, "trailing backslash at end of expression", ""),
        ("a{1001}", "invalid repeat count", "{1001}"), ("a{2,1}", "invalid repeat count", "{2,1}"),
        ("a{9876543210,}", "invalid repeat count", "{9876543210,}"), ("(a{100}){11}b", "invalid repeat count", "{11}"),
        ("(?:[a-z]{4}){0,251}?", "invalid repeat count", "{0,251}?"),
        ("((((((((((x{2}){2}){2}){2}){2}){2}){2}){2}){2}){2})", "invalid repeat count", "{2}"),
        ("a(?=b)", "invalid or unsupported Perl syntax", "(?="),
        ("(?P=n)", "invalid or unsupported Perl syntax", "(?P"),
        ("(?i-)a", "invalid or unsupported Perl syntax", "(?i-)"),
        ("(?i--s)a", "invalid or unsupported Perl syntax", "(?i--"),
        ("(?", "invalid or unsupported Perl syntax", "(?"), ("(?i", "invalid or unsupported Perl syntax", "(?i"),
        ("(?z)", "invalid or unsupported Perl syntax", "(?z"), ("(?P<", "invalid or unsupported Perl syntax", "(?P"),
        ("a(?P<n", "invalid named capture", "(?P<n"), ("(?P<x y>a)", "invalid named capture", "(?P<x y>"),
        ("(?P<>a)", "invalid named capture", "(?P<>"), ("(?<é>a)", "invalid named capture", "(?<é>"),
        ("(?<=a)", "invalid named capture", "(?<=a)"), ("(?<n>a", "missing closing )", "(?<n>a"),
    ])
    func `is refused in the words of Go`(pattern: String, message: String, fragment: String) {
        let error = refusal(of: pattern)
        #expect(error?.message == message)
        #expect(error?.fragment == fragment)
        #expect(error?.description == "error parsing regexp: \(message): `\(fragment)`")
    }

    @Test(arguments: [("(", ")"), ("(?:", ")*")])
    func `is refused when it nests too deeply`(open: String, close: String) {
        let deep = String(repeating: open, count: 1000) + String(repeating: close, count: 1000)
        #expect(refusal(of: deep)?.message == "expression nests too deeply")
        let shallow = String(repeating: open, count: 400) + String(repeating: close, count: 400)
        #expect(refusal(of: shallow) == nil)
    }

    @Test(arguments: [
        "(" + String(repeating: "(xx?)", count: 1000) + "){1000}", String(repeating: "(xx?){1000}", count: 1000),
    ])
    func `is refused when it is too large`(pattern: String) {
        #expect(refusal(of: pattern)?.description == "error parsing regexp: expression too large: `\(pattern)`")
    }

    @Test(arguments: [
        String(repeating: "(", count: 999) + String(repeating: ")", count: 999),
        "(" + String(repeating: "|", count: 12345) + ")",
        "((((((((((x{1}){2}){2}){2}){2}){2}){2}){2}){2}){2})", "(?:[a-z]{4}){0,250}", "a{1000}", #"(?i)\pL{1000}"#,
    ])
    func `is not one at the limits`(pattern: String) { #expect(refusal(of: pattern) == nil) }

    @Test(arguments: 0..<20)
    func `never traps, whatever the bytes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "(", ")", "[", "]", "{", "}", "\\", "|", "*", "+", "?", "^", "$", ".", "-", ",", ":", "(?", "(?P<", "(?i",
            "[[:",
            ":]]", "\\x{", "\\p{", "\\Q", "\\E", "\\pL", "a", "b", "0", "9", "1000", "é", "😀", "[^", "{2,3}", "\\b",
            "(?-s:",
            "\n", "<n>", "\\d", "[a-", "\\0",
        ]
        for _ in 0..<400 {
            let length = Int.random(in: 0...12, using: &generator)
            let pattern =
                if Bool.random(using: &generator) {
                    (0..<length).map { _ in pieces.randomElement(using: &generator)! }.joined()
                } else {
                    String(
                        decoding: (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }, as: UTF8.self)
                }
            guard let expression = try? RegularExpression(pattern, dotMatchesNewline: true) else { continue }
            let text = (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(
                expression.matches(text) == (expression.captures(whole: text.span) != nil),
                "\(pattern.debugDescription)")
        }
    }
}

/// What compiling `pattern` throws, or nil.
private func refusal(of pattern: String) -> RegularExpressionError? {
    do throws(RegularExpressionError) {
        _ = try RegularExpression(pattern, dotMatchesNewline: true)
        return nil
    } catch {
        return error
    }
}
