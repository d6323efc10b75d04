extension LogQLLexer {
    /// `"…"` with Go's escapes, or raw text in back quotes.
    mutating func string(quote: UInt8) -> LogQLToken {
        let start = position
        position += 1
        return quote == UInt8(ascii: "`") ? rawString(from: start) : quotedString(from: start)
    }

    private mutating func rawString(from start: Int) -> LogQLToken {
        while position < source.count, peek() != UInt8(ascii: "`") { position += 1 }
        guard position < source.count else { return malformed("literal not terminated", at: start) }
        position += 1
        return LogQLToken(kind: .string, offset: start, value: .bytes(Array(source[(start + 1)..<(position - 1)])))
    }

    private mutating func quotedString(from start: Int) -> LogQLToken {
        var bytes: [UInt8] = []
        var problem: String?
        while true {
            guard position < source.count, peek() != UInt8(ascii: "\n") else {
                return malformed(problem ?? "literal not terminated", at: start)
            }
            let byte = peek()
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte != UInt8(ascii: "\\") {
                bytes.append(byte)
            } else if let error = escape(into: &bytes) {
                problem = problem ?? error
            }
        }
        if let problem { return malformed(problem, at: start) }
        return LogQLToken(kind: .string, offset: start, value: .bytes(bytes))
    }

    /// Reads what follows a backslash.
    /// - Returns: What is wrong with it. The rest of the string is then read as if it were not an escape.
    private mutating func escape(into bytes: inout [UInt8]) -> String? {
        let invalid = "invalid char escape"
        switch peek() {
        case UInt8(ascii: "a"): bytes.append(7)
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "v"): bytes.append(11)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes.append(peek())
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            guard let value = digits(3, radix: 8) else { return invalid }
            guard value < 256 else { return "invalid syntax" }
            bytes.append(UInt8(value))
            return nil
        case UInt8(ascii: "x"):
            position += 1
            guard let value = digits(2, radix: 16) else { return invalid }
            bytes.append(UInt8(value))
            return nil
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = peek() == UInt8(ascii: "u") ? 4 : 8
            position += 1
            guard let value = digits(count, radix: 16) else { return invalid }
            guard value <= 0x10FFFF else { return "invalid syntax" }
            bytes.append(contentsOf: String(Unicode.Scalar(UInt32(value)) ?? "\u{FFFD}").utf8)
            return nil
        default: return invalid
        }
        position += 1
        return nil
    }

    /// The value of exactly `count` digits, at most 8.
    private mutating func digits(_ count: Int, radix: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = Character(Unicode.Scalar(peek())).hexDigitValue, digit < radix else { return nil }
            value = value * radix + digit
            position += 1
        }
        return value
    }
}
