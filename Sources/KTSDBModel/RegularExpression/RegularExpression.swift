/// A compiled regular expression with RE2's syntax and linear-time matching on UTF-8 bytes.
public struct RegularExpression: Sendable {
    /// The pattern's text.
    public let pattern: String

    /// Compiles `pattern`.
    /// - Parameter dotMatchesNewline: whether `.` matches `\n` too, as the flag `s` says (PromQL and relabelling: yes).
    /// - Throws: ``RegularExpressionError`` with RE2's wording if the pattern is invalid.
    public init(_ pattern: String, dotMatchesNewline: Bool) throws(RegularExpressionError) {
        self.pattern = pattern
    }

    /// Whether the whole of `bytes` matches, as if the pattern stood in `^(?:…)$`.
    public func matchesWhole(_ bytes: Span<UInt8>) -> Bool { false }
}

/// Why a pattern could not be compiled.
public struct RegularExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in the words of Go's `regexp/syntax` package.
    public let message: String
    /// The part of the pattern it is about.
    public let fragment: String
    /// `error parsing regexp: MESSAGE: `FRAGMENT``, as Go prints it.
    public var description: String { "error parsing regexp: \(message): `\(fragment)`" }
}
