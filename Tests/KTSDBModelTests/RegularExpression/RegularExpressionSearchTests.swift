import KTSDBModel
import KTSDBTesting
import Testing

@Suite struct RegularExpressionSearchTests {
    private static func match(_ pattern: String, _ text: String, from start: Int = 0) throws -> [Range<Int>?]? {
        let expression = try RegularExpression(pattern, dotMatchesNewline: false)
        return expression.firstMatch(in: Array(text.utf8).span, from: start)
    }

    @Test(arguments: [
        ("b", "abc", 1..<2), ("", "abc", 0..<0), ("^b", "abc", nil), ("b$", "abc", nil), ("c$", "abc", 2..<3),
        ("a|ab", "xab", 1..<2), ("ab|a", "xab", 1..<3), ("b+?", "abbb", 1..<2), ("b+", "abbb", 1..<4),
        ("x*", "ab", 0..<0),
        ("a.c", "a\nc", nil), ("(?s)a.c", "a\nc", 0..<3), (#"\bc"#, "ac c", 3..<4), ("(?i)B", "ab", 1..<2),
        ("error|warn", "a warning", 2..<6), ("[^a]", "aé", 1..<3), ("(?m)^b", "a\nb", 2..<3),
    ])
    func `the first match is found anywhere`(pattern: String, text: String, range: Range<Int>?) throws {
        #expect(try Self.match(pattern, text)?[0] == range)
        let expression = try RegularExpression(pattern, dotMatchesNewline: false)
        #expect(expression.matchesAnywhere(Array(text.utf8).span) == (range != nil))
    }

    @Test func `groups are found with the match`() throws {
        let captures = try #require(try Self.match("(?P<k>[a-z]+)=(?P<v>[0-9]*)(x)?", "?? ab=12, c=3"))
        #expect(captures == [3..<8, 3..<5, 6..<8, nil])
    }

    @Test func `a search may begin later, and sees what is before`() throws {
        #expect(try Self.match("a", "aba", from: 1)?[0] == 2..<3)
        #expect(try Self.match("^a", "aba", from: 2) == nil)
        #expect(try Self.match(#"\Bb"#, "ab", from: 1)?[0] == 1..<2)
        #expect(try Self.match("", "ab", from: 2)?[0] == 2..<2)
    }

    @Test func `long texts have the same matches`() throws {
        let text = String(repeating: "ab ", count: 100_000) + "key=value rest"
        let captures = try Self.match("(k[a-z]*)=([a-z]*)", text)
        #expect(captures == [300_000..<300_009, 300_000..<300_003, 300_004..<300_009])
        #expect(try Self.match("b+ |b", text)?[0] == 1..<3)
        #expect(try Self.match("q|$", text)?[0] == text.utf8.count..<text.utf8.count)
    }

    @Test func `bytes that are not UTF-8 count as characters`() throws {
        let expression = try RegularExpression("b.", dotMatchesNewline: false)
        let bytes: [UInt8] = [0xFF, 0x62, 0xFE, 0x62]
        #expect(expression.matchesAnywhere(bytes.span) == true)
        #expect(expression.firstMatch(in: bytes.span)?[0] == 1..<3)
    }

    /// A match that begins at `start` is the first group of `(?s:.{start})(PATTERN)(?s:.*)`.
    @Test func `the match is the one of a whole text with as little as possible before`() throws {
        var random = SeededGenerator(seed: 7)
        let atoms = [
            "a", "b", "[ab]", ".", "a*", "b+?", "(a|ab)", "(b|)", "^", "$", #"\b"#, "a{1,2}", "(?:b|ba)*?", " ",
        ]
        for _ in 0..<400 {
            let pattern = (0..<Int.random(in: 1...4, using: &random)).map { _ in atoms.randomElement(using: &random)! }
                .joined()
            let bytes = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                Array("ab ".utf8).randomElement(using: &random)!
            }
            let expression = try RegularExpression(pattern, dotMatchesNewline: false)
            var expected: [Range<Int>?]?
            for start in 0...bytes.count where expected == nil {
                let whole = try RegularExpression("(?s:.{\(start)})(\(pattern))(?s:.*)", dotMatchesNewline: false)
                expected = whole.captures(whole: bytes.span).map { Array($0.dropFirst()) }
            }
            #expect(expression.firstMatch(in: bytes.span) == expected, "\(pattern) in \(bytes)")
            #expect(expression.matchesAnywhere(bytes.span) == (expected != nil), "\(pattern) in \(bytes)")
        }
    }
}
