/// Floating-point numbers as Go's `strconv.FormatFloat` writes them.
enum FloatText {
    /// `value` in the form of `verb`: one of `b e E f g G x X`.
    ///
    /// `precision` is the number of digits after the point, for `g` of all digits; nil takes as many as it needs to
    /// read back the same number.
    static func format(_ value: Double, _ verb: UInt8, precision: Int?) -> [UInt8] {
        if value.isNaN { return Array("NaN".utf8) }
        let sign: [UInt8] = value.sign == .minus ? [0x2D] : []
        if value.isInfinite { return sign.isEmpty ? Array("+Inf".utf8) : Array("-Inf".utf8) }
        let magnitude = value.magnitude
        switch verb {
        case UInt8(ascii: "b"): return sign + BinaryFloatText.binary(magnitude)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            return sign + BinaryFloatText.hexadecimal(magnitude, precision, isUpper: verb == UInt8(ascii: "X"))
        default: return sign + decimal(magnitude, verb, precision)
        }
    }

    private static func decimal(_ value: Double, _ verb: UInt8, _ precision: Int?) -> [UInt8] {
        guard let precision else { return shortest(FloatDigits(shortest: value), verb) }
        var digits = FloatDigits(exact: value)
        switch verb {
        case UInt8(ascii: "f"):
            digits.round(to: digits.point + precision)
            return fixed(digits, precision)
        case UInt8(ascii: "e"), UInt8(ascii: "E"):
            digits.round(to: precision + 1)
            return exponential(digits, precision, verb)
        default:
            digits.round(to: max(precision, 1))
            return general(digits, verb, max(precision, 1), isShortest: false)
        }
    }

    private static func shortest(_ digits: FloatDigits, _ verb: UInt8) -> [UInt8] {
        let count = digits.digits.count
        switch verb {
        case UInt8(ascii: "f"): return fixed(digits, max(count - digits.point, 0))
        case UInt8(ascii: "e"), UInt8(ascii: "E"): return exponential(digits, max(count - 1, 0), verb)
        default: return general(digits, verb, count, isShortest: true)
        }
    }

    /// The exponent is written if it is less than -4, or not less than the precision, which for shortest digits counts
    /// as 6.
    private static func general(_ digits: FloatDigits, _ verb: UInt8, _ precision: Int, isShortest: Bool) -> [UInt8] {
        let count = digits.digits.count
        var limit = precision
        if limit > count, count >= digits.point { limit = count }
        if isShortest { limit = 6 }
        let exponent = digits.point - 1
        if exponent < -4 || exponent >= limit {
            return exponential(digits, max(min(precision, count) - 1, 0), verb == UInt8(ascii: "G") ? 0x45 : 0x65)
        }
        return fixed(digits, max(count - digits.point, 0))
    }

    /// `d.ddde±dd`
    private static func exponential(_ digits: FloatDigits, _ precision: Int, _ letter: UInt8) -> [UInt8] {
        var text = [(digits.digits.first ?? 0) + 0x30]
        if precision > 0 {
            let shown = digits.digits.dropFirst().prefix(precision)
            text += [0x2E] + shown.map { $0 + 0x30 } + zeros(precision - shown.count)
        }
        let exponent = digits.digits.isEmpty ? 0 : digits.point - 1
        let number = String(exponent.magnitude)
        text += [letter, exponent < 0 ? 0x2D : 0x2B]
        return text + zeros(2 - number.utf8.count) + Array(number.utf8)
    }

    /// `ddd.ddd`
    private static func fixed(_ digits: FloatDigits, _ precision: Int) -> [UInt8] {
        let all = digits.digits
        let point = digits.point
        let whole = all.prefix(max(point, 0))
        var text = point > 0 ? whole.map { $0 + 0x30 } + zeros(point - whole.count) : [0x30]
        guard precision > 0 else { return text }
        text.append(0x2E)
        let leading = min(max(-point, 0), precision)
        let rest = all.dropFirst(max(point, 0)).prefix(precision - leading)
        text += zeros(leading) + rest.map { $0 + 0x30 }
        return text + zeros(precision - leading - rest.count)
    }

    private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0x30, count: max(count, 0)) }
}
