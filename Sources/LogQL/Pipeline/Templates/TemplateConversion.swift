internal import GoTemplate

/// Numbers from what a template passes to a function: labels are texts, and a text that is not a number is 0.
enum TemplateConversion {
    /// Returns an integer. Texts may be in any base that Go knows, and decimals are cut off.
    static func integer(_ value: GoValue) -> Int64 {
        switch value.base {
        case .integer(let integer): Int64(truncatingIfNeeded: integer.bits)
        case .float(let number): Int64(exactly: number.rounded(.towardZero)) ?? (number.isNaN ? 0 : .min)
        case .bool(let isTrue): isTrue ? 1 : 0
        case .string(let text): integer(text.bytes)
        default: 0
        }
    }

    /// Returns a floating-point number.
    static func float(_ value: GoValue) -> Double {
        switch value.base {
        case .integer(let integer): return integer.double
        case .float(let number): return number
        case .bool(let isTrue): return isTrue ? 1 : 0
        case .string(let text): return (try? FloatConversion.parse(text.bytes.span)) ?? 0
        default: return 0
        }
    }

    private static func integer(_ text: [UInt8]) -> Int64 {
        var rest = text[...]
        let sign = rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") ? rest.removeFirst() : 0
        // Decimals of a decimal number are cut off.
        if let point = rest.firstIndex(of: UInt8(ascii: ".")),
            (rest[..<point] + rest[(point + 1)...]).allSatisfy(LabelNameText.isDigit)
        {
            rest = point == rest.startIndex ? [UInt8(ascii: "0")] : rest[..<point]
        }
        var base = 10
        let prefix = rest.prefix(2).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        switch String(decoding: prefix, as: UTF8.self) {
        case "0x": base = 16
        case "0o": base = 8
        case "0b": base = 2
        default: break
        }
        if base != 10 { rest = rest.dropFirst(2) } else if rest.count > 1, rest.first == UInt8(ascii: "0") { base = 8 }
        // An underscore may be between digits.
        let digits = rest.filter { $0 != UInt8(ascii: "_") }
        guard digits.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) ?? false,
            rest.last != UInt8(ascii: "_"), digits.count == rest.count || base != 10,
            let magnitude = UInt64(String(decoding: digits, as: UTF8.self), radix: base)
        else { return 0 }
        if sign == UInt8(ascii: "-") { return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : 0 }
        return Int64(exactly: magnitude) ?? 0
    }
}
