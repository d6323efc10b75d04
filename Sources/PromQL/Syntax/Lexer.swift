internal import KTSDBModel

/// Cuts PromQL text into tokens.
///
/// The state is kept as Prometheus keeps it (which bracket is open, what was seen inside it), because the messages and
/// places of errors depend on it. Any bytes may come in; none trap.
struct Lexer {
    let bytes: [UInt8]
    /// The next byte to be read.
    private(set) var position = 0
    /// Where the token being read starts.
    private(set) var start = 0
    /// Where the last token started.
    private(set) var lastStart = 0
    /// What is wrong, once a token of the kind `stop` came out of an error.
    private(set) var errorMessage: String?

    private var state = State.statements
    /// The length of the last character, for stepping back.
    private var width = 0
    private var parenthesisDepth = 0
    private var braceIsOpen = false
    private var bracketIsOpen = false
    private var sawColon = false
    private var sawDuration = false

    private enum State { case statements, duration, finished }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The text of a token; what is no UTF-8 in it becomes U+FFFD.
    func text(_ range: SourceRange) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The next token; after the end or an error always `stop`.
    mutating func next() -> Token {
        while true {
            let token: Token?
            switch state {
            case .statements: token = braceIsOpen ? lexInsideBraces() : lexStatement()
            case .duration: token = lexDuration()
            case .finished: return Token(kind: .stop, range: start..<start)
            }
            if let token {
                lastStart = token.range.lowerBound
                return token
            }
        }
    }

    // MARK: Characters

    /// The end of the text, where a character was wanted.
    private static let endOfText: UInt32 = .max

    /// Reads a character: its code point, U+FFFD for a byte that is no UTF-8, or `endOfText`.
    private mutating func advance() -> UInt32 {
        guard position < bytes.count else {
            width = 0
            return Self.endOfText
        }
        let first = bytes[position]
        if first < 0x80 {
            width = 1
            position += 1
            return UInt32(first)
        }
        let (value, length) = decode(at: position)
        width = length
        position += length
        return value
    }

    private func decode(at index: Int) -> (value: UInt32, length: Int) {
        let invalid: (UInt32, Int) = (0xFFFD, 1)
        let first = bytes[index]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first < 0xF5, index + length <= bytes.count else { return invalid }
        var value = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return invalid }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80
        guard value >= smallest, value <= 0x10FFFF, !(0xD800..<0xE000).contains(value) else { return invalid }
        return (value, length)
    }

    private mutating func peek() -> UInt32 {
        let character = advance()
        stepBack()
        return character
    }

    private mutating func stepBack() { position -= width }

    private mutating func accept(_ isWanted: (UInt32) -> Bool) -> Bool {
        if isWanted(advance()) { return true }
        stepBack()
        return false
    }

    private mutating func accept(_ character: Character) -> Bool {
        let wanted = UInt32(character.asciiValue!)
        return accept { $0 == wanted }
    }

    private mutating func skipSpaces() {
        while Self.isSpace(peek()) { _ = advance() }
        start = position
    }

    private static func isSpace(_ c: UInt32) -> Bool { c == 0x20 || c == 0x09 || c == 0x0A || c == 0x0D }
    private static func isDigit(_ c: UInt32) -> Bool { (0x30...0x39).contains(c) }
    private static func isAlpha(_ c: UInt32) -> Bool {
        c == 0x5F || (0x61...0x7A).contains(c) || (0x41...0x5A).contains(c)
    }
    private static func isAlphanumeric(_ c: UInt32) -> Bool { isAlpha(c) || isDigit(c) }
    private static func isUnit(_ c: UInt32) -> Bool { isOne(of: "smhdwy", c) }
    private static func isOne(of characters: StaticString, _ c: UInt32) -> Bool {
        guard c < 0x80 else { return false }
        let bytes = characters.bytes
        for index in bytes.indices where UInt32(bytes[index]) == c { return true }
        return false
    }

    // MARK: Emitting

    private mutating func emit(_ kind: TokenKind) -> Token {
        let token = Token(kind: kind, range: start..<position)
        start = position
        return token
    }

    private mutating func fail(_ message: String) -> Token {
        state = .finished
        errorMessage = message
        return Token(kind: .stop, range: start..<start)
    }

    private func quoted(_ character: UInt32) -> String {
        // Go writes the end of input, which is not a character, as U+FFFD.
        goQuoted(Unicode.Scalar(character) ?? "\u{FFFD}")
    }

    // MARK: States

    /// Reads outside braces, and inside brackets after the first number.
    private mutating func lexStatement() -> Token? {
        if position < bytes.count, bytes[position] == UInt8(ascii: "#") { return lexComment() }
        let character = advance()
        if character == Self.endOfText { return lexEnd() }
        if Self.isSpace(character) {
            skipSpaces()
            return nil
        }
        if Self.isDigit(character) || character == 0x2E && Self.isDigit(peek()) {
            position -= 1
            width = 0
            return lexNumberOrDuration()
        }
        if Self.isAlpha(character) || character == 0x3A {
            if bracketIsOpen { return lexWordInBrackets(character) }
            stepBack()
            return lexWord()
        }
        guard let ascii = UInt8(exactly: character) else { return fail("unexpected character: \(quoted(character))") }
        switch ascii {
        case UInt8(ascii: ","): return emit(.comma)
        case UInt8(ascii: "*"): return emit(.binary(.multiply))
        case UInt8(ascii: "/"): return emit(.binary(.divide))
        case UInt8(ascii: "%"): return emit(.binary(.modulo))
        case UInt8(ascii: "+"): return emit(.binary(.add))
        case UInt8(ascii: "-"): return emit(.binary(.subtract))
        case UInt8(ascii: "^"): return emit(.binary(.power))
        case UInt8(ascii: "@"): return emit(.at)
        case UInt8(ascii: "="):
            if accept("=") { return emit(.binary(.equal)) }
            if peek() == 0x7E { return fail("unexpected character after '=': '~'") }
            return emit(.assign)
        case UInt8(ascii: "!"):
            let following = advance()
            guard following == 0x3D else { return fail("unexpected character after '!': \(quoted(following))") }
            return emit(.binary(.notEqual))
        case UInt8(ascii: "<"):
            if accept("=") { return emit(.binary(.lessOrEqual)) }
            return emit(.binary(accept("/") ? .trimUpper : .less))
        case UInt8(ascii: ">"):
            if accept("=") { return emit(.binary(.greaterOrEqual)) }
            return emit(.binary(accept("/") ? .trimLower : .greater))
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return lexString(quote: character)
        case UInt8(ascii: "`"): return lexRawString()
        case UInt8(ascii: "("):
            parenthesisDepth += 1
            return emit(.leftParen)
        case UInt8(ascii: ")"): return lexRightParenthesis()
        case UInt8(ascii: "{"):
            braceIsOpen = true
            return emit(.leftBrace)
        case UInt8(ascii: "["):
            if bracketIsOpen { return fail("unexpected left bracket '['") }
            bracketIsOpen = true
            sawColon = false
            state = .duration
            return emit(.leftBracket)
        case UInt8(ascii: "]"):
            guard bracketIsOpen else { return fail("unexpected right bracket ']'") }
            bracketIsOpen = false
            return emit(.rightBracket)
        default: return fail("unexpected character: \(quoted(character))")
        }
    }

    private mutating func lexEnd() -> Token {
        if parenthesisDepth != 0 { return fail("unclosed left parenthesis") }
        if bracketIsOpen { return fail("unclosed left bracket") }
        state = .finished
        return emit(.end)
    }

    private mutating func lexRightParenthesis() -> Token {
        parenthesisDepth -= 1
        let token = emit(.rightParen)
        // The error is after the parenthesis.
        return parenthesisDepth < 0 ? fail("unexpected right parenthesis ')'") : token
    }

    /// Reads inside brackets up to the first number.
    private mutating func lexDuration() -> Token? {
        let character = advance()
        if character == Self.endOfText { return fail("unexpected end of input in duration expression") }
        if Self.isSpace(character) {
            skipSpaces()
            return nil
        }
        if Self.isDigit(character) || character == 0x2E && Self.isDigit(peek()) {
            position -= 1
            width = 0
            sawDuration = true
            state = .statements
            return lexNumberOrDuration()
        }
        if Self.isOne(of: "srmSRM", character) {
            return lexDurationWord() ?? fail("unexpected character in duration expression: \(quoted(character))")
        }
        switch UInt8(exactly: character) {
        case UInt8(ascii: "]"):
            bracketIsOpen = false
            sawColon = false
            state = .statements
            return emit(.rightBracket)
        case UInt8(ascii: ":"):
            let token = emit(.colon)
            if !sawDuration { return fail("unexpected colon before duration in duration expression") }
            if sawColon { return fail("unexpected repeated colon in duration expression") }
            sawColon = true
            return token
        case UInt8(ascii: "("):
            parenthesisDepth += 1
            return emit(.leftParen)
        case UInt8(ascii: ")"): return lexRightParenthesis()
        case UInt8(ascii: "+"): return emit(.binary(.add))
        case UInt8(ascii: "-"): return emit(.binary(.subtract))
        case UInt8(ascii: "*"): return emit(.binary(.multiply))
        case UInt8(ascii: "/"): return emit(.binary(.divide))
        case UInt8(ascii: "%"): return emit(.binary(.modulo))
        case UInt8(ascii: "^"): return emit(.binary(.power))
        case UInt8(ascii: ","): return emit(.comma)
        default: return fail("unexpected character in duration expression: \(quoted(character))")
        }
    }

    private mutating func lexWordInBrackets(_ character: UInt32) -> Token {
        if character == 0x3A {
            if sawColon { return fail("unexpected colon ':'") }
            sawColon = true
            return emit(.colon)
        }
        if Self.isOne(of: "srmSRM", character), let token = lexDurationWord() { return token }
        return fail("unexpected character: \(quoted(character)), expected ':'")
    }

    private mutating func lexDurationWord() -> Token? {
        while Self.isAlpha(advance()) {}
        stepBack()
        switch TokenKind.words[text(start..<position).lowercased()] {
        case .preprocessor(let word) where word != .start && word != .end: return emit(.preprocessor(word))
        default: return nil
        }
    }

    private mutating func lexInsideBraces() -> Token? {
        if position < bytes.count, bytes[position] == UInt8(ascii: "#") { return lexComment() }
        let character = advance()
        if character == Self.endOfText { return fail("unexpected end of input inside braces") }
        if Self.isSpace(character) {
            skipSpaces()
            return nil
        }
        if Self.isAlpha(character) {
            while Self.isAlphanumeric(advance()) {}
            stepBack()
            return emit(.identifier)
        }
        switch UInt8(exactly: character) {
        case UInt8(ascii: ","): return emit(.comma)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return lexString(quote: character)
        case UInt8(ascii: "`"): return lexRawString()
        case UInt8(ascii: "="): return emit(accept("~") ? .matches : .assign)
        case UInt8(ascii: "!"):
            let following = advance()
            switch following {
            case 0x7E: return emit(.doesNotMatch)
            case 0x3D: return emit(.binary(.notEqual))
            default: return fail("unexpected character after '!' inside braces: \(quoted(following))")
            }
        case UInt8(ascii: "{"): return fail("unexpected left brace '{'")
        case UInt8(ascii: "}"):
            braceIsOpen = false
            return emit(.rightBrace)
        default: return fail("unexpected character inside braces: \(quoted(character))")
        }
    }

    private mutating func lexComment() -> Token {
        while true {
            let character = advance()
            if character == 0x0A || character == 0x0D || character == Self.endOfText { break }
        }
        stepBack()
        return emit(.comment)
    }

    private mutating func lexWord() -> Token {
        while true {
            let character = advance()
            if !Self.isAlphanumeric(character), character != 0x3A { break }
        }
        stepBack()
        let word = text(start..<position)
        switch TokenKind.words[word.lowercased()] {
        case .keyword(.fill)?, .keyword(.fillLeft)?, .keyword(.fillRight)?:
            // Metrics of these names were there before the modifiers: only a parenthesis makes a modifier of them.
            return emit(isFollowedByParenthesis ? TokenKind.words[word.lowercased()]! : .identifier)
        case let kind?: return emit(kind)
        case nil: return emit(word.utf8.contains(UInt8(ascii: ":")) ? .metricIdentifier : .identifier)
        }
    }

    private var isFollowedByParenthesis: Bool {
        var index = position
        while index < bytes.count, Self.isSpace(UInt32(bytes[index])) { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: "(")
    }

    // MARK: Strings

    private mutating func lexString(quote: UInt32) -> Token {
        while true {
            let character = advance()
            switch character {
            case quote: return emit(.string)
            case 0x5C:
                if let message = scanEscape(quote: quote) { return fail(message) }
            case 0xFFFD: return fail("invalid UTF-8 rune")
            case Self.endOfText, 0x0A: return fail("unterminated quoted string")
            default: break
            }
        }
    }

    private mutating func lexRawString() -> Token {
        while true {
            switch advance() {
            case 0x60: return emit(.string)
            case 0xFFFD: return fail("invalid UTF-8 rune")
            case Self.endOfText: return fail("unterminated raw string")
            default: break
            }
        }
    }

    /// Reads an escape after its backslash; what comes back is an error message.
    private mutating func scanEscape(quote: UInt32) -> String? {
        var character = advance()
        var digits = 0
        var radix: UInt32 = 16
        var limit: UInt32 = 0x10FFFF
        switch character {
        case Self.endOfText: return "escape sequence not terminated"
        case quote: return nil
        case _ where Self.isOne(of: "abfnrtv\\", character): return nil
        case 0x30...0x37:
            (digits, radix, limit) = (3, 8, 255)
        case 0x78:
            (digits, limit) = (2, 255)
            character = advance()
        case 0x75:
            digits = 4
            character = advance()
        case 0x55:
            digits = 8
            character = advance()
        default: return "unknown escape sequence " + codePoint(character)
        }
        var value: UInt32 = 0
        while digits > 0 {
            if character == Self.endOfText { return "escape sequence not terminated" }
            let digit = UInt8(exactly: character).map(hexadecimalDigit) ?? 16
            guard digit < radix else { return "illegal character \(codePoint(character)) in escape sequence" }
            value = value &* radix &+ digit
            digits -= 1
            if digits > 0 { character = advance() }
        }
        if value > limit || (0xD800..<0xE000).contains(value) {
            return "escape sequence is an invalid Unicode code point"
        }
        return nil
    }

    private func codePoint(_ character: UInt32) -> String { goCodePoint(Unicode.Scalar(character) ?? "\u{FFFD}") }

    // MARK: Numbers

    private mutating func lexNumberOrDuration() -> Token {
        if scanNumber() { return emit(.number) }
        if scanRestOfDuration() { return emit(.duration) }
        return fail("bad number or duration syntax: \(goQuoted(text(start..<position)))")
    }

    /// Reads the units and further digits of a duration; its first digits were read as a number.
    private mutating func scanRestOfDuration() -> Bool {
        guard accept(Self.isUnit) else { return false }
        // The second letter of "ms"; that of a wrong unit such as "hs" is found when the duration is computed.
        _ = accept("s")
        while accept(Self.isDigit) {
            while accept(Self.isDigit) {}
            // Years come first, so "y" does not occur here.
            guard accept({ Self.isUnit($0) && $0 != 0x79 }) else { return false }
            _ = accept("s")
        }
        if Self.isAlphanumeric(advance()) { return false }
        stepBack()
        return true
    }

    /// Reads what looks like a number; whether it is one is found when it is computed.
    private mutating func scanNumber() -> Bool {
        let first = position
        var isDigit = Self.isDigit
        var isHexadecimal = false
        if accept("0"), accept({ $0 == 0x78 || $0 == 0x58 }) {
            _ = accept("_")
            isHexadecimal = true
            isDigit = { UInt8(exactly: $0).map(hexadecimalDigit) ?? 16 < 16 }
        }
        var sawPoint = false
        var sawExponent = false
        _ = accept(".")
        _ = accept(isDigit)
        while true {
            let character = peek()
            // In hexadecimal numbers "e" is a digit, and yet counts as an exponent here, as it does in Prometheus.
            if character == 0x2E {
                _ = advance()
                if sawPoint { return false }
                sawPoint = true
                if accept({ $0 == 0x5F || $0 == 0x2E }) || isHexadecimal { return false }
            } else if character == 0x65 || character == 0x45 {
                _ = advance()
                if sawExponent { return false }
                sawExponent = true
                _ = accept { $0 == 0x2B || $0 == 0x2D }
                if accept({ Self.isOne(of: "._eE", $0) }) || peek() == Self.endOfText { return false }
            } else if character == 0x5F {
                _ = advance()
                if accept({ Self.isOne(of: "._eE", $0) }) || peek() == Self.endOfText { return false }
            } else if isDigit(character) {
                while accept(isDigit) {}
            } else {
                break
            }
        }
        return position != first && !Self.isAlphanumeric(peek())
    }
}
