/// The decimal digits of a positive number: `0.d₁d₂d₃… · 10^point`, without zeros at the end.
struct FloatDigits: Equatable {
    /// Each 0 to 9; none for the number 0.
    var digits: [UInt8]
    /// Where the decimal point is: after this many digits.
    var point: Int

    /// The fewest digits that read back as `value`, which is finite and not negative.
    init(shortest value: Double) {
        digits = []
        point = 0
        var exponent = 0
        var pointPlace: Int?
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "."): pointPlace = digits.count
            case UInt8(ascii: "e"):
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
            case _ where exponent == 0 && (0x30...0x39).contains(byte): digits.append(byte - 0x30)
            default: break
            }
        }
        point = (pointPlace ?? digits.count) + exponent
        trim()
    }

    /// All digits of `value`, which is finite and not negative: at most 767.
    init(exact value: Double) {
        let fraction = value.significandBitPattern
        let biased = Int(value.exponentBitPattern)
        let mantissa = biased == 0 ? fraction : fraction | 1 << 52
        let exponent = max(biased, 1) - 1075
        var number = DecimalLimbs(mantissa)
        // m · 2^-k = m · 5^k · 10^-k
        if exponent >= 0 { number.multiply(by: 2, times: exponent) } else { number.multiply(by: 5, times: -exponent) }
        digits = number.digits
        point = digits.count + min(exponent, 0)
        trim()
    }

    /// Rounds to `count` digits; a tie goes to the even digit.
    mutating func round(to count: Int) {
        guard count < digits.count else { return }
        guard count >= 0 else { return self = FloatDigits() }
        let isUp = roundsUp(at: count)
        digits.removeSubrange(count...)
        guard isUp else { return trim() }
        while let last = digits.last, last == 9 { digits.removeLast() }
        if let last = digits.popLast() {
            digits.append(last + 1)
        } else {
            digits = [1]
            point += 1
        }
    }

    private init() {
        digits = []
        point = 0
    }

    private func roundsUp(at count: Int) -> Bool {
        let isTie = digits[count] == 5 && count + 1 == digits.count
        if isTie { return count > 0 && digits[count - 1] % 2 == 1 }
        return digits[count] >= 5
    }

    /// Removes zeros at both ends.
    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        point = digits.isEmpty ? 0 : point - zeros
    }
}
