/// A compiled regular expression with RE2's syntax and linear-time matching on UTF-8 bytes.
///
/// The syntax is that of Go's package `regexp`, which Prometheus uses: no back references and no look-around. Texts
/// need not be well-formed: each bad byte counts as U+FFFD. A pattern is always matched against a whole text, as if it
/// stood in `^(?:…)$`.
///
/// ```swift
/// let expression = try RegularExpression("(.*):([0-9]+)", dotMatchesNewline: true)
/// let bytes = Array("db1:9100".utf8)
/// if let captures = expression.captures(whole: bytes.span) {
///     expression.expand("$2", captures: captures, in: bytes.span)  // 9100
/// }
/// ```
///
/// Values are cheap to copy and may be used by many threads at once; they share what the automaton has learnt.
public struct RegularExpression: Sendable {
    /// The pattern's text.
    public let pattern: String
    let compiled: CompiledExpression

    /// Compiles `pattern`, in time and memory proportional to the pattern with its counted repetitions written out.
    /// - Parameters:
    ///   - pattern: the pattern in RE2's syntax.
    ///   - dotMatchesNewline: whether `.` matches `\n` too, as the flag `s` says (PromQL and relabelling: yes).
    /// - Throws: ``RegularExpressionError`` with RE2's wording if the pattern is invalid.
    public init(_ pattern: String, dotMatchesNewline: Bool) throws(RegularExpressionError) {
        self.pattern = pattern
        compiled = try CompiledExpression(pattern, dotMatchesNewline: dotMatchesNewline)
    }

    /// Whether the whole of `bytes` matches, as if the pattern stood in `^(?:…)$`.
    ///
    /// Allocates nothing once the automaton has seen texts like this one, and takes about a nanosecond and a half a
    /// byte then; less where the pattern is a literal, or a literal and `.*`.
    public func matchesWhole(_ bytes: Span<UInt8>) -> Bool { compiled.matchesWhole(bytes) }

    /// ``matchesWhole(_:)`` within limits.
    package func matchesWhole(_ bytes: Span<UInt8>, limits: (any ReadLimits)?) throws(ReadError) -> Bool {
        try compiled.matchesWhole(bytes, limits: limits)
    }

    // MARK: Captures

    /// The names of the capturing groups by number, nil for groups without one. The first stands for the whole match.
    public var captureNames: [String?] { compiled.captureNames }

    /// Where the groups matched if the whole of `bytes` matches, and nil if it does not.
    ///
    /// The first element is the whole; a group that took no part is nil. Of several ways to match, the result is the
    /// one that backtracking finds first, as in Perl and Go.
    public func captures(whole bytes: Span<UInt8>) -> [Range<Int>?]? {
        do throws(ReadError) { return try compiled.captures(whole: bytes, limits: nil) } catch {
            preconditionFailure("Nothing ends a match that has no limits.")
        }
    }

    /// ``captures(whole:)`` within limits: a long text and a large pattern may take long together.
    package func captures(
        whole bytes: Span<UInt8>, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Range<Int>?]? {
        try compiled.captures(whole: bytes, limits: limits)
    }

    // MARK: Literals

    /// All texts that match, if the pattern is an alternation of at most 256 literals such as `a|b|c`, else nil.
    ///
    /// In the pattern's order, each once; empty if nothing matches.
    public var literalSet: [String]? { compiled.facts.set }

    /// What every text that matches begins with; empty if nothing is known.
    public var literalPrefix: String { compiled.facts.prefix }

    /// What every text that matches ends with; empty if nothing is known.
    public var literalSuffix: String { compiled.facts.suffix }

    /// A text that is in every text that matches; empty if none is known.
    public var requiredLiteral: String { compiled.facts.required }

    /// Whether every text matches, as with `.*`. False only means that it is not known.
    public var matchesEverything: Bool { matchesAllTexts(from: 0) }

    /// Whether exactly the texts that are not empty match, as with `.+`. False only means that it is not known.
    public var matchesNonEmpty: Bool { matchesAllTexts(from: 1) }

    private func matchesAllTexts(from minimum: Int) -> Bool {
        if case .affixes(let prefix, minimum, let suffix) = compiled.plan {
            prefix.isEmpty && suffix.isEmpty
        } else {
            false
        }
    }
}
