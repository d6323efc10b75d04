/// A decimal number: digits times a power of ten. `addf` and its kind compute with these, so that 0.1 and 0.2 are 0.3.
struct DecimalNumber {
    private var digits: Int128
    private var exponent: Int

    /// The number with the shortest digits that read back as `value`; nil if it is infinite or not a number.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        var digits: Int128 = 0, exponent = 0, hasPoint = false
        let text = Array("\(value.magnitude)".utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "e") {
                exponent += Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            }
            if byte == UInt8(ascii: ".") {
                hasPoint = true
            } else {
                digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
                if hasPoint { exponent -= 1 }
            }
        }
        self.init(digits: value < 0 ? -digits : digits, exponent: exponent)
    }

    private init(digits: Int128, exponent: Int) {
        (self.digits, self.exponent) = (digits, exponent)
        while self.digits != 0, self.digits % 10 == 0 {
            self.digits /= 10
            self.exponent += 1
        }
        if self.digits == 0 { self.exponent = 0 }
    }

    /// The nearest floating-point number.
    var double: Double { Double("\(digits)e\(exponent)") ?? 0 }

    /// Whether it is 0.
    var isZero: Bool { digits == 0 }

    /// The sum; nil if it has too many digits.
    func adding(_ other: DecimalNumber) -> DecimalNumber? {
        let common = min(exponent, other.exponent)
        guard let left = scaled(by: exponent - common), let right = other.scaled(by: other.exponent - common) else {
            return nil
        }
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : DecimalNumber(digits: sum, exponent: common)
    }

    /// The difference; nil if it has too many digits.
    func subtracting(_ other: DecimalNumber) -> DecimalNumber? {
        adding(DecimalNumber(digits: -other.digits, exponent: other.exponent))
    }

    /// The product; nil if it has too many digits.
    func multiplied(by other: DecimalNumber) -> DecimalNumber? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: other.digits)
        return overflow ? nil : DecimalNumber(digits: product, exponent: exponent + other.exponent)
    }

    /// The quotient to 16 places, halves away from zero; nil if it has too many digits. `other` is not 0.
    func divided(by other: DecimalNumber) -> DecimalNumber? {
        let places = 16
        let shift = exponent - other.exponent + places
        var dividend = digits, divisor = other.digits
        if shift >= 0 {
            guard let scaled = scaled(by: shift) else { return nil }
            dividend = scaled
        } else {
            guard let scaled = other.scaled(by: -shift) else { return nil }
            divisor = scaled
        }
        var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        if remainder.magnitude >= divisor.magnitude - remainder.magnitude {
            quotient += (dividend < 0) == (divisor < 0) ? 1 : -1
        }
        remainder = 0
        return DecimalNumber(digits: quotient, exponent: -places)
    }

    private func scaled(by power: Int) -> Int128? {
        guard power <= 38 else { return digits == 0 ? 0 : nil }
        var result = digits
        for _ in 0..<power {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }
}
