/// Splits the text of a query into tokens.
///
/// Words are keywords in any case. A function's name is one only if `(`, `by (` or `without (` follows, so that labels
/// may be called `count`. Blanks and comments (`#` and `//` up to the end of the line, `/* */`) separate tokens.
struct LogQLLexer {
    let source: [UInt8]
    var position = 0

    /// Returns the tokens of a text; the last one is its end. A malformed token does not end them.
    static func tokens(of source: [UInt8]) -> [LogQLToken] {
        var lexer = LogQLLexer(source: source)
        var tokens: [LogQLToken] = []
        while true {
            let token = lexer.next()
            tokens.append(token)
            if token.kind == .end { break }
        }
        markFunctions(in: &tokens)
        return tokens
    }

    private static func markFunctions(in tokens: inout [LogQLToken]) {
        for index in tokens.indices where tokens[index].kind == .identifier {
            guard let function = LogQLTokenKind.functions[tokens[index].text.lowercased()] else { continue }
            // The end is a token, so there is one more after an identifier.
            let next = tokens[index + 1].kind
            let isCall =
                next == .symbol(.openParenthesis)
                || (next == .keyword(.by) || next == .keyword(.without))
                    && tokens[index + 2].kind == .symbol(.openParenthesis)
            if isCall { tokens[index].kind = .function(function) }
        }
    }

    /// The byte at a distance from the position; 0 after the end.
    func peek(_ distance: Int = 0) -> UInt8 {
        position + distance < source.count ? source[position + distance] : 0
    }

    private mutating func next() -> LogQLToken {
        let comment = skipBlanks()
        if let comment { return malformed("comment not terminated", at: comment) }
        guard position < source.count else { return LogQLToken(kind: .end, offset: position) }
        let byte = peek()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "`"): return string(quote: byte)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        case UInt8(ascii: ".") where peek(1).isDecimalDigit: return number()
        case UInt8(ascii: "["): return range()
        case UInt8(ascii: "-"):
            if let token = negativeDuration() ?? flag() { return token }
        case 0:
            position += 1
            return malformed("invalid character NUL", at: position - 1)
        default:
            if let token = word() { return token }
        }
        return symbol() ?? otherCharacter()
    }

    func malformed(_ problem: String, at offset: Int, isScannedAhead: Bool = false) -> LogQLToken {
        LogQLToken(kind: .malformed, offset: offset, isScannedAhead: isScannedAhead, value: .text(problem))
    }

    /// Skips blanks and comments.
    /// - Returns: Where a comment begins that does not end.
    private mutating func skipBlanks() -> Int? {
        while position < source.count {
            switch peek() {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): position += 1
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                let start = position
                position += 2
                while position < source.count, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    position += 1
                }
                if position == source.count { return start }
                position += 2
            default: return nil
            }
        }
        return nil
    }

    private mutating func skipLine() {
        while position < source.count, peek() != UInt8(ascii: "\n") { position += 1 }
    }

    // MARK: Words

    /// A name or a keyword. Letters and digits of all scripts count, as in Go.
    private mutating func word() -> LogQLToken? {
        let start = position
        while position < source.count {
            let byte = peek()
            if byte.isLetter || byte.isDecimalDigit && position > start {
                position += 1
            } else if let length = otherLetter(isFirst: position == start) {
                position += length
            } else {
                break
            }
        }
        guard position > start else { return nil }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        if let keyword = LogQLTokenKind.keywords[text.lowercased()] {
            return LogQLToken(kind: .keyword(keyword), offset: start, value: .text(text))
        }
        return LogQLToken(kind: .identifier, offset: start, value: .text(text))
    }

    /// The length of the letter (or digit, unless it is the first) at the position if it is not ASCII.
    private func otherLetter(isFirst: Bool) -> Int? {
        guard peek() >= 0x80, let scalar = scalar() else { return nil }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: UTF8.width(scalar)
        case .decimalNumber where !isFirst: UTF8.width(scalar)
        default: nil
        }
    }

    /// The character at the position.
    func scalar() -> Unicode.Scalar? {
        var iterator = source[position...].makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }

    /// `--strict` or `--keep-empty`.
    private mutating func flag() -> LogQLToken? {
        for name in ["strict", "keep-empty"] {
            let text = "--" + name
            guard source[position...].starts(with: text.utf8) else { continue }
            let after = peek(text.utf8.count)
            guard !after.isLetter, !after.isDecimalDigit, after != UInt8(ascii: "-") else { continue }
            defer { position += text.utf8.count }
            return LogQLToken(kind: .flag, offset: position, isScannedAhead: true, value: .text(name))
        }
        return nil
    }

    // MARK: Symbols

    private mutating func symbol() -> LogQLToken? {
        for length in [2, 1] where position + length <= source.count {
            let text = String(decoding: source[position..<position + length], as: UTF8.self)
            guard let symbol = LogQLTokenKind.Symbol(rawValue: text) else { continue }
            defer { position += length }
            return LogQLToken(kind: .symbol(symbol), offset: position, isScannedAhead: length == 2)
        }
        return nil
    }

    private mutating func otherCharacter() -> LogQLToken {
        let start = position
        position += scalar().map { UTF8.width($0) } ?? 1
        let text = String(decoding: source[start..<position], as: UTF8.self)
        return LogQLToken(kind: .identifier, offset: start, value: .text(text))
    }
}

extension UInt8 {
    /// Whether it is one of `0` to `9`.
    var isDecimalDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// Whether it is an ASCII letter or an underscore.
    var isLetter: Bool {
        self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "z") || self == UInt8(ascii: "_")
    }
}
