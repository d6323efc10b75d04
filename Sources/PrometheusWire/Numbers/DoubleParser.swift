internal import CLibrary
internal import KTSDBModel

/// The reason why a text is not a number.
package enum DoubleParsingError: Error, Hashable, Sendable {
    /// The text does not have the syntax of a number.
    case syntax
    /// The number is beyond the largest `Double`.
    case range
}

/// Returns the number in `text`; nil if it is malformed, or beyond the largest `Double`.
///
/// The syntax is that of Go's `strconv.ParseFloat`, without underscores: decimal digits with an optional point and
/// exponent, hexadecimal digits with a binary exponent (`0x1p-2`), `NaN` without a sign, and `Inf` or `Infinity` with
/// an optional sign. Words may be in any case. The result is the nearest `Double`, ties to even.
package func parseDouble(_ text: Span<UInt8>) -> Double? { try? parsedDouble(text) }

/// Returns the number in `text`, or nil; see the other `parseDouble`.
package func parseDouble(_ text: String) -> Double? {
    parseDouble(text.utf8.span)
}

/// Returns the number in `text`, as `parseDouble` does, or throws the reason why it is not a number.
package func parsedDouble(_ text: Span<UInt8>) throws(DoubleParsingError) -> Double {
    if let number = scanDouble(text, at: 0), number.end == text.count { return number.value }
    return try slowDouble(text)
}

/// A number, and the index after its text.
struct ScannedDouble {
    var value: Double
    var end: Int
}

/// Reads a plain decimal number of up to 19 digits from `start` on, correctly rounded; nil for anything rarer. More
/// text may follow the number, which the caller must check.
///
/// A mantissa up to 2^53 and a power of ten up to 10^22 are both exact doubles, so that one operation rounds once (W.
/// Clinger, "How to read floating point numbers accurately", 10.1145/93542.93557). Otherwise, for powers up to 10^19,
/// the product or quotient is computed in 128 bits and rounded by hand.
// `@inline(__always)` alone leaves a call in the loop over known lines, which takes a tenth longer then.
@_transparent
func scanDouble(_ text: Span<UInt8>, at start: Int) -> ScannedDouble? {
    guard start >= 0 else { return nil }
    let end = text.count
    // SAFETY: every index is compared with `end` first.
    var index = start
    var isNegative = false
    if unsafe index < end
        && (text[unchecked: index] == UInt8(ascii: "-") || text[unchecked: index] == UInt8(ascii: "+"))
    {
        isNegative = unsafe text[unchecked: index] == UInt8(ascii: "-")
        index &+= 1
    }
    var mantissa: UInt64 = 0
    var first = index
    while index < end {
        let digit = unsafe text[unchecked: index] &- UInt8(ascii: "0")
        if digit > 9 { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        index &+= 1
    }
    var digits = index &- first
    var exponent = 0
    if unsafe index < end && text[unchecked: index] == UInt8(ascii: ".") {
        index &+= 1
        first = index
        while index < end {
            let digit = unsafe text[unchecked: index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            index &+= 1
        }
        exponent = first &- index
        digits &+= index &- first
    }
    // More than 19 digits may have overflowed the mantissa.
    if digits == 0 || digits > 19 { return nil }
    if unsafe index < end && text[unchecked: index] | 0x20 == UInt8(ascii: "e") {
        index &+= 1
        var isDown = false
        if unsafe index < end
            && (text[unchecked: index] == UInt8(ascii: "-") || text[unchecked: index] == UInt8(ascii: "+"))
        {
            isDown = unsafe text[unchecked: index] == UInt8(ascii: "-")
            index &+= 1
        }
        first = index
        var power = 0
        while index < end {
            let digit = unsafe text[unchecked: index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            power = power &* 10 &+ Int(digit)
            index &+= 1
        }
        if index == first || index &- first > 4 { return nil }
        exponent = isDown ? exponent &- power : exponent &+ power
    }
    if mantissa <= 1 << 53 && exponent >= -22 && exponent <= 22 {
        let value =
            exponent < 0
            ? Double(mantissa) / exactPowersOfTen[-exponent] : Double(mantissa) * exactPowersOfTen[exponent]
        return ScannedDouble(value: isNegative ? -value : value, end: index)
    }
    if exponent >= -19 && exponent <= 19 {
        let value = scaledByPowerOfTen(mantissa, exponent)
        return ScannedDouble(value: isNegative ? -value : value, end: index)
    }
    return nil
}

/// The powers of ten that are exact as a `Double`.
let exactPowersOfTen: [23 of Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

/// The powers of ten that fit in a `UInt64`.
let integerPowersOfTen: [20 of UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]

/// Returns `mantissa * 10^exponent`, correctly rounded. The mantissa is over 2^53, the exponent in -19...19.
@inline(never)
private func scaledByPowerOfTen(_ mantissa: UInt64, _ exponent: Int) -> Double {
    if exponent >= 0 {
        let (high, low) = mantissa.multipliedFullWidth(by: integerPowersOfTen[exponent])
        let shift = high.leadingZeroBitCount
        if high == 0 {
            let shift = low.leadingZeroBitCount
            return rounded(low << shift, exponent: -shift, isInexact: false)
        }
        let top = shift == 0 ? high : high << shift | low >> (64 - shift)
        return rounded(top, exponent: 64 - shift, isInexact: low << shift != 0)
    }
    let power = integerPowersOfTen[-exponent]
    let powerShift = power.leadingZeroBitCount, mantissaShift = mantissa.leadingZeroBitCount
    let divisor = power << powerShift
    var high = mantissa << mantissaShift
    var low: UInt64 = 0
    var binaryExponent = powerShift - mantissaShift - 64
    if high >= divisor {  // otherwise the quotient would have 65 bits
        low = high << 63
        high >>= 1
        binaryExponent += 1
    }
    var (quotient, remainder) = divisor.dividingFullWidth((high, low))
    if quotient >> 63 == 0 {  // compute one more bit
        let (doubled, overflow) = remainder.addingReportingOverflow(remainder)
        quotient <<= 1
        binaryExponent -= 1
        if overflow || doubled >= divisor {
            quotient |= 1
            remainder = doubled &- divisor
        } else {
            remainder = doubled
        }
    }
    return rounded(quotient, exponent: binaryExponent, isInexact: remainder != 0)
}

/// Returns the `Double` nearest to `bits * 2^exponent`, ties to even. The top bit must be set; `isInexact` if nonzero
/// bits below were cut off. Only for results far from overflow and from subnormal numbers.
private func rounded(_ bits: UInt64, exponent: Int, isInexact: Bool) -> Double {
    let cut = bits & 0x7FF
    var significand = bits >> 11
    if cut > 0x400 || (cut == 0x400 && (isInexact || significand & 1 == 1)) { significand += 1 }
    return Double(significand) * Double(sign: .plus, exponent: exponent + 11, significand: 1)
}

/// Reads everything else: words, hexadecimal numbers, long and extreme decimals. Numbers with the right syntax are
/// passed to strtod, which rounds correctly. It expects the decimal point of the C locale, so the process must never
/// call setlocale.
@inline(never)
private func slowDouble(_ text: Span<UInt8>) throws(DoubleParsingError) -> Double {
    if let word = namedDouble(text) { return word }
    guard isGoNumber(text) else { throw .syntax }
    let value = SystemCall.number(text)
    if value.isInfinite { throw .range }
    return value
}

/// Returns the value of `NaN`, `Inf` or `Infinity`, in any case, the latter two with an optional sign; otherwise nil.
private func namedDouble(_ text: Span<UInt8>) -> Double? {
    func says(_ word: StaticString, from start: Int) -> Bool {
        let word = word.bytes
        guard text.count - start == word.count else { return false }
        for index in word.indices where text[start + index] | 0x20 != word[index] { return false }
        return true
    }
    if says("nan", from: 0) { return Double.ordinaryNaN }
    guard text.count > 0 else { return nil }
    let isSigned = text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-")
    guard says("inf", from: isSigned ? 1 : 0) || says("infinity", from: isSigned ? 1 : 0) else { return nil }
    return text[0] == UInt8(ascii: "-") ? -.infinity : .infinity
}

/// Whether `text` is a decimal or hexadecimal number in Go's syntax. Hexadecimal digits require an exponent.
private func isGoNumber(_ text: Span<UInt8>) -> Bool {
    var index = 0
    func peek(_ index: Int) -> UInt8 { index < text.count ? text[index] : 0 }
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }
    func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") <= 5 }

    if peek(index) == UInt8(ascii: "+") || peek(index) == UInt8(ascii: "-") { index += 1 }
    let isHex = peek(index) == UInt8(ascii: "0") && peek(index + 1) | 0x20 == UInt8(ascii: "x")
    if isHex { index += 2 }
    var digits = 0
    while isHex ? isHexDigit(peek(index)) : isDigit(peek(index)) { (index, digits) = (index + 1, digits + 1) }
    if peek(index) == UInt8(ascii: ".") {
        index += 1
        while isHex ? isHexDigit(peek(index)) : isDigit(peek(index)) { (index, digits) = (index + 1, digits + 1) }
    }
    guard digits > 0 else { return false }
    if peek(index) | 0x20 == UInt8(ascii: isHex ? "p" : "e") {
        index += 1
        if peek(index) == UInt8(ascii: "+") || peek(index) == UInt8(ascii: "-") { index += 1 }
        guard isDigit(peek(index)) else { return false }
        while isDigit(peek(index)) { index += 1 }
    } else if isHex {
        return false
    }
    return index == text.count
}
