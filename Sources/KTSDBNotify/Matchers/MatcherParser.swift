internal import KTSDBModel

/// Reads matchers in the syntax that allows any UTF-8: `{a="b","c d"=~"e"}`, with or without braces.
package struct MatcherParser {
    private var lexer: MatcherLexer
    private var list: [Matcher] = []
    private var hasOpenBrace = false

    private init(_ text: String) { lexer = MatcherLexer(text) }

    /// Reads any number of matchers.
    static func matchers(_ text: String) throws(MatcherError) -> Matchers {
        var parser = MatcherParser(text)
        try parser.parse()
        return Matchers(parser.list)
    }

    /// Reads exactly one matcher.
    package static func matcher(_ text: String) throws(MatcherError) -> Matcher {
        let list = try matchers(text).list
        guard let first = list.first else { throw MatcherError("no matchers") }
        guard list.count == 1 else { throw MatcherError("expected 1 matcher, found \(list.count)") }
        return first
    }

    private mutating func parse() throws(MatcherError) {
        let first = try lexer.peek()
        if first.kind == .openBrace {
            _ = try lexer.next()
            hasOpenBrace = true
        }
        if first.kind == .end { return try end() }
        let second = try lexer.peek()
        if second.kind != .closeBrace && second.kind != .end {
            repeat { try matcher() } while try hasAnother()
        }
        try closeBrace()
        try end()
    }

    /// Reads what follows a matcher; returns whether that is another one.
    private mutating func hasAnother() throws(MatcherError) -> Bool {
        let token = try peek(
            [.comma, .closeBrace], else: "expected a comma or close brace", orEnd: true)
        guard token.kind == .comma else { return false }
        _ = try lexer.next()
        let next = try peek(
            [.closeBrace, .unquoted, .quoted], else: "expected a matcher or close brace after comma", orEnd: true)
        return next.kind == .quoted || next.kind == .unquoted
    }

    private mutating func closeBrace() throws(MatcherError) {
        let token: MatcherLexer.Token
        do throws(MatcherError) { token = try lexer.peek() } catch {
            guard hasOpenBrace else { return }
            throw MatcherError("0:\(lexer.position): \(error): expected close brace")
        }
        if token.kind == .closeBrace { _ = try lexer.next() }
        switch (hasOpenBrace, token.kind) {
        case (true, .closeBrace): break
        case (true, .end): throw MatcherError("0:\(lexer.position): end of input: expected close brace")
        case (true, _):
            let problem = "\(token.place): unexpected \(token.text)"
            throw MatcherError("0:\(lexer.position): \(problem): expected close brace")
        case (false, .closeBrace): throw MatcherError("0:\(lexer.position): }: expected opening brace")
        case (false, _): break
        }
    }

    private mutating func end() throws(MatcherError) {
        let token: MatcherLexer.Token
        do throws(MatcherError) { token = try lexer.next() } catch {
            throw MatcherError("\(error): expected end of input")
        }
        guard token.kind == .end else {
            throw MatcherError("\(token.place): \(token.text): expected end of input")
        }
    }

    private mutating func matcher() throws(MatcherError) {
        let name = try expect([.quoted, .unquoted], else: "expected label name")
        let nameText = try unquoted(name)
        let operation = try expect(
            [.equal, .notEqual, .matches, .doesNotMatch], else: "expected an operator such as '=', '!=', '=~' or '!~'")
        let value = try expect([.unquoted, .quoted], else: "expected label value")
        let valueText = try unquoted(value)
        do throws(RegularExpressionError) {
            list.append(try Matcher(nameText, Self.operations[operation.kind]!, valueText))
        } catch {
            throw MatcherError("failed to create matcher: \(error)")
        }
    }

    private static let operations: [MatcherLexer.Kind: Matcher.Operation] = [
        .equal: .equal, .notEqual: .notEqual, .matches: .matches, .doesNotMatch: .doesNotMatch,
    ]

    private func unquoted(_ token: MatcherLexer.Token) throws(MatcherError) -> String {
        guard token.kind == .quoted else { return token.text }
        guard let text = goUnquoted(token.text) else {
            throw MatcherError("\(token.place): \(token.text): invalid input")
        }
        return text
    }

    private mutating func expect(
        _ kinds: [MatcherLexer.Kind], else wish: String
    ) throws(MatcherError) -> MatcherLexer.Token {
        let token = try peek(kinds, else: wish, orEnd: false)
        _ = try lexer.next()
        return token
    }

    private mutating func peek(
        _ kinds: [MatcherLexer.Kind], else wish: String, orEnd: Bool
    ) throws(MatcherError) -> MatcherLexer.Token {
        let token: MatcherLexer.Token
        do throws(MatcherError) { token = try lexer.peek() } catch { throw MatcherError("\(error): \(wish)") }
        if token.kind == .end, !orEnd { throw MatcherError("end of input: \(wish)") }
        guard token.kind == .end || kinds.contains(token.kind) else {
            throw MatcherError("\(token.place): unexpected \(token.text): \(wish)")
        }
        return token
    }
}
