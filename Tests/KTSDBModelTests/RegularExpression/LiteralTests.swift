import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct `Literals of a regular expression` {
    @Test(
        arguments: [
            ("foo", ["foo"]), ("a|b|c", ["a", "b", "c"]), ("(a|b)c", ["ac", "bc"]),
            ("a(b|c)d(e|f)", ["abde", "abdf", "acde", "acdf"]),
            ("foo(bar)?", ["foobar", "foo"]), ("[ab]x", ["ax", "bx"]), ("^(foo|bar)$", ["foo", "bar"]), ("", [""]),
            ("a|", ["a", ""]), ("a|a|b", ["a", "b"]), ("(?:ab){2}", ["abab"]), (#"a\.b"#, ["a.b"]),
            ("日|é", ["日", "é"]),
            (#"[^\s\S]"#, []), ("(?i)12", ["12"]), ("x{0}", [""]), (#"\Q.*\E"#, [".*"]),
            ("a.", nil), ("a*", nil), ("a+", nil), ("(?i)a", nil), (#"a\b"#, nil), ("a^b", nil), ("\u{FFFD}", nil),
            ("[a-z][a-z]", nil),
            ("a{1,2}", nil), (#"\x{D800}|a"#, nil),
        ] as [(String, [String]?)])
    func `are a set when there are few`(pattern: String, expected: [String]?) throws {
        #expect(try RegularExpression(pattern, dotMatchesNewline: true).literalSet == expected)
    }

    @Test func `are a set up to 256 of them`() throws {
        let texts = (0..<257).map { "value-\($0)" }
        let all = try RegularExpression(texts.joined(separator: "|"), dotMatchesNewline: true)
        let most = try RegularExpression(texts.dropLast().joined(separator: "|"), dotMatchesNewline: true)
        #expect(all.literalSet == nil)
        #expect(all.literalPrefix == "value-")
        #expect(all.matches("value-256") && !all.matches("value-257"))
        #expect(most.literalSet == texts.dropLast())
        #expect(most.matches("value-255") && !most.matches("value-256"))
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `of plain texts are those that the parser finds`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("aab/:-_ \n~,")
        let texts = (0..<random.below(6)).map { _ in String((0..<random.below(5)).map { _ in random.pick(letters) }) }
        let pattern = texts.joined(separator: "|")
        let plain = try RegularExpression(pattern, dotMatchesNewline: true)
        // In parentheses the same pattern is parsed.
        let parsed = try RegularExpression("(?:\(pattern))", dotMatchesNewline: true)
        #expect(plain.literalSet == parsed.literalSet)
        #expect(plain.literalPrefix == parsed.literalPrefix && plain.literalSuffix == parsed.literalSuffix)
        #expect(plain.requiredLiteral == parsed.requiredLiteral && plain.captureNames == parsed.captureNames)
        for text in texts + ["", "a", "b", "aa", "ab|"] {
            #expect(plain.matches(text) == parsed.matches(text))
            #expect(plain.captured(text) == parsed.captured(text))
        }
    }

    @Test(arguments: [
        ("foo.*", "foo", "", "foo"), (".*foo", "", "foo", "foo"), (".*foo.*", "", "", "foo"),
        ("foo.*bar", "foo", "bar", "foo"),
        ("^foo(bar|baz).+$", "fooba", "", "fooba"), ("(foobar|xbar).", "", "", "bar"), ("a+b", "a", "ab", "ab"),
        (".*(foo|bar).*", "", "", ""), ("é.*|è.*", "", "", ""), ("[éè].*", "", "", ""), ("(日a|月a).*", "", "", "a"),
        ("(?i)foo.*bar", "", "", ""), ("(?i:foo)bar.*", "", "", "bar"), (".", "", "", ""),
        ("fo\u{FFFD}o.*", "fo", "", "fo"),
        ("(ab){2,}", "abab", "abab", "abab"), (#"foo\b.*\bquux"#, "foo", "quux", "quux"), ("(foo.*)?", "", "", ""),
    ])
    func `begin, end and stand in all texts that match`(
        pattern: String, prefix: String, suffix: String, required: String
    ) throws {
        let expression = try RegularExpression(pattern, dotMatchesNewline: true)
        #expect(expression.literalPrefix == prefix)
        #expect(expression.literalSuffix == suffix)
        #expect(expression.requiredLiteral == required)
    }

    @Test(arguments: [
        (".*", true, false), ("(.*)", true, false), ("^.*$", true, false), (".*?", true, false),
        ("(?s).*", true, false),
        (".+", false, true), ("(.+)", false, true), (".+?", false, true), ("(?-s).*", false, false),
        (".", false, false),
        ("", false, false), ("a.*", false, false), (".{0,1000}", false, false), ("(?-s).+", false, false),
        (".{2,}", false, false),
    ])
    func `are not there when everything matches`(pattern: String, everything: Bool, nonEmpty: Bool) throws {
        let expression = try RegularExpression(pattern, dotMatchesNewline: true)
        #expect(expression.matchesEverything == everything)
        #expect(expression.matchesNonEmpty == nonEmpty)
    }
}
