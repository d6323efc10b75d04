import KTSDBModel
import KTSDBTesting
import Testing

extension RegularExpression {
    /// Whether the whole of `text` matches.
    func matches(_ text: String) -> Bool { matches(Array(text.utf8)) }

    /// Whether the whole of `bytes` matches.
    func matches(_ bytes: [UInt8]) -> Bool { matchesWhole(bytes.span) }

    /// What the groups captured in `text`, the whole first, as text.
    func captured(_ text: String) -> [String?]? {
        let bytes = Array(text.utf8)
        return captures(whole: bytes.span)?.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
    }
}

@Suite struct `A regular expression` {
    /// A pattern, texts that match and texts that do not, with `.` matching newlines.
    struct Example: Sendable, CustomTestStringConvertible {
        var pattern: String
        var matching: [String]
        var others: [String]
        var testDescription: String { pattern }

        init(_ pattern: String, _ matching: [String], _ others: [String]) {
            self.pattern = pattern
            self.matching = matching
            self.others = others
        }
    }

    static let literals = [
        Example("", [""], ["a"]),
        Example("foo", ["foo"], ["", "fo", "fooo", "xfoo", "FOO"]),
        Example("|", [""], ["|", "a"]),
        Example("a|b|", ["a", "b", ""], ["ab", "|"]),
        Example(#"\Qa.b|*\E+"#, ["a.b|*", "a.b|**"], ["a.b|", "axb|*"]),
        Example(#"\Qa.b"#, ["a.b"], ["axb"]),
        Example(#"\Qab\E+"#, ["ab", "abb"], ["abab"]),
        Example(#"\.\^\$\\\_\-"#, [#".^$\_-"#], ["a"]),
        Example(#"\a\f\n\r\t\v"#, ["\u{07}\u{0C}\n\r\t\u{0B}"], ["afnrtv"]),
        Example(#"\x41\x{e9}\x{1F600}\101\0\012"#, ["Aé😀A\0\n"], ["A"]),
        Example("a{,2}", ["a{,2}"], ["aa"]),
        Example("x{1001", ["x{1001"], ["x"]),
        Example("{a}]", ["{a}]"], []),
        Example("日本語", ["日本語"], ["日本"]),
        Example(#"\x{D800}"#, [], ["", "a", "\u{FFFD}"]),
    ]

    static let classes = [
        Example("[abc]", ["a", "b", "c"], ["", "d", "ab"]),
        Example("[^abc]", ["d", "é", "\n", "😀"], ["a", ""]),
        Example("[a-cx-z]", ["b", "y"], ["d", "-"]),
        Example("[]a]", ["]", "a"], ["[]a]"]),
        Example("[^]a]", ["b"], ["]", "a"]),
        Example("[a-]", ["a", "-"], ["b"]),
        Example("[-a]", ["a", "-"], ["b"]),
        Example("[a-b-c]", ["a", "b", "-", "c"], ["d"]),
        Example("[[:alpha:]_]", ["x", "Z", "_"], ["1", "é"]),
        Example("[[:^digit:]]", ["x", "é"], ["5"]),
        Example("[[:word:]]", ["x", "_", "0"], ["-", "é"]),
        Example("[[:xdigit:][:space:]]", ["f", "A", "9", " ", "\u{0B}"], ["g"]),
        Example("[[:punct:]]", ["!", "/", "@", "[", "`", "{", "~"], ["a", "0", " "]),
        Example("[[:alpha]", [":", "[", "a", "l", "p", "h"], ["b", "]"]),
        Example(#"\d\D\s\S\w\W"#, ["1a b_-"], ["aa b_-"]),
        Example(#"\s"#, [" ", "\t", "\n", "\r", "\u{0C}"], ["\u{0B}", "\u{A0}"]),
        Example(#"[\d\-\]x]"#, ["7", "-", "]", "x"], ["d", "\\"]),
        Example(#"[^\s\S]"#, [], ["", "a", "\n"]),
        Example(#"\pL+"#, ["aé日Ж"], ["1", ""]),
        Example(#"\p{Greek}\P{Greek}"#, ["αa"], ["aα"]),
        Example(#"\p{^Lu}"#, ["a", "1"], ["A"]),
        Example(#"[\p{Lu}\p{Nd}]"#, ["É", "٣"], ["é"]),
        Example(#"\p{lower case-letter}\p{Old_Italic}"#, ["a𐌀"], ["A𐌀"]),
        Example(#"\p{Any}\p{Assigned}\p{ASCII}"#, ["日日a"], ["日\u{378}a", "日日é"]),
        Example(#"\p{Cs}|\p{Co}"#, ["\u{E000}"], ["a"]),
        Example(#"\p{Han}\p{Hiragana}\p{Cyrillic}\p{Latin}\p{Common}"#, ["日のЖz1"], ["日本Жz1"]),
    ]

    static let flags = [
        Example("(?i)FoO", ["foo", "FOO", "fOo"], ["fo0"]),
        Example("(?i)straße", ["STRAßE", "straẞe"], ["strasse"]),
        Example("(?i)ks", ["KS", "\u{212A}\u{17F}"], ["kx"]),
        Example("(?i)[a-c]é", ["BÉ", "cé"], ["de"]),
        Example("(?i)[^k]", ["a"], ["k", "K", "\u{212A}"]),
        Example("(?i)σ", ["Σ", "ς", "σ"], ["s"]),
        Example("(?i)ı", ["ı"], ["i", "I"]),
        Example("(?i)\\W", ["-"], ["\u{17F}"]),
        Example("a(?i)b|c", ["ab", "aB", "c", "C"], ["AB"]),
        Example("a(?i:b)c", ["abc", "aBc"], ["abC"]),
        Example("(?i)a(?-i:b)c", ["AbC"], ["ABC"]),
        Example("(a(?i)b)c", ["aBc"], ["aBC"]),
        Example("(?-s).*", ["", "abc"], ["a\nb"]),
        Example("(?-s).*(?s).*", ["a\nb"], []),
        Example("(?s-i:.)", ["\n"], [""]),
        Example("(?m)^a$\n^b$", ["a\nb"], ["ab"]),
        Example("a^b", [], ["ab"]),
        Example("(?m)a$.^b", ["a\nb"], ["a b", "ab"]),
        Example("a$.b", [], ["a\nb"]),
        Example("(?U)(a+)(a*)", ["aaa"], [""]),
        Example("(?P<n>a)(?<m>b)(?:c)", ["abc"], ["ab"]),
        Example("(?P<n>a)|(?P<n>b)", ["a", "b"], ["c"]),
    ]

    static let repetitions = [
        Example("a*", ["", "a", "aaaa"], ["b", "ab"]),
        Example("a+b?", ["a", "aab"], ["", "b", "abb"]),
        Example("a{2}", ["aa"], ["a", "aaa"]),
        Example("a{2,}", ["aa", "aaaaa"], ["a"]),
        Example("a{2,4}?", ["aa", "aaaa"], ["a", "aaaaa"]),
        Example("(ab){0}", [""], ["ab"]),
        Example("(a{0,1000}){0}b", ["b"], ["ab"]),
        Example("(?:a{2}){3}", ["aaaaaa"], ["aaaa"]),
        Example("(a|b)*abb", ["abb", "aababb"], ["ab", "abba"]),
        Example("(a*)*", ["", "aaa"], ["b"]),
        Example("(|a)+b", ["b", "aab"], ["a"]),
        Example("^+a\\b{2}$*", ["a"], ["", "ab"]),
        Example("(?:^a|b)c", ["ac", "bc"], ["c"]),
    ]

    static let anchors = [
        Example("^foo$", ["foo"], ["foo\n"]),
        Example(#"\Afoo\z"#, ["foo"], ["fo"]),
        Example("(^(foo)$)", ["foo"], [""]),
        Example("$^", [""], ["a"]),
        Example(#"\bfoo\b.*\bbar\b"#, ["foo bar", "foo-x-bar"], ["foobar", "foo xbar"]),
        Example(#"a\B."#, ["ab", "a_"], ["a-", "aé"]),
        Example(#"a\b."#, ["a-", "aé"], ["ab"]),
        Example(#"\b"#, [], ["", "a"]),
        Example(#"\B"#, [""], ["a"]),
        Example("^.*$", ["", "a\nb"], []),
        Example("(?-s)^.*$", ["a"], ["a\nb"]),
    ]

    static let plans = [
        Example(".*", ["", "a", "\n"], []),
        Example(".+", ["a", "\n", "日"], [""]),
        Example("^(.*)$", ["", "x"], []),
        Example("foo.*", ["foo", "foo\nx"], ["fo", "xfoo"]),
        Example("foo.+", ["foox"], ["foo"]),
        Example(".*foo", ["foo", "xfoo"], ["foox"]),
        Example(".+foo", ["xfoo"], ["foo"]),
        Example("ab.*ba", ["abba", "abxba"], ["aba", "ab"]),
        Example("ab.+ba", ["abxba"], ["abba"]),
        Example(".*foo.*", ["foo", "fofoo", "xfoox"], ["fo", ""]),
        Example(".+foo.+", ["xfoox", "foofoofoo", "xfofoox"], ["foo", "xfoo", "foox", "foofoo"]),
        Example(".+aa.*", ["aaa", "baa"], ["aab"]),
        Example("foo.*bar.*", ["foobar", "foo1bar2"], ["foo", "bar"]),
        Example("(api|web)-[0-9]+", ["api-1", "web-22"], ["api-", "db-1"]),
    ]

    @Test(arguments: literals + classes + flags + repetitions + anchors + plans)
    func `gives Go's verdicts`(example: Example) throws {
        let expression = try RegularExpression(example.pattern, dotMatchesNewline: true)
        for text in example.matching { #expect(expression.matches(text), "\(text.debugDescription) should match") }
        for text in example.others { #expect(!expression.matches(text), "\(text.debugDescription) should not match") }
        // Again, from states that are there already.
        for text in example.matching { #expect(expression.matches(text)) }
    }

    @Test func `lets the dot match newlines only when asked`() throws {
        #expect(try RegularExpression("a.b", dotMatchesNewline: true).matches("a\nb"))
        #expect(try !RegularExpression("a.b", dotMatchesNewline: false).matches("a\nb"))
        #expect(try !RegularExpression(".*", dotMatchesNewline: false).matches("\n"))
        #expect(try RegularExpression("(?s).*", dotMatchesNewline: false).matches("\n"))
        #expect(try !RegularExpression("(?-s).+", dotMatchesNewline: true).matches("\n"))
    }

    @Test(
        arguments: [
            (".", [0xFF], true), (".", [0xE2, 0x82], false), ("..", [0xE2, 0x82], true),
            (".", [0xE2, 0x82, 0xAC], true),
            ("...", [0xE2, 0x82, 0xAC], false), ("a.c", [0x61, 0x80, 0x63], true), ("[^a]", [0xC0], true),
            ("\u{FFFD}", [0xC0], true), ("\u{FFFD}", [0xEF, 0xBF, 0xBD], true),
            (#"\x{FFFD}x.*"#, [0xC0, 0x78, 0x79], true),
            ("a", [0xC0], false), (#"\pL"#, [0xC0], false), (".*é", [0xC3, 0xC3, 0xA9], true),
            ("..", [0xED, 0xA0, 0x80], false),
            ("...", [0xED, 0xA0, 0x80], true), (#"\w+\b.*"#, [0x61, 0xFF], true),
            ("(?i)a[^b]*c", [0x41, 0xF8, 0x88, 0x43], true),
            (".{4}", [0xF4, 0x90, 0x80, 0x80], true), (".", [0xF4, 0x8F, 0xBF, 0xBF], true),
            ("..", [0xC1, 0x81], true),
        ] as [(String, [UInt8], Bool)])
    func `counts each ill-formed byte as one replacement character`(pattern: String, bytes: [UInt8], expected: Bool)
        throws
    {
        let expression = try RegularExpression(pattern, dotMatchesNewline: true)
        #expect(expression.matches(bytes) == expected)
        #expect((expression.captures(whole: bytes.span) != nil) == expected)
        let grouped = try RegularExpression("(\(pattern))", dotMatchesNewline: true)
        #expect(grouped.captures(whole: bytes.span) == (expected ? [0..<bytes.count, 0..<bytes.count] : nil))
    }

    @Test(arguments: [
        "(a*)*b", "(a|aa)+b", "(x+x+)+y", "a{0,1000}b", "(?:a?){200}a{200}b", "(.*)(.*)(.*)(.*)b", "(a|a|a)*b",
    ])
    func `answers patterns that make backtracking explode`(pattern: String) throws {
        let expression = try RegularExpression(pattern, dotMatchesNewline: true)
        let letter = pattern.contains("x") ? "x" : "a"
        let text = String(repeating: letter, count: 400)
        #expect(!expression.matches(text + "!"))
        #expect(expression.captured(text + (letter == "x" ? "y" : "b")) != nil)
    }

    @Test(arguments: ["", "xyz", "日"])
    func `keeps its memory when states are without end`(prefix: String) throws {
        // The state has to remember where the letters a were in the last 20 characters: a million states.
        let expression = try RegularExpression(prefix + ".*a.{20}", dotMatchesNewline: true)
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<3 {
            let text = (0..<4000).map { _ in UInt8.random(in: 0x61...0x62, using: &generator) }
            #expect(expression.matches(prefix.utf8 + text) == (text[text.count - 21] == 0x61))
        }
    }

    @Test func `serves several threads at once`() async throws {
        let expression = try RegularExpression("(api|web)-([0-9]+)", dotMatchesNewline: true)
        await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<500).count { index in
                        let text = (index % 2 == 0 ? "api-" : "db-") + String(index * 8 + task)
                        return expression.matches(text) && expression.captured(text)?[2] == String(index * 8 + task)
                    }
                }
            }
            for await count in group { #expect(count == 250) }
        }
    }
}
