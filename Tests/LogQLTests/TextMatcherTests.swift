import KTSDBModel
import LogQL
import Testing

@Suite struct TextMatcherTests {
    @Test(arguments: [("a", true), ("b", false), ("", false)])
    func `equal compares the whole text`(text: String, passes: Bool) throws {
        #expect(try TextMatcher("x", .equal, "a").matches(text.utf8.span) == passes)
        #expect(try TextMatcher("x", .notEqual, "a").matches(text.utf8.span) != passes)
    }

    @Test(arguments: [("ab", true), ("a\nb", false), ("xab", false), ("a", true)])
    func `patterns are anchored, and a dot does not match a newline`(text: String, passes: Bool) throws {
        #expect(try TextMatcher("x", .matches, "a.*").matches(text.utf8.span) == passes)
        #expect(try TextMatcher("x", .doesNotMatch, "a.*").matches(text.utf8.span) != passes)
    }
}
