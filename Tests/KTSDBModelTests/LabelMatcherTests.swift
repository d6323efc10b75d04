import KTSDBModel
import Testing

@Suite struct `A label matcher` {
    static let labels: Labels = ["__name__": "up", "job": "api", "path": "/a\nb"]

    @Test(arguments: [
        ("job", "=", "api", true), ("job", "=", "ap", false), ("job", "=", "apis", false), ("job", "=", "", false),
        ("none", "=", "", true), ("none", "=", "x", false), ("job", "!=", "api", false), ("job", "!=", "db", true),
        ("none", "!=", "", false), ("none", "!=", "x", true), ("job", "!=", "", true), ("job", "=~", "a.i", true),
        ("job", "=~", "a", false), ("job", "=~", "api|db", true), ("job", "=~", "^api$", true),
        ("job", "=~", "API", false),
        ("job", "=~", "(?i)API", true), ("none", "=~", ".*", true), ("none", "=~", ".+", false),
        ("none", "=~", "", true),
        ("none", "=~", "a|", true), ("job", "!~", "a.*", false), ("job", "!~", "b.*", true), ("none", "!~", ".+", true),
        ("none", "!~", ".*", false), ("path", "=~", "/a.b", true), ("path", "=~", "/a(?-s:.)b", false),
        ("__name__", "=", "up", true),
    ])
    func `compares as Prometheus does, a missing label as the empty value`(
        name: String, operation: String, value: String, expected: Bool
    ) throws {
        let operation = try #require(LabelMatcher.Operation(rawValue: operation))
        let matcher = try LabelMatcher(name, operation, value)
        #expect(matcher.matches(Self.labels) == expected)
        #expect(Self.labels[name] != nil || matcher.matchesEmpty == expected)
        #expect((matcher.expression != nil) == (operation == .matches || operation == .doesNotMatch))
    }

    @Test func `is equal to another with the same name, operation and value`() throws {
        #expect(try LabelMatcher("a", .matches, "b") == LabelMatcher.matches("a", "b"))
        #expect(try LabelMatcher.matches("a", "b").hashValue == LabelMatcher.matches("a", "b").hashValue)
        #expect(try LabelMatcher.matches("a", "b") != LabelMatcher.doesNotMatch("a", "b"))
        #expect(LabelMatcher.equal("a", "b") != .notEqual("a", "b"))
        #expect(LabelMatcher.equal("a", "b") != .equal("a", "c"))
        #expect(LabelMatcher.equal("a", "b") != .equal("b", "b"))
        #expect(LabelMatcher.name("up") == .equal("__name__", "up"))
    }

    @Test func `is written as PromQL writes it`() throws {
        #expect(LabelMatcher.equal("job", "a\"b").description == #"job="a\"b""#)
        #expect(try LabelMatcher.doesNotMatch("my label", #"\d"#).description == #""my label"!~"\\d""#)
        #expect(LabelMatcher.notEqual("a", "").description == #"a!="""#)
        #expect(try LabelMatcher.matches("a", "b").description == #"a=~"b""#)
    }

    @Test func `refuses an invalid pattern`() {
        #expect(throws: RegularExpressionError.self) { try LabelMatcher("a", .matches, "(") }
        #expect(throws: RegularExpressionError.self) { try LabelMatcher.doesNotMatch("a", "*") }
        #expect(throws: Never.self) { try LabelMatcher("a", .equal, "(") }
    }
}
