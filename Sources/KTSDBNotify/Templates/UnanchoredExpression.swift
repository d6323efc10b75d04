internal import KTSDBModel

/// A regular expression that is searched for in a text, and need not match all of it.
struct UnanchoredExpression {
    private let own: RegularExpression
    /// The expression with groups for what is before and after it.
    private let framed: RegularExpression
    private let isAnchored: Bool

    /// Compiles a pattern.
    /// - Throws: ``RegularExpressionError`` in Go's words.
    init(_ pattern: String) throws(RegularExpressionError) {
        own = try RegularExpression(pattern, dotMatchesNewline: false)
        framed = try RegularExpression("((?s:.*?))(\(pattern))(?s:.*)", dotMatchesNewline: false)
        isAnchored = pattern.contains("^") || pattern.contains("\\A")
    }

    func matches(_ text: [UInt8]) -> Bool { framed.matchesWhole(text.span) }

    /// Replaces all matches by a template with `$1` and `${name}`, from left to right.
    func replacingAll(in text: [UInt8], with template: String) -> [UInt8] {
        var result: [UInt8] = [], rest = text
        while let captures = framed.captures(whole: rest.span), let match = captures[2] {
            result += rest[..<match.lowerBound]
            result += own.expand(
                template, captures: Array(captures[2...].prefix(own.captureNames.count)), in: rest.span)
            guard match.upperBound < rest.count else { return result }
            var end = match.upperBound
            if match.isEmpty {
                end += max(1, rest[end...].dropFirst().prefix { $0 & 0xC0 == 0x80 }.count + 1)
                result += rest[match.upperBound..<end]
            }
            rest = Array(rest[end...])
            // What begins at the beginning of the text is not there any more.
            if isAnchored { break }
        }
        return result + rest
    }
}
