/// Floating-point numbers with an exponent of two, as the verbs `b` and `x` write them.
enum BinaryFloatText {
    /// `4503599627370496p-52`: the 53 bits of the significand as an integer, and the exponent.
    static func binary(_ value: Double) -> [UInt8] {
        let (mantissa, exponent) = parts(value)
        return Array("\(mantissa)p\(exponent < 52 ? "-" : "+")\((exponent - 52).magnitude)".utf8)
    }

    /// `0x1.8p+01`: nil digits after the point are as many as needed.
    static func hexadecimal(_ value: Double, _ precision: Int?, isUpper: Bool) -> [UInt8] {
        var (mantissa, exponent) = parts(value)
        if mantissa == 0 { exponent = 0 }
        // The point is after bit 60.
        mantissa <<= 8
        while mantissa != 0, mantissa & (1 << 60) == 0 {
            mantissa <<= 1
            exponent -= 1
        }
        if let precision, precision < 15 { round(&mantissa, &exponent, to: precision) }
        let leading = "0x\(mantissa >> 60 & 1)"
        let power = String(exponent.magnitude)
        let end = "p\(exponent < 0 ? "-" : "+")" + (power.utf8.count < 2 ? "0" : "") + power
        let text = leading + fraction(mantissa, precision) + end
        return Array((isUpper ? text.uppercased() : text).utf8)
    }

    private static func parts(_ value: Double) -> (mantissa: UInt64, exponent: Int) {
        let biased = Int(value.exponentBitPattern)
        let mantissa = biased == 0 ? value.significandBitPattern : value.significandBitPattern | 1 << 52
        return (mantissa, max(biased, 1) - 1023)
    }

    /// Rounds to `precision` hexadecimal digits after bit 60; a tie goes to the even digit.
    private static func round(_ mantissa: inout UInt64, _ exponent: inout Int, to precision: Int) {
        let shift = UInt64(precision * 4)
        let dropped = (mantissa << shift) & ((1 << 60) - 1)
        mantissa >>= 60 - shift
        if dropped | (mantissa & 1) > 1 << 59 { mantissa += 1 }
        mantissa <<= 60 - shift
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1
            exponent += 1
        }
    }

    private static func fraction(_ mantissa: UInt64, _ precision: Int?) -> String {
        var rest = mantissa << 4
        var digits = ""
        while precision.map({ digits.utf8.count < min($0, 16) }) ?? (rest != 0) {
            digits += String(rest >> 60, radix: 16)
            rest <<= 4
        }
        if let precision { digits += String(repeating: "0", count: precision - digits.utf8.count) }
        return digits.isEmpty ? "" : "." + digits
    }
}
