internal import KTSDBModel

/// Floating-point numbers as Go's `strconv.ParseFloat` reads them.
enum FloatConversion {
    /// Exact powers of ten.
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// Reads a whole text.
    /// - Throws: Go's error.
    static func parse(_ text: Span<UInt8>) throws(ConversionProblem) -> Double {
        if let value = short(text) { return value }
        var bytes = Array(text)
        for index in bytes.indices where (0x41...0x5A).contains(bytes[index]) { bytes[index] |= 0x20 }
        guard let value = long(bytes) else { throw ConversionProblem(number: text, "invalid syntax") }
        if value.isInfinite, bytes.contains(where: LabelNameText.isDigit) {
            throw ConversionProblem(number: text, "value out of range")
        }
        return value
    }

    /// The number of a text of at most 15 digits with or without a point, which is exact.
    private static func short(_ text: Span<UInt8>) -> Double? {
        guard (1...17).contains(text.count) else { return nil }
        var index = 0
        let isNegative = text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var value: Int64 = 0, digits = 0, decimals = 0, hasPoint = false
        while index < text.count {
            let byte = text[index]
            if LabelNameText.isDigit(byte) {
                value = value &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
                digits += 1
                if hasPoint { decimals += 1 }
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                return nil
            }
            index += 1
        }
        guard (1...15).contains(digits) else { return nil }
        let magnitude = Double(value) / powers[decimals]
        return isNegative ? -magnitude : magnitude
    }

    /// Reads any number, in small letters. Too large ones are infinite.
    private static func long(_ text: [UInt8]) -> Double? {
        var rest = text[...]
        let sign = rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") ? rest.removeFirst() : 0
        let name = String(decoding: rest, as: UTF8.self)
        switch name {
        case "inf", "infinity": return sign == UInt8(ascii: "-") ? -.infinity : .infinity
        case "nan": return sign == 0 ? .nan : nil
        default: break
        }
        guard let plain = plain(rest), let value = Double(plain) else { return nil }
        return sign == UInt8(ascii: "-") ? -value : value
    }

    /// The text as Swift reads it, without underscores and with digits on both sides of the point; nil if it is
    /// malformed.
    private static func plain(_ text: ArraySlice<UInt8>) -> String? {
        let isHexadecimal = text.starts(with: "0x".utf8)
        var rest = isHexadecimal ? text.dropFirst(2) : text
        guard hasGoodUnderscores(rest, isHexadecimal) else { return nil }
        func digits() -> [UInt8] {
            let run = rest.prefix { byte in
                LabelNameText.isDigit(byte) || byte == UInt8(ascii: "_")
                    || isHexadecimal && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
            rest = rest.dropFirst(run.count)
            return run.filter { $0 != UInt8(ascii: "_") }
        }
        let whole = digits()
        var fraction: [UInt8] = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = digits()
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var result = (isHexadecimal ? Array("0x".utf8) : []) + (whole.isEmpty ? [UInt8(ascii: "0")] : whole)
        if !fraction.isEmpty { result += [UInt8(ascii: ".")] + fraction }
        if let letter = rest.first {
            guard letter == UInt8(ascii: isHexadecimal ? "p" : "e") else { return nil }
            result.append(letter)
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                result.append(sign)
                rest = rest.dropFirst()
            }
            let exponent = rest.filter { $0 != UInt8(ascii: "_") }
            guard !exponent.isEmpty, exponent.allSatisfy(LabelNameText.isDigit) else { return nil }
            // No exponent of more digits makes a difference, and Swift reads none of any length.
            let kept = exponent.drop { $0 == UInt8(ascii: "0") }
            result += kept.isEmpty ? [UInt8(ascii: "0")] : kept.count > 6 ? Array("999999".utf8) : Array(kept)
        } else if isHexadecimal {
            return nil
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether underscores are between digits only; the prefix of hexadecimal numbers counts as one.
    private static func hasGoodUnderscores(_ text: ArraySlice<UInt8>, _ isHexadecimal: Bool) -> Bool {
        var wasDigit = isHexadecimal, wasUnderscore = false
        for byte in text {
            let isDigit =
                LabelNameText.isDigit(byte)
                || isHexadecimal && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            let isUnderscore = byte == UInt8(ascii: "_")
            if isUnderscore, !wasDigit { return false }
            if wasUnderscore, !isDigit { return false }
            (wasDigit, wasUnderscore) = (isDigit, isUnderscore)
        }
        return !wasUnderscore
    }
}

/// Why a label's text is not a number, a duration or a size; the text is Go's.
struct ConversionProblem: Error, Hashable {
    /// The text.
    let description: String

    init(_ description: String) { self.description = description }

    init(number text: Span<UInt8>, _ problem: String) {
        description = "strconv.ParseFloat: parsing \(goQuoted(Array(text))): \(problem)"
    }
}
