internal import KTSDBModel

/// Which matchers and label names are accepted.
package enum MatcherSyntax: Hashable, Sendable {
    /// Names of the classic character set, values without escapes except `\"`, `\n` and `\\`.
    case classic
    /// Any UTF-8 in names; reserved characters only between quotes.
    case utf8
    /// Both are tried: what only one accepts is read by that one, and where they differ the classic result counts.
    /// This is Alertmanager's default.
    case fallback

    /// The number of bytes that a text of matchers may have.
    package static let textByteLimit = 1 << 16

    /// Reads any number of matchers, with or without braces.
    package func matchers(_ text: String) throws(MatcherError) -> Matchers {
        try Self.checkLength(text)
        switch self {
        case .classic: return try ClassicMatcherParser.matchers(text)
        case .utf8: return try MatcherParser.matchers(text)
        case .fallback:
            return try Self.either(
                text, MatcherParser.matchers, ClassicMatcherParser.matchers)
        }
    }

    /// Reads exactly one matcher, without braces, as filters of the API are.
    package func matcher(_ text: String) throws(MatcherError) -> Matcher {
        try Self.checkLength(text)
        if self == .classic { return try ClassicMatcherParser.matcher(text) }
        if text.utf8.first == UInt8(ascii: "{") || text.utf8.last == UInt8(ascii: "}") {
            throw MatcherError("unexpected open or close brace: \(text)")
        }
        if self == .utf8 { return try MatcherParser.matcher(text) }
        return try Self.either(text, MatcherParser.matcher, ClassicMatcherParser.matcher)
    }

    private static func checkLength(_ text: String) throws(MatcherError) {
        guard text.utf8.count > textByteLimit else { return }
        throw MatcherError("matchers have \(text.utf8.count) bytes; the limit is \(textByteLimit)")
    }

    private static func either<Result: Equatable>(
        _ text: String, _ utf8: (String) throws(MatcherError) -> Result,
        _ classic: (String) throws(MatcherError) -> Result
    ) throws(MatcherError) -> Result {
        guard let new = try? utf8(text) else { return try classic(text) }
        guard let old = try? classic(text) else { return new }
        return new == old ? new : old
    }

    /// Whether `name` may be a label's name.
    package func isLabelName(_ name: String) -> Bool {
        self == .classic ? LabelName.isLegacy(name) : !name.isEmpty
    }
}
