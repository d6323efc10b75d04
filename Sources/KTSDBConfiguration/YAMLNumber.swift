/// A YAML number, read as go-yaml reads it: Helm and other tools write 1000000 as `1e+06`.
///
/// A whole number may be decimal, hexadecimal (`0x10`), octal (`0o17`, `017`) or binary (`0b101`); any other number has
/// a point or an exponent (`5.0`, `1e+06`, `.5`). Both may have a sign, and underscores between their digits:
/// `1_000_000`.
enum YAMLNumber: Hashable {
    case whole(magnitude: UInt64, isNegative: Bool)
    case float(Double)

    /// Reads the plain scalar `text`; nil if it is not a number.
    init?(_ text: String) {
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return nil }
        let digits = text.replacing("_", with: "")
        if let whole = Self.whole(digits) {
            self = whole
        } else if let float = Self.float(digits) {
            self = .float(float)
        } else {
            return nil
        }
    }

    private static func whole(_ text: String) -> YAMLNumber? {
        var digits = text[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        var radix = 10
        for (prefix, value) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.prefix(2).lowercased() == prefix {
            radix = value
            digits = digits.dropFirst(2)
        }
        if radix == 10, digits.count > 1, digits.first == "0" { radix = 8 }
        // The sign has been taken already; another one is an error.
        guard digits.first != "+", digits.first != "-", let magnitude = UInt64(digits, radix: radix),
            !isNegative || magnitude <= 1 << 63
        else { return nil }
        return .whole(magnitude: magnitude, isNegative: isNegative)
    }

    /// Reads `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if a double can represent it.
    private static func float(_ text: String) -> Double? {
        var rest = Substring(text).utf8
        func skipSign() { if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() } }
        func digits() -> Int {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        skipSign()
        let before = digits()
        var after = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            after = digits()
        }
        guard before + after > 0 else { return nil }
        if let sign = rest.first, sign | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            skipSign()
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// Returns the number, if it is whole and in the range of `Integer`.
    func exactly<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
        switch self {
        case .whole(let magnitude, isNegative: false): Integer(exactly: magnitude)
        case .whole(1 << 63, isNegative: true): Integer(exactly: Int64.min)
        case .whole(let magnitude, isNegative: true): Integer(exactly: -Int64(magnitude))
        case .float(let number): Integer(exactly: number)
        }
    }

    /// The number, or the nearest double.
    var value: Double {
        switch self {
        case .whole(let magnitude, let isNegative): isNegative ? -Double(magnitude) : Double(magnitude)
        case .float(let number): number
        }
    }
}
