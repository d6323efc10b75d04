/// The shortest digits that read back as a number, and the position of the point: 0.00123 is ("123", -2).
private struct DecimalDigits {
    /// The number itself, without its sign. The digits may only be near it.
    let magnitude: Double
    var isNegative: Bool
    var digits: [UInt8]
    /// The number of digits before the point.
    var point: Int

    init(_ value: Double) {
        magnitude = value.magnitude
        isNegative = value.sign == .minus
        digits = []
        point = 0
        var exponent = 0, seenPoint = false
        let text = Array("\(value.magnitude)".utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            }
            if byte == UInt8(ascii: ".") {
                seenPoint = true
            } else {
                digits.append(byte)
                if !seenPoint { point += 1 }
            }
        }
        point += exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.isEmpty { point = 1 }
    }

    /// Rounds the number itself, not its shortest digits, to `count` digits; halves to the even digit.
    mutating func round(to count: Int) {
        guard digits.count > count else { return }
        let up = isRoundedUp(after: count)
        digits.removeSubrange(count...)
        if up {
            var index = count - 1
            while index >= 0, digits[index] == UInt8(ascii: "9") { index -= 1 }
            if index < 0 {
                digits = [UInt8(ascii: "1")]
                point += 1
            } else {
                digits[index] += 1
                digits.removeSubrange((index + 1)...)
            }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    }

    private func isRoundedUp(after count: Int) -> Bool {
        let five = UInt8(ascii: "5")
        guard digits.count == count + 1, digits[count] == five else { return digits[count] >= five }
        // The digits are a half, but the number may be slightly more or less: 1.05 is 1.0500000000000000444.
        let isOdd = count > 0 && digits[count - 1] % 2 == 1
        let decimals = digits.count - point
        guard let whole = Double(String(decoding: digits, as: UTF8.self)), whole < 0x1p53, abs(decimals) <= 22 else {
            return true
        }
        var power = 1.0  // Exact, as are `whole` and the sign of `rest`.
        for _ in 0..<abs(decimals) { power *= 10 }
        let rest = decimals >= 0 ? (-whole).addingProduct(magnitude, power) : -(-magnitude).addingProduct(whole, power)
        return rest == 0 ? isOdd : rest > 0
    }

    var sign: String { isNegative ? "-" : "" }

    /// Without an exponent: 1000000000000000000000, 0.0000001.
    var plain: String {
        guard !digits.isEmpty else { return sign + "0" }
        let text = String(decoding: digits, as: UTF8.self)
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + text }
        if point >= digits.count { return sign + text + String(repeating: "0", count: point - digits.count) }
        return sign + text.prefix(point) + "." + text.dropFirst(point)
    }

    /// With an exponent of at least two digits: 1.5e+06.
    var scientific: String {
        let text = String(decoding: digits.isEmpty ? [UInt8(ascii: "0")] : digits, as: UTF8.self)
        let exponent = point - 1
        let magnitude = String(abs(exponent))
        return sign + text.prefix(1) + (text.count > 1 ? "." + text.dropFirst() : "") + "e" + (exponent < 0 ? "-" : "+")
            + (magnitude.count < 2 ? "0" : "") + magnitude
    }
}

private func specialText(_ value: Double) -> String? {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return nil
}

/// Returns what Go's `%g` prints: the shortest digits, or `significantDigits` of them. An exponent is used below 1e-4,
/// and if the number has more than `significantDigits` digits before the point (six for the shortest).
package func goFormat(_ value: Double, significantDigits: Int? = nil) -> String {
    if let text = specialText(value) { return text }
    var decimal = DecimalDigits(value)
    if let significantDigits { decimal.round(to: significantDigits) }
    let exponent = decimal.point - 1
    let limit = significantDigits.map { max($0, 1) } ?? 6
    return exponent < -4 || exponent >= limit ? decimal.scientific : decimal.plain
}

/// Returns what Go's `%f` prints: six decimals.
package func goFixed(_ value: Double) -> String {
    if let text = specialText(value) { return text }
    var decimal = DecimalDigits(value)
    let places = 6
    if decimal.point + places < 0 { decimal.digits = [] } else { decimal.round(to: decimal.point + places) }
    let text = decimal.plain
    guard let point = text.firstIndex(of: ".") else { return text + "." + String(repeating: "0", count: places) }
    return text + String(repeating: "0", count: places - text[point...].dropFirst().count)
}

/// Returns what Go's `FormatFloat` prints with `'f', -1`: the shortest digits that read back, without an exponent.
package func goPlain(_ value: Double) -> String { specialText(value) ?? DecimalDigits(value).plain }
