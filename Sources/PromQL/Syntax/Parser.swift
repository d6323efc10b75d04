public import KTSDBModel

/// Parses a PromQL expression and checks its types.
///
/// - Throws: all errors of the text, with the messages and places that Prometheus gives.
public func parse(_ text: String, options: ParserOptions = .init()) throws(ParseErrors) -> Expression {
    try parse(utf8: Array(text.utf8), options: options)
}

/// Parses as ``parse(_:options:)`` does, and looks at `limits` meanwhile.
///
/// - Throws: ``ParseErrors``; where the limits ended it, whatever the text then seems to lack, so that they are to be
///   asked again first.
func parse(
    _ text: String, options: ParserOptions, limits: any ReadLimits
) throws(ParseErrors) -> Expression {
    try parse(utf8: Array(text.utf8), options: options, limits: limits)
}

/// Parses a PromQL expression given as bytes, which need not be UTF-8, and checks its types.
///
/// - Throws: all errors of the text, with the messages and places that Prometheus gives.
public func parse(utf8 bytes: [UInt8], options: ParserOptions = .init()) throws(ParseErrors) -> Expression {
    try parse(utf8: bytes, options: options, limits: nil)
}

private func parse(
    utf8 bytes: [UInt8], options: ParserOptions, limits: (any ReadLimits)?
) throws(ParseErrors) -> Expression {
    var parser = Parser(bytes, options: options, limits: limits)
    var expression = parser.parseWholeExpression()
    if parser.errors.isEmpty, expression != nil {
        var checker = TypeChecker(text: bytes)
        checker.check(&expression!)
        parser.errors = checker.errors
    }
    guard let expression, parser.errors.isEmpty else { throw ParseErrors(errors: parser.errors) }
    return expression
}

/// Parses a bare selector such as `up{job="api"}`, the value of a `match[]` parameter.
///
/// As in Prometheus, `{}` is a selector here; whether it may select everything is for the caller to say.
public func parseSelector(_ text: String) throws(ParseErrors) -> [LabelMatcher] {
    var parser = Parser(Array(text.utf8), options: ParserOptions())
    let selector = parser.parseWholeSelector()
    guard let selector, parser.errors.isEmpty else { throw ParseErrors(errors: parser.errors) }
    return selector.matchers
}

/// A recursive descent parser that continues after an error to find more of them.
///
/// Errors are those of Prometheus' generated parser, so the parser works as that does in one respect: after a syntax
/// error it unwinds (throws) to the innermost construct that knows how to continue, and from there skips what cannot be
/// there. A token is only read ahead where the grammar needs it, since the last token read is the one that messages
/// name.
struct Parser {
    let options: ParserOptions
    private(set) var lexer: Lexer
    private let limits: (any ReadLimits)?
    /// Tokens to read until the limits are looked at again.
    private var tokensLeft = Parser.tokensBetweenLooks
    /// A token takes a microsecond or so.
    private static let tokensBetweenLooks = 256
    /// All errors so far, in the order found.
    var errors: [ParseError] = []
    /// The token that was read and not yet taken.
    private var lookahead: Token?
    /// The last token read from the text.
    private(set) var lastRead = Token(kind: .stop, range: 0..<0)
    private var lexerFailed = false
    /// The end of the last token read that may close an expression.
    private(set) var lastClosing = 0
    /// 3 after an error was handled, and one less after each token taken since.
    private var recovery = 0
    /// Whether parsing cannot continue.
    private(set) var isAborted = false
    private var depth = 0

    /// How deep expressions may nest, so that no walk over a tree runs out of stack.
    static let maximumDepth = 600

    /// Unwinds to the innermost construct that can handle a syntax error.
    struct SyntaxFailure: Error {}

    /// An expression being built.
    struct Parsed {
        var expression: Expression
        /// The number of levels of the tree.
        var height = 1
        /// Whether this is a stand-in for a range over something other than a selector.
        var isBrokenRange = false
    }

    init(_ bytes: [UInt8], options: ParserOptions, limits: (any ReadLimits)? = nil) {
        self.options = options
        self.limits = limits
        lexer = Lexer(bytes)
    }

    // MARK: Tokens

    /// The next token's kind; reads it if that has not happened.
    mutating func peek() -> TokenKind { read().kind }

    private mutating func read() -> Token {
        if let lookahead { return lookahead }
        var token = isInterrupted() ? Token(kind: .stop, range: lexer.bytes.count..<lexer.bytes.count) : lexer.next()
        while token.kind == .comment { token = lexer.next() }
        switch token.kind {
        case .stop:
            if let message = lexer.errorMessage, !lexerFailed {
                lexerFailed = true
                lastRead = token
                report(message, lexer.start..<lexer.bytes.count)
            }
        case .rightBrace, .rightParen, .rightBracket, .duration, .number:
            lastClosing = token.range.upperBound
            lastRead = token
        default: lastRead = token
        }
        lookahead = token
        return token
    }

    /// Whether the limits say that nothing more is to be read: then the text seems to end here.
    private mutating func isInterrupted() -> Bool {
        guard let limits else { return false }
        tokensLeft -= 1
        guard tokensLeft <= 0 else { return false }
        do throws(ReadError) { try limits.check() } catch { return true }
        tokensLeft = Self.tokensBetweenLooks
        return false
    }

    /// Takes the next token.
    @discardableResult
    mutating func take() -> Token {
        let token = read()
        lookahead = nil
        if recovery > 0 { recovery -= 1 }
        return token
    }

    /// Takes the next token, which must be of this kind.
    @discardableResult
    mutating func expect(_ kind: TokenKind) throws(SyntaxFailure) -> Token {
        while peek() != kind { try fail() }
        return take()
    }

    // MARK: Errors

    mutating func report(_ message: String, _ range: SourceRange) {
        errors.append(ParseError(message: message, range: range, in: lexer.bytes))
    }

    /// Reports that the last token cannot be where it is.
    mutating func reportUnexpected(in context: String = "", expected: String = "") {
        // What the lexer found wrong was reported already.
        if lexerFailed { return }
        var message = "unexpected " + lastRead.kind.description(of: lexer.text(lastRead.range))
        if !context.isEmpty { message += " in " + context }
        if !expected.isEmpty { message += ", expected " + expected }
        report(message, lastRead.range)
    }

    /// The next token is not allowed here: unwinds, or right after an error skips the token and returns.
    mutating func fail() throws(SyntaxFailure) {
        guard recovery == 3 else { throw SyntaxFailure() }
        try skip()
    }

    private mutating func skip() throws(SyntaxFailure) {
        if peek() == .stop {
            isAborted = true
            throw SyntaxFailure()
        }
        lookahead = nil
    }

    /// Begins to go on after a syntax error, in a construct that knows how.
    mutating func recover(in context: String = "", expected: String = "") throws(SyntaxFailure) {
        if isAborted { throw SyntaxFailure() }
        recovery = 3
        reportUnexpected(in: context, expected: expected)
    }

    /// Whether an error was handled and no token taken since.
    var isRecovering: Bool { recovery == 3 }

    /// Runs `body` one level deeper.
    mutating func nested<T>(_ body: (inout Parser) throws(SyntaxFailure) -> T) throws(SyntaxFailure) -> T {
        depth += 1
        defer { depth -= 1 }
        try limit(depth)
        return try body(&self)
    }

    /// Gives up if a tree of this height is too deep.
    mutating func limit(_ height: Int) throws(SyntaxFailure) {
        guard height > Self.maximumDepth else { return }
        if !isAborted { report("expression is nested more than \(Self.maximumDepth) levels deep", read().range) }
        isAborted = true
        throw SyntaxFailure()
    }

    // MARK: Whole texts

    mutating func parseWholeExpression() -> Expression? {
        whole { parser throws(SyntaxFailure) in
            if parser.peek() == .end {
                parser.report("no expression found in input", 0..<0)
                return nil
            }
            return try parser.parseExpression().expression
        }
    }

    mutating func parseWholeSelector() -> VectorSelector? {
        whole { parser throws(SyntaxFailure) in
            while !parser.peek().canNameMetric, parser.peek() != .leftBrace { try parser.fail() }
            return try parser.parseVectorSelector()
        }
    }

    /// Parses the text from its start to its end.
    private mutating func whole<T>(_ body: (inout Parser) throws(SyntaxFailure) -> T?) -> T? {
        var result: T?
        do {
            result = try body(&self)
            if peek() == .end || isRecovering {
                try expect(.end)
                return result
            }
        } catch {
            if isAborted { return nil }
        }
        // Nothing knew what to do with the last token. The rest is still read, since it may hold errors of its own.
        do {
            try recover()
            try expect(.end)
        } catch {}
        return nil
    }
}
