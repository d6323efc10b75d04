/// A recursive descent parser of queries.
///
/// Messages are those of Loki's generated parser. That one names the tokens that it expected if they are at most four,
/// and it looks at a token as late as it can: where something optional may follow, and does not, it first takes what it
/// has for complete, and then complains about what is missing around it. So the methods here return without looking
/// where something optional is left out, and each place that needs a token gives the list of what could be there, or
/// none if there are more than four.
struct LogQLParser {
    private let source: [UInt8]
    private let tokens: [LogQLToken]
    private var index = 0
    private var nesting = 0
    private var operators = 0
    /// Whether a selector has a name that has to be quoted when it is printed.
    var hasQuotedNames = false
    /// The error that a name outside of selectors is if it would have to be quoted. Others come first.
    private var unprintableName: LogQLError?
    /// Whether a selector takes streams that lack all of its labels.
    var hasSelectorOfEverything = false

    /// How deep a query may nest, so that no walk over a tree runs out of stack: a level takes 1 KiB of it when it is
    /// parsed, and 512 KiB is what some threads have.
    static let maximumNesting = 250
    /// How many operators a query may have: a chain of them is a tree that is as deep, and is printed with as many
    /// parentheses.
    static let maximumOperators = 200

    private init(_ text: String) {
        source = Array(text.utf8)
        tokens = LogQLLexer.tokens(of: source)
    }

    /// Parses a text.
    /// - Returns: The tree, and whether it is printed in a way that does not parse, as a name like `값` is.
    static func parse(_ text: String) throws(LogQLError) -> (expression: LogQLExpression, isPrintedOtherwise: Bool) {
        let length = text.utf8.count
        guard length <= LogQLExpression.maximumLength else {
            throw invalid("input size too long (\(length) > \(LogQLExpression.maximumLength))")
        }
        var parser = LogQLParser(text)
        let expression = try parser.expression()
        guard parser.token.kind == .end else { throw parser.unexpected() }
        if let error = parser.unprintableName { throw error }
        guard !parser.hasSelectorOfEverything else {
            throw invalid(
                "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
                    + #"For instance, app=~".*" does not meet this requirement, but app=~".+" will"#)
        }
        return (expression, parser.hasQuotedNames)
    }

    // MARK: Tokens

    /// The token that is next; at the end, the end again and again.
    var token: LogQLToken { tokens[index] }

    /// The token after the next one.
    var tokenAfterNext: LogQLToken { tokens[min(index + 1, tokens.count - 1)] }

    /// Moves past the next token.
    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    /// Moves past the next token if it is of a kind.
    mutating func take(_ kind: LogQLTokenKind) -> Bool {
        guard token.kind == kind else { return false }
        advance()
        return true
    }

    mutating func take(_ symbol: LogQLTokenKind.Symbol) -> Bool { take(.symbol(symbol)) }

    /// Returns the next token, which must be of a kind, and moves past it. The message of the error lists `expected`,
    /// or the kind alone.
    mutating func need(_ kind: LogQLTokenKind, _ expected: [LogQLTokenKind]? = nil) throws(LogQLError) -> LogQLToken {
        let found = token
        guard found.kind == kind else { throw unexpected(expected ?? [kind]) }
        advance()
        return found
    }

    /// Moves past a symbol.
    mutating func need(_ symbol: LogQLTokenKind.Symbol, _ expected: [LogQLTokenKind]? = nil) throws(LogQLError) {
        _ = try need(.symbol(symbol), expected)
    }

    /// The text of the string that must be next.
    mutating func needString(_ expected: [LogQLTokenKind]? = nil) throws(LogQLError) -> String {
        try need(.string, expected).string
    }

    /// The name of a label that must be next. One that is not in ASCII is an error of the whole query.
    mutating func needName(_ expected: [LogQLTokenKind]? = nil) throws(LogQLError) -> String {
        let found = token
        guard found.kind == .identifier else { throw unexpected(expected ?? [.identifier]) }
        if !isLabelName(found.text), unprintableName == nil { unprintableName = unexpected(expected ?? [.identifier]) }
        advance()
        return found.text
    }

    // MARK: Errors

    /// The error that the next token is. Its message lists the tokens that could be here, in the order of Loki's
    /// grammar; `expected` is empty if there are more than four.
    func unexpected(_ expected: [LogQLTokenKind] = []) -> LogQLError {
        if token.kind == .malformed { return LogQLError(.syntax, "parse error\(place): \(token.text)") }
        let list = expected.map(\.description).joined(separator: " or ")
        return LogQLError(
            .syntax,
            "parse error\(place): syntax error: unexpected \(token.kind)"
                + (list.isEmpty ? "" : ", expecting " + list))
    }

    /// Where the next token is, with a blank before it. Columns count characters from 1.
    private var place: String {
        if source.isEmpty { return " " }
        let before = source[..<min(token.offset, source.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = token.isScannedAhead ? 0 : before.count { $0 == UInt8(ascii: "\n") } + 1
        return " at line \(line), col \(before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1)"
    }

    /// The error of a text that has the form of a query but no meaning.
    static func invalid(_ problem: String) -> LogQLError { LogQLError(.syntax, "parse error : " + problem) }

    // MARK: Limits

    /// Parses something that is a level deeper.
    mutating func nested<T>(
        _ parse: (inout LogQLParser) throws(LogQLError) -> T
    ) throws(LogQLError) -> T {
        guard nesting < Self.maximumNesting else {
            throw Self.invalid("the query nests more than \(Self.maximumNesting) levels deep")
        }
        nesting += 1
        defer { nesting -= 1 }
        return try parse(&self)
    }

    /// Counts an operator.
    mutating func countOperator() throws(LogQLError) {
        operators += 1
        guard operators <= Self.maximumOperators else {
            throw Self.invalid("the query has more than \(Self.maximumOperators) operators")
        }
    }
}

/// Whether a text is a label's name that need not be quoted.
func isLabelName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isLetter else { return false }
    return text.utf8.allSatisfy { $0.isLetter || $0.isDecimalDigit }
}
