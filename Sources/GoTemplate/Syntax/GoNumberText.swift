/// Numbers as Go's `strconv` reads them.
enum GoNumberText {
    /// An integer in any base that Go knows, and its sign; nil if the text is malformed or too large.
    static func integer(_ text: String) -> (magnitude: UInt64, sign: Character?)? {
        var rest = Substring(text)
        let sign = rest.first.flatMap { $0 == "+" || $0 == "-" ? $0 : nil }
        if sign != nil { rest.removeFirst() }
        guard rest.first != nil, hasGoodUnderscores(rest) else { return nil }
        let (base, length) = base(of: rest)
        let digits = rest.dropFirst(length).filter { $0 != "_" }
        guard digits.first?.isHexDigit == true else { return nil }
        return UInt64(digits, radix: base).map { ($0, sign) }
    }

    /// A finite floating-point number, decimal or hexadecimal; nil if the text is malformed or too large.
    static func float(_ text: String) -> Double? {
        var rest = Substring(text)
        if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
        let isHexadecimal = rest.lowercased().hasPrefix("0x")
        if text.contains("_") { guard hasGoodUnderscores(rest) else { return nil } }
        let letters = isHexadecimal ? "0123456789abcdef.p+-x" : "0123456789.e+-"
        let plain = text.lowercased().filter { $0 != "_" }
        guard plain.allSatisfy(letters.contains), isHexadecimal == plain.contains("p") else { return nil }
        guard let value = Double(completed(plain)), value.isFinite else { return nil }
        return value
    }

    /// Go allows a point without digits on one of its sides, which Swift does not.
    private static func completed(_ text: String) -> String {
        guard let point = text.firstIndex(of: ".") else { return text }
        let before = text[..<point].last
        let after = text[text.index(after: point)...].first
        let hasDigitBefore = before?.isHexDigit == true
        let hasDigitAfter = after.map { $0.isHexDigit && $0 != "e" || $0.isNumber } ?? false
        guard hasDigitBefore || hasDigitAfter else { return "invalid" }
        return text[..<point] + (hasDigitBefore ? "" : "0") + "." + (hasDigitAfter ? "" : "0")
            + text[text.index(after: point)...]
    }

    private static func base(of text: Substring) -> (base: Int, length: Int) {
        let start = text.prefix(2).lowercased()
        switch start {
        case "0x": return (16, 2)
        case "0o": return (8, 2)
        case "0b": return (2, 2)
        default: return text.count > 1 && text.first == "0" ? (8, 1) : (10, 0)
        }
    }

    /// Underscores are only between digits, of which the prefix of the base counts as one.
    private static func hasGoodUnderscores(_ text: Substring) -> Bool {
        var previous: Character = "!"
        var rest = text
        let isPrefixed = ["0x", "0o", "0b"].contains(text.prefix(2).lowercased())
        if isPrefixed {
            rest = rest.dropFirst(2)
            previous = "0"
        }
        let isHexadecimal = text.prefix(2).lowercased() == "0x"
        for character in rest {
            let isDigit = isHexadecimal ? character.isHexDigit : "0123456789".contains(character)
            if isDigit {
                previous = "0"
            } else if character == "_" {
                guard previous == "0" else { return false }
                previous = "_"
            } else {
                guard previous != "_" else { return false }
                previous = "!"
            }
        }
        return previous != "_"
    }
}
