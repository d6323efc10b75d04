extension TemplateLexer {
    /// The next token between `{{` and `}}`.
    mutating func lexInAction() -> TemplateToken {
        if let length = rightDelimiterLength {
            return parenthesisDepth == 0 ? lexRightDelimiter(length) : failure("unclosed left paren")
        }
        guard let next = peek else { return failure("unclosed action") }
        if Self.isSpace(next) { return lexSpace() }
        if next == UInt32(UInt8(ascii: ".")) { return lexDot() }
        if CharacterClass.isWord(next), !(0x30...0x39).contains(next) { return lexIdentifier() }
        switch Unicode.Scalar(next) {
        case "+", "-": return lexNumber()
        case _ where (0x30...0x39).contains(next): return lexNumber()
        case "\"": return lexQuoted(0x22, .string, "unterminated quoted string")
        case "'": return lexQuoted(0x27, .characterConstant, "unterminated character constant")
        case "`": return lexRawString()
        case "$": return lexVariable()
        case ":": return lexDeclaration()
        default: return lexCharacter(next)
        }
    }

    private mutating func lexCharacter(_ character: UInt32) -> TemplateToken {
        _ = advance()
        switch Unicode.Scalar(character) {
        case "=": return token(.assign)
        case "|": return token(.pipe)
        case "(":
            parenthesisDepth += 1
            return token(.leftParenthesis)
        case ")":
            parenthesisDepth -= 1
            return parenthesisDepth < 0 ? failure("unexpected right paren") : token(.rightParenthesis)
        case _ where character < 0x80 && CharacterClass.isPrintable(character): return token(.character)
        default: return failure("unrecognized character in action: \(GoQuoting.codePoint(character))")
        }
    }

    private mutating func lexDeclaration() -> TemplateToken {
        _ = advance()
        return advance() == UInt32(UInt8(ascii: "=")) ? token(.declare) : failure("expected :=")
    }

    /// Blanks; the last of them may belong to the delimiter ` -}}`.
    private mutating func lexSpace() -> TemplateToken {
        while let next = peek, Self.isSpace(next) {
            if let length = rightDelimiterLength {
                return position == start ? lexRightDelimiter(length) : token(.space)
            }
            _ = advance()
        }
        return token(.space)
    }

    // MARK: Names

    private mutating func lexIdentifier() -> TemplateToken {
        skipWord()
        guard isAtTerminator else { return failure(badCharacter) }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        switch word {
        case "true", "false": return token(.bool)
        case "nil": return token(.nilConstant)
        case "break" where !hasBreak, "continue" where !hasContinue: return token(.identifier)
        default: return token(TemplateKeyword(rawValue: word).map { .keyword($0) } ?? .identifier)
        }
    }

    private mutating func lexDot() -> TemplateToken {
        if position + 1 < bytes.count, (0x30...0x39).contains(bytes[position + 1]) { return lexNumber() }
        // At the very end, a dot is the beginning of a number.
        guard position + 1 < bytes.count else { return lexNumber() }
        _ = advance()
        if isAtTerminator { return token(.dot) }
        skipWord()
        return isAtTerminator ? token(.field) : failure(badCharacter)
    }

    private mutating func lexVariable() -> TemplateToken {
        _ = advance()
        skipWord()
        return isAtTerminator ? token(.variable) : failure(badCharacter)
    }

    private mutating func skipWord() { while let next = peek, CharacterClass.isWord(next) { _ = advance() } }

    private var badCharacter: String { "bad character \(GoQuoting.codePoint(peek ?? 0))" }

    /// Whether a name may end here.
    private var isAtTerminator: Bool {
        guard let next = peek, !Self.isSpace(next) else { return true }
        return ".,|:)(".unicodeScalars.contains { $0.value == next } || comesNext(Self.rightDelimiter)
    }

    // MARK: Constants

    private mutating func lexQuoted(_ quote: UInt32, _ kind: TemplateTokenKind, _ problem: String) -> TemplateToken {
        _ = advance()
        while let next = advance(), next != 0x0A {
            if next == quote { return token(kind) }
            guard next == 0x5C else { continue }
            guard let escaped = advance(), escaped != 0x0A else { break }
        }
        return failure(problem)
    }

    private mutating func lexRawString() -> TemplateToken {
        _ = advance()
        while let next = advance() { if next == 0x60 { return token(.rawString) } }
        return failure("unterminated raw quoted string")
    }

    /// A number, perhaps complex such as `1+2i`. It need not be valid: the parser reads it again.
    private mutating func lexNumber() -> TemplateToken {
        guard scanNumber() else { return failure(badNumber) }
        guard let sign = peek, sign == 0x2B || sign == 0x2D else { return token(.number) }
        guard scanNumber(), bytes[position - 1] == UInt8(ascii: "i") else { return failure(badNumber) }
        return token(.complexNumber)
    }

    private var badNumber: String {
        "bad number syntax: \(String(decoding: GoQuoting.quoted(Array(bytes[start..<position])), as: UTF8.self))"
    }

    private mutating func scanNumber() -> Bool {
        accept("+-")
        var digits = "0123456789_"
        if accept("0") {
            if accept("xX") {
                digits = "0123456789abcdefABCDEF_"
            } else if accept("oO") {
                digits = "01234567_"
            } else if accept("bB") {
                digits = "01_"
            }
        }
        acceptAll(digits)
        if accept(".") { acceptAll(digits) }
        if digits.count == 11, accept("eE") { acceptExponent() }
        if digits.count == 23, accept("pP") { acceptExponent() }
        accept("i")
        guard let next = peek, CharacterClass.isWord(next) else { return true }
        _ = advance()
        return false
    }

    private mutating func acceptExponent() {
        accept("+-")
        acceptAll("0123456789_")
    }

    @discardableResult
    private mutating func accept(_ characters: String) -> Bool {
        guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return false }
        position += 1
        return true
    }

    private mutating func acceptAll(_ characters: String) { while accept(characters) {} }
}
