/// Escapes and character classes.
extension PatternParser {
    /// Reads an escape outside a class.
    mutating func appendEscape() throws(RegularExpressionError) {
        if position + 1 < bytes.count {
            var assertion: Assertion?
            switch bytes[position + 1] {
            case UInt8(ascii: "A"): assertion = .beginText
            case UInt8(ascii: "z"): assertion = .endText
            case UInt8(ascii: "b"): assertion = .wordBoundary
            case UInt8(ascii: "B"): assertion = .noWordBoundary
            // It would match a single byte; matching is by characters here.
            case UInt8(ascii: "C"): throw error("invalid escape sequence", position..<(position + 2))
            case UInt8(ascii: "Q"): return try appendQuoted()
            default: break
            }
            if let assertion {
                position += 2
                return try append(assertion: assertion)
            }
        }
        if let scalars = try parseClassEscape() { return try append(class: scalars) }
        try append(literal: parseEscape())
    }

    /// Reads `\Q…\E`, or `\Q…` up to the end of the pattern, as literals.
    private mutating func appendQuoted() throws(RegularExpressionError) {
        position += 2
        while position < bytes.count {
            if bytes[position...].starts(with: #"\E"#.utf8) {
                position += 2
                return
            }
            try append(literal: nextCodePoint())
        }
    }

    /// Reads an escape of one scalar.
    private mutating func parseEscape() throws(RegularExpressionError) -> UInt32 {
        let start = position
        position += 1
        guard position < bytes.count else { throw error("trailing backslash at end of expression", 0..<0) }
        let scalar = nextScalar()
        var value: UInt32?
        switch scalar {
        case "1"..."7": value = isOctalDigitNext ? parseOctal(after: scalar) : nil  // one digit: a back reference
        case "0": value = parseOctal(after: scalar)
        case "x": value = parseHexadecimal()
        case "a": value = 0x07
        case "f": value = 0x0C
        case "n": value = 0x0A
        case "r": value = 0x0D
        case "t": value = 0x09
        case "v": value = 0x0B
        default:
            // Escaped punctuation is literal. Letters and digits are reserved.
            if scalar.isASCII, !Self.isAlphanumeric(UInt8(scalar.value)) { value = scalar.value }
        }
        guard let value else { throw error("invalid escape sequence", start..<position) }
        return value
    }

    private var isOctalDigitNext: Bool {
        position < bytes.count && bytes[position] >= UInt8(ascii: "0") && bytes[position] <= UInt8(ascii: "7")
    }

    private mutating func parseOctal(after first: Unicode.Scalar) -> UInt32 {
        var value = first.value - 0x30
        for _ in 1..<3 where isOctalDigitNext {
            value = value * 8 + UInt32(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return value
    }

    /// Reads two hexadecimal digits, or any number of them in braces; nil if they are missing or the value is too
    /// large.
    private mutating func parseHexadecimal() -> UInt32? {
        guard position < bytes.count else { return nil }
        let first = nextScalar()
        guard first == "{" else {
            guard position < bytes.count else { return nil }
            let second = nextScalar()
            guard let high = hexadecimalValue(first), let low = hexadecimalValue(second) else { return nil }
            return high << 4 | low
        }
        var value: UInt32?
        while position < bytes.count {
            let digit = nextScalar()
            if digit == "}" { return value }
            guard let digit = hexadecimalValue(digit) else { return nil }
            value = (value ?? 0) << 4 | digit
            guard value! <= ScalarSet.maximum else { return nil }
        }
        return nil
    }

    private func hexadecimalValue(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x61 + 10
        case "A"..."F": scalar.value - 0x41 + 10
        default: nil
        }
    }

    /// Reads `[…]`.
    mutating func parseClass() throws(RegularExpressionError) -> ScalarSet {
        let start = position
        position += 1
        var isNegated = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "^") {
            isNegated = true
            position += 1
        }
        var intervals: [ScalarSet.Interval] = []
        var isFirst = true  // a ] at the beginning is a literal
        while isFirst || position >= bytes.count || bytes[position] != UInt8(ascii: "]") {
            isFirst = false
            if let scalars = try parseNamedClass() {
                intervals += scalars.intervals
            } else if let scalars = try parseClassEscape() {
                intervals += scalars.intervals
            } else {
                intervals += folded(ScalarSet(try parseInterval(inClassFrom: start))).intervals
            }
        }
        position += 1
        let scalars = ScalarSet(intervals)
        return isNegated ? scalars.inverted : scalars
    }

    private func folded(_ scalars: ScalarSet) -> ScalarSet { flags.contains(.foldCase) ? scalars.folded : scalars }

    /// Reads a character of a class, or two with a hyphen in between.
    private mutating func parseInterval(
        inClassFrom classStart: Int
    ) throws(RegularExpressionError) -> ScalarSet.Interval {
        let start = position
        let low = try parseClassScalar(inClassFrom: classStart)
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"), bytes[position + 1] != UInt8(ascii: "]")
        else {
            return .init(low, low)
        }
        position += 1
        let high = try parseClassScalar(inClassFrom: classStart)
        guard low <= high else { throw error("invalid character class range", start..<position) }
        return .init(low, high)
    }

    private mutating func parseClassScalar(inClassFrom classStart: Int) throws(RegularExpressionError) -> UInt32 {
        guard position < bytes.count else { throw error("missing closing ]", classStart..<bytes.count) }
        return bytes[position] == UInt8(ascii: "\\") ? try parseEscape() : nextCodePoint()
    }

    /// Reads an escape of a set of scalars, or returns nil.
    private mutating func parseClassEscape() throws(RegularExpressionError) -> ScalarSet? {
        if let scalars = try parseUnicodeClass() { return scalars }
        return parsePerlClass()
    }

    /// Reads `\d` and the like, or returns nil.
    private mutating func parsePerlClass() -> ScalarSet? {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\") else { return nil }
        let letter = bytes[position + 1]
        let scalars: ScalarSet
        switch letter | 0x20 {
        case UInt8(ascii: "d"): scalars = ScalarSet(asciiPairs: "09")
        case UInt8(ascii: "s"): scalars = ScalarSet(asciiPairs: "\t\n\u{0C}\r  ")
        case UInt8(ascii: "w"): scalars = ScalarSet(asciiPairs: "09AZ__az")
        default: return nil
        }
        position += 2
        return letter & 0x20 == 0 ? folded(scalars).inverted : folded(scalars)
    }

    /// Reads `[:alpha:]` and the like within a class, or returns nil.
    private mutating func parseNamedClass() throws(RegularExpressionError) -> ScalarSet? {
        let start = position
        guard bytes.count - position > 2, bytes[position] == UInt8(ascii: "["), bytes[position + 1] == UInt8(ascii: ":")
        else { return nil }
        var end = position + 2
        while end + 1 < bytes.count, bytes[end] != UInt8(ascii: ":") || bytes[end + 1] != UInt8(ascii: "]") { end += 1 }
        guard end + 1 < bytes.count else { return nil }
        var name = bytes[(position + 2)..<end]
        let isNegated = name.first == UInt8(ascii: "^")
        if isNegated { name = name.dropFirst() }
        guard let scalars = Self.asciiClasses[String(decoding: name, as: UTF8.self)] else {
            throw error("invalid character class range", start..<(end + 2))
        }
        position = end + 2
        return isNegated ? folded(scalars).inverted : folded(scalars)
    }

    /// POSIX' named classes, limited to ASCII.
    private static let asciiClasses: [String: ScalarSet] = [
        "alnum": ScalarSet(asciiPairs: "09AZaz"), "alpha": ScalarSet(asciiPairs: "AZaz"),
        "ascii": ScalarSet(asciiPairs: "\0\u{7F}"), "blank": ScalarSet(asciiPairs: "\t\t  "),
        "cntrl": ScalarSet(asciiPairs: "\0\u{1F}\u{7F}\u{7F}"), "digit": ScalarSet(asciiPairs: "09"),
        "graph": ScalarSet(asciiPairs: "!~"), "lower": ScalarSet(asciiPairs: "az"),
        "print": ScalarSet(asciiPairs: " ~"),
        "punct": ScalarSet(asciiPairs: "!/:@[`{~"), "space": ScalarSet(asciiPairs: "\t\r  "),
        "upper": ScalarSet(asciiPairs: "AZ"), "word": ScalarSet(asciiPairs: "09AZ__az"),
        "xdigit": ScalarSet(asciiPairs: "09AFaf"),
    ]

    /// Reads `\pL`, `\p{Greek}`, `\P{^Lu}` and the like, or returns nil.
    private mutating func parseUnicodeClass() throws(RegularExpressionError) -> ScalarSet? {
        let start = position
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] | 0x20 == UInt8(ascii: "p")
        else { return nil }
        var isNegated = bytes[position + 1] == UInt8(ascii: "P")
        position += 2
        var name = bytes[position..<position]
        if position < bytes.count {
            if bytes[position] == UInt8(ascii: "{") {
                guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw error("invalid character class range", start..<bytes.count)
                }
                name = bytes[(position + 1)..<end]
                position = end + 1
            } else {
                let nameStart = position
                _ = nextScalar()
                name = bytes[nameStart..<position]
            }
        }
        if name.first == UInt8(ascii: "^") {
            isNegated.toggle()
            name = name.dropFirst()
        }
        guard let scalars = UnicodeClasses.named(String(decoding: name, as: UTF8.self)) else {
            throw error("invalid character class range", start..<position)
        }
        return isNegated ? folded(scalars).inverted : folded(scalars)
    }
}
