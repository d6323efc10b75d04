import KTSDBModel

/// The value of a number as written in PromQL: decimal, hexadecimal, octal with a leading zero, `Inf`, `NaN`, digits
/// separated by underscores; or the reason why it is malformed, in the words of Go's `strconv`.
package func parseNumber(_ text: String) -> Result<Double, NumberSyntaxError> {
    let lowercased = text.lowercased()
    if lowercased == "inf" { return .success(.infinity) }
    if lowercased == "nan" { return .success(.ordinaryNaN) }
    guard let digits = removingSeparators(lowercased) else {
        return .failure(NumberSyntaxError(text, "invalid syntax"))
    }
    if let integer = parseInteger(digits) { return .success(Double(integer)) }
    // A hexadecimal number beyond 64 bits would have to be a float, and that needs an exponent, which the lexer
    // refuses.
    guard !digits.hasPrefix("0x"), let value = Double(digits.hasSuffix(".") ? digits + "0" : digits) else {
        return .failure(NumberSyntaxError(text, "invalid syntax"))
    }
    return value.isInfinite ? .failure(NumberSyntaxError(text, "value out of range")) : .success(value)
}

/// Why a number has no value.
package struct NumberSyntaxError: Error {
    package var description: String

    init(_ text: String, _ reason: String) {
        description = "error parsing number: strconv.ParseFloat: parsing \(goQuoted(text)): \(reason)"
    }
}

private func parseInteger(_ digits: String) -> Int64? {
    if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16) }
    if digits.hasPrefix("0"), let octal = Int64(digits, radix: 8) { return octal }
    return digits.hasPrefix("0") && digits != "0" ? nil : Int64(digits)
}

/// The text without underscores, or nil if one of them is not between digits (or a hexadecimal prefix and a digit).
private func removingSeparators(_ text: String) -> String? {
    guard text.utf8.contains(UInt8(ascii: "_")) else { return text }
    var result = ""
    let isHexadecimal = text.hasPrefix("0x")
    var previousIsDigit = false
    var previousIsSeparator = false
    for (index, character) in text.enumerated() {
        if character == "_" {
            guard previousIsDigit else { return nil }
            (previousIsDigit, previousIsSeparator) = (false, true)
            continue
        }
        // The prefix 0x counts as a digit.
        let isDigit = isHexadecimal ? character.isHexDigit || index == 1 : character.isWholeNumber
        if previousIsSeparator, !isDigit { return nil }
        (previousIsDigit, previousIsSeparator) = (isDigit, false)
        result.append(character)
    }
    return previousIsSeparator ? nil : result
}

/// The value of a duration such as `1h30m` in nanoseconds, or the reason why it is malformed.
///
/// Units come from the longest to the shortest, each at most once; a year has 365 days, a day 24 hours.
package func parseDuration(_ text: String) -> Result<Int64, DurationSyntaxError> {
    if text == "0" { return .success(0) }
    if text.isEmpty { return .failure(DurationSyntaxError("empty duration string")) }
    let invalid = DurationSyntaxError("not a valid duration string: \(goQuoted(text))")
    let bytes = Array(text.utf8)
    var position = 0
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    var total: UInt64 = 0
    var unitsUsed = 0
    while position < bytes.count {
        let first = position
        var count: UInt64 = 0
        while position < bytes.count, isDigit(bytes[position]) {
            let (product, overflow) = count.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[position] - UInt8(ascii: "0")))
            if overflow || carry { return .failure(invalid) }
            count = sum
            position += 1
        }
        if position == first { return .failure(invalid) }
        let unitStart = position
        while position < bytes.count, !isDigit(bytes[position]) { position += 1 }
        if position == unitStart { return .failure(invalid) }
        let unit = String(decoding: bytes[unitStart..<position], as: UTF8.self)
        guard let rank = durationUnits.firstIndex(where: { $0.name == unit }) else {
            return .failure(DurationSyntaxError("unknown unit \(goQuoted(unit)) in duration \(goQuoted(text))"))
        }
        guard rank >= unitsUsed else { return .failure(invalid) }
        unitsUsed = rank + 1
        let (product, overflow) = count.multipliedReportingOverflow(by: durationUnits[rank].milliseconds * 1_000_000)
        let (sum, carry) = total.addingReportingOverflow(product)
        if overflow || carry || sum > UInt64(Int64.max) {
            return .failure(DurationSyntaxError("duration out of range"))
        }
        total = sum
    }
    return .success(Int64(total))
}

/// Why a text is not a duration.
package struct DurationSyntaxError: Error {
    package var description: String

    init(_ description: String) { self.description = description }
}

private let durationUnits: [(name: String, milliseconds: UInt64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ("ms", 1),
]

/// A duration as Prometheus writes it: `1h30m`; years and weeks only when nothing is left over, since 90d reads better
/// than 12w6d.
package func durationText(milliseconds: Int64) -> String {
    if milliseconds == 0 { return "0s" }
    var rest = milliseconds.magnitude
    var text = milliseconds < 0 ? "-" : ""
    for unit in durationUnits {
        if unit.name == "y" || unit.name == "w", rest % unit.milliseconds != 0 { continue }
        if rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
    }
    return text
}

/// A number without exponent, with as few digits as give it back: `0.000001`, `+Inf`.
func plainText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let (sign, digits, exponent) = shortestDigits(value)
    var text = sign
    if exponent <= 0 {
        text += exponent == 0 && digits == "0" ? "0" : "0." + String(repeating: "0", count: -exponent) + digits
    } else if digits.count <= exponent {
        text += digits + String(repeating: "0", count: exponent - digits.count)
    } else {
        text += digits.prefix(exponent) + "." + digits.dropFirst(exponent)
    }
    return text
}

/// A number as Go's `%v` writes it: with an exponent when that is below -4 or at least 21.
func compactText(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return plainText(value) }
    let (sign, digits, exponent) = shortestDigits(value)
    let power = exponent - 1
    guard power < -4 || power >= 21 else { return plainText(value) }
    let mantissa = digits.count == 1 ? digits : digits.prefix(1) + "." + digits.dropFirst(1)
    let magnitude = power.magnitude < 10 ? "0\(power.magnitude)" : "\(power.magnitude)"
    return sign + mantissa + (power < 0 ? "e-" : "e+") + magnitude
}

/// The fewest decimal digits that give `value` back, as 0.DIGITS · 10^exponent; "0" and 0 for zero.
private func shortestDigits(_ value: Double) -> (sign: String, digits: String, exponent: Int) {
    let sign = value.sign == .minus ? "-" : ""
    var mantissa = value.magnitude.description
    var exponent = 0
    if let e = mantissa.firstIndex(of: "e") {
        exponent = Int(mantissa[mantissa.index(after: e)...]) ?? 0
        mantissa = String(mantissa[..<e])
    }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = parts[0]
    let fraction = parts.count > 1 ? parts[1] : ""
    var digits = whole + fraction
    exponent += whole.count
    while digits.last == "0" { digits.removeLast() }
    while digits.first == "0" {
        digits.removeFirst()
        exponent -= 1
    }
    return digits.isEmpty ? (sign, "0", 0) : (sign, String(digits), exponent)
}
