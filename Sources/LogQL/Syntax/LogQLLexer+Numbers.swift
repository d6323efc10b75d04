extension LogQLLexer {
    /// A number, a duration, or a size, whichever the longest text is that is one.
    ///
    /// `5m` is always a duration, and a duration is read in Prometheus' way first (`1d12h`), then in Go's (`1.5h`).
    mutating func number() -> LogQLToken {
        let start = position
        let problem = scanNumber()
        let end = position
        if let nanoseconds = duration(from: start, numberEnd: end) {
            return LogQLToken(kind: .duration, offset: start, isScannedAhead: true, value: .nanoseconds(nanoseconds))
        }
        if let size = size(from: start, numberEnd: end) {
            return LogQLToken(kind: .bytes, offset: start, isScannedAhead: true, value: .size(size))
        }
        position = end
        if let problem { return malformed(problem, at: start) }
        return LogQLToken(
            kind: .number, offset: start, value: .text(String(decoding: source[start..<end], as: UTF8.self)))
    }

    /// A duration with a minus before it.
    mutating func negativeDuration() -> LogQLToken? {
        guard peek(1).isDecimalDigit || peek(1) == UInt8(ascii: ".") else { return nil }
        let start = position
        position += 1
        _ = scanNumber()
        if let nanoseconds = duration(from: start + 1, numberEnd: position), nanoseconds > .min {
            return LogQLToken(kind: .duration, offset: start, isScannedAhead: true, value: .nanoseconds(-nanoseconds))
        }
        position = start
        return nil
    }

    /// `[5m]`.
    mutating func range() -> LogQLToken {
        let start = position
        while position < source.count, peek() != UInt8(ascii: "]") { position += 1 }
        guard position < source.count else {
            return malformed("missing closing ']' in duration", at: start, isScannedAhead: true)
        }
        position += 1
        switch DurationText.parse(String(decoding: source[(start + 1)..<(position - 1)], as: UTF8.self)) {
        case .success(let nanoseconds):
            return LogQLToken(kind: .range, offset: start, isScannedAhead: true, value: .nanoseconds(nanoseconds))
        case .failure(let problem):
            return malformed(problem.description, at: start, isScannedAhead: true)
        }
    }

    /// No duration is longer, in bytes. The limit keeps a row of numbers from being read once for each of them.
    private static let longestDuration = 100

    /// The duration that begins at `start` with a number, up to the last character that may be in one.
    private mutating func duration(from start: Int, numberEnd: Int) -> Int64? {
        var end = numberEnd
        while end < source.count, end - start <= Self.longestDuration {
            if source[end].isDecimalDigit || ".numshdwy".utf8.contains(source[end]) {
                end += 1
            } else if end + 1 < source.count, [[0xC2, 0xB5], [0xCE, 0xBC]].contains([source[end], source[end + 1]]) {
                end += 2  // Both of Unicode's letters for micro.
            } else {
                break
            }
        }
        guard end > numberEnd, end - start <= Self.longestDuration else { return nil }
        let text = String(decoding: source[start..<end], as: UTF8.self)
        guard let nanoseconds = DurationText.value(text) else { return nil }
        position = end
        return nanoseconds
    }

    private mutating func size(from start: Int, numberEnd: Int) -> UInt64? {
        var end = numberEnd
        while end < source.count, "BikKMGTP".utf8.contains(source[end]) { end += 1 }
        guard end > numberEnd else { return nil }
        let number = String(decoding: source[start..<numberEnd], as: UTF8.self)
        let unit = String(decoding: source[numberEnd..<end], as: UTF8.self)
        guard let size = SizeText.value(number: number, unit: unit) else { return nil }
        position = end
        return size
    }

    // MARK: Numbers

    /// Moves past a number in Go's notation: decimal, hexadecimal, octal, binary, with `_` between digits.
    /// - Returns: What is wrong with it, in the words of Go's scanner.
    private mutating func scanNumber() -> String? {
        let start = position
        let base = numberBase()
        var problem: String?
        func report(_ text: String) { problem = problem ?? text }
        var invalidDigit: UInt8?
        var digitCount = skipDigits(base.radix, &invalidDigit)
        if base.prefix == 1 { digitCount += 1 }
        var isFloat = false
        if peek() == UInt8(ascii: ".") {
            isFloat = true
            position += 1
            if base.prefix == 2, base.radix < 16 { report("invalid radix point in \(base.name)") }
            digitCount += skipDigits(base.radix, &invalidDigit)
        }
        if digitCount == 0 { report("\(base.name) has no digits") }
        let letter = peek() | 0x20
        if letter == (base.radix == 16 ? UInt8(ascii: "p") : UInt8(ascii: "e")) {
            if base.prefix == 2, base.radix < 16 {
                report("'\(Character(Unicode.Scalar(peek())))' exponent requires decimal mantissa")
            }
            isFloat = true
            if !skipExponent() { report("exponent has no digits") }
        } else if base.radix == 16, isFloat {
            report("hexadecimal mantissa requires a 'p' exponent")
        }
        if !isFloat, let invalidDigit {
            report("invalid digit '\(Character(Unicode.Scalar(invalidDigit)))' in \(base.name)")
        }
        if hasMisplacedSeparator(source[start..<position]) { report("'_' must separate successive digits") }
        return problem
    }

    /// Moves past the prefix of a number: none, a 0 (length 1), or `0x`, `0o`, `0b` (length 2).
    private mutating func numberBase() -> (radix: UInt8, prefix: Int, name: String) {
        guard peek() == UInt8(ascii: "0") else { return (10, 0, "decimal literal") }
        position += 1
        // 0B is a size; in Go's notation it would be a binary number without digits.
        let isBinary =
            peek() | 0x20 == UInt8(ascii: "b") && (peek(1) == UInt8(ascii: "0") || peek(1) == UInt8(ascii: "1"))
        let base: (radix: UInt8, prefix: Int, name: String) =
            switch peek() | 0x20 {
            case UInt8(ascii: "x"): (16, 2, "hexadecimal literal")
            case UInt8(ascii: "o"): (8, 2, "octal literal")
            case UInt8(ascii: "b") where isBinary: (2, 2, "binary literal")
            default: (8, 1, "octal literal")
            }
        position += base.prefix - 1
        return base
    }

    private mutating func skipExponent() -> Bool {
        position += 1
        if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
        var ignored: UInt8?
        return skipDigits(10, &ignored) > 0
    }

    /// Moves past digits and `_`.
    /// - Returns: How many digits there are.
    private mutating func skipDigits(_ radix: UInt8, _ invalidDigit: inout UInt8?) -> Int {
        var count = 0
        while true {
            let byte = peek()
            if byte == UInt8(ascii: "_") {
                position += 1
                continue
            }
            let isDigit = radix == 16 ? Character(Unicode.Scalar(byte)).isHexDigit : byte.isDecimalDigit
            guard isDigit else { return count }
            if radix < 10, byte - UInt8(ascii: "0") >= radix, invalidDigit == nil { invalidDigit = byte }
            count += 1
            position += 1
        }
    }

    /// Whether a `_` is not between two digits. The prefix `0x` counts as a digit.
    private func hasMisplacedSeparator(_ number: ArraySlice<UInt8>) -> Bool {
        let isHexadecimal = number.count > 1 && number[number.startIndex + 1] | 0x20 == UInt8(ascii: "x")
        func isDigit(_ index: Int) -> Bool {
            guard number.indices.contains(index) else { return false }
            if index == number.startIndex + 1, number.first == UInt8(ascii: "0"), "xXoObB".utf8.contains(number[index])
            {
                return true
            }
            let byte = number[index]
            return isHexadecimal ? Character(Unicode.Scalar(byte)).isHexDigit : byte.isDecimalDigit
        }
        return number.indices.contains { index in
            number[index] == UInt8(ascii: "_") && !(isDigit(index - 1) && isDigit(index + 1))
        }
    }
}
