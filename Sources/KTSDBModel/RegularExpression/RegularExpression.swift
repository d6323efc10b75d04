/// A compiled regular expression with RE2's syntax and linear-time matching on UTF-8 bytes.
///
/// The syntax is that of Go's package `regexp`, which Prometheus uses: no back references and no look-around. Texts
/// need not be well-formed: each ill-formed byte counts as U+FFFD. Most methods match a whole text, as if the pattern
/// were in `^(?:…)$`; two search for matches within a text.
///
/// ```swift
/// let expression = try RegularExpression("(.*):([0-9]+)", dotMatchesNewline: true)
/// let bytes = Array("db1:9100".utf8)
/// if let captures = expression.captures(whole: bytes.span) {
///     expression.expand("$2", captures: captures, in: bytes.span)  // 9100
/// }
/// ```
///
/// Values are cheap to copy and may be used by many threads at once. Copies share the states of the automaton.
public struct RegularExpression: Sendable {
    /// The pattern's text.
    public let pattern: String
    let compiled: CompiledExpression

    /// Compiles `pattern`, in time and memory proportional to the pattern with its counted repetitions written out.
    /// - Parameters:
    ///   - pattern: the pattern in RE2's syntax.
    ///   - dotMatchesNewline: whether `.` also matches `\n`, as with the flag `s`. True in PromQL and relabelling.
    /// - Throws: ``RegularExpressionError`` with RE2's wording if the pattern is invalid.
    public init(_ pattern: String, dotMatchesNewline: Bool) throws(RegularExpressionError) {
        self.pattern = pattern
        compiled = try CompiledExpression(pattern, dotMatchesNewline: dotMatchesNewline)
    }

    /// Whether the whole of `bytes` matches, as if the pattern were in `^(?:…)$`.
    ///
    /// Once the automaton has seen similar texts, this allocates nothing and takes about 1.5 ns per byte; less if the
    /// pattern is a literal, or a literal and `.*`.
    public func matchesWhole(_ bytes: Span<UInt8>) -> Bool { compiled.matchesWhole(bytes) }

    /// Does the same as ``matchesWhole(_:)`` within limits.
    package func matchesWhole(_ bytes: Span<UInt8>, limits: (any ReadLimits)?) throws(ReadError) -> Bool {
        try compiled.matchesWhole(bytes, limits: limits)
    }

    // MARK: Captures

    /// The names of the capturing groups by number; nil for unnamed groups. The first is the whole match.
    public var captureNames: [String?] { compiled.captureNames }

    /// Returns the ranges that the groups captured if the whole of `bytes` matches; otherwise nil.
    ///
    /// The first element is the whole text. A group that did not take part in the match is nil. Of several ways to
    /// match, the result is the one that backtracking finds first, as in Perl and Go.
    public func captures(whole bytes: Span<UInt8>) -> [Range<Int>?]? {
        do throws(ReadError) { return try compiled.captures(whole: bytes, limits: nil) } catch {
            preconditionFailure("Nothing ends a match that has no limits.")
        }
    }

    /// Does the same as ``captures(whole:)`` within limits, since a long text with a large pattern may take long.
    package func captures(
        whole bytes: Span<UInt8>, limits: (any ReadLimits)?
    ) throws(ReadError) -> [Range<Int>?]? {
        try compiled.captures(whole: bytes, limits: limits)
    }

    // MARK: Searching

    /// Whether any part of `bytes` matches; the pattern is not anchored.
    ///
    /// Costs as much as ``matchesWhole(_:)``, and stops where the first match ends.
    public func matchesAnywhere(_ bytes: Span<UInt8>) -> Bool { compiled.search.matchesWhole(bytes) }

    /// Returns the ranges of the first match that begins at or after `start`, and of its groups; nil if nothing
    /// matches.
    ///
    /// The first element is the match. A group that did not take part in the match is nil. Of the matches that begin at
    /// the same place, the result is the one that backtracking finds first, as in Perl and Go. Assertions such as `^`
    /// see the text before `start`.
    ///
    /// - Precondition: `start` is at most the count of `bytes`.
    public func firstMatch(in bytes: Span<UInt8>, from start: Int = 0) -> [Range<Int>?]? {
        precondition(start >= 0 && start <= bytes.count, "A search cannot start at \(start) of \(bytes.count) bytes.")
        do throws(ReadError) { return try compiled.search.firstMatch(bytes, from: start, limits: nil) } catch {
            preconditionFailure("Nothing ends a match that has no limits.")
        }
    }

    // MARK: Literals

    /// All texts that match, if the pattern is an alternation of at most 256 literals such as `a|b|c`; otherwise nil.
    ///
    /// In the pattern's order without duplicates; empty if nothing matches.
    public var literalSet: [String]? { compiled.facts.set }

    /// The prefix of every text that matches, as far as known.
    public var literalPrefix: String { compiled.facts.prefix }

    /// The suffix of every text that matches, as far as known.
    public var literalSuffix: String { compiled.facts.suffix }

    /// A string that every text that matches contains; empty if none is known.
    public var requiredLiteral: String { compiled.facts.required }

    /// Whether every text is known to match, as with `.*`.
    public var matchesEverything: Bool { matchesAllTexts(from: 0) }

    /// Whether exactly the nonempty texts are known to match, as with `.+`.
    public var matchesNonEmpty: Bool { matchesAllTexts(from: 1) }

    private func matchesAllTexts(from minimum: Int) -> Bool {
        if case .affixes(let prefix, minimum, let suffix) = compiled.plan {
            prefix.isEmpty && suffix.isEmpty
        } else {
            false
        }
    }
}
