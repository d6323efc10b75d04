/// How a number is written. All styles use the shortest digits that read back as the same `Double`, and write `NaN`,
/// `+Inf`, `-Inf` and `-0`.
package enum DoubleStyle: Sendable {
    /// Plain digits for 1e-6 ≤ |x| < 1e21, otherwise an exponent: sample values in the HTTP API.
    case sample
    /// Never an exponent: scalars in the HTTP API.
    case fixed
    /// Plain digits for 1e-4 ≤ |x| < 1e6, otherwise an exponent: scrape bodies and bucket bounds.
    case general
    /// Always an exponent: values of alerts.
    case exponent
}

/// Returns `value` as text; see ``DoubleStyle``.
package func formatDouble(_ value: Double, style: DoubleStyle = .sample) -> String {
    var writer = ByteWriter(capacity: 32)
    writer.append(value, style: style)
    return writer.text
}

extension ByteWriter {
    /// The largest number of bytes that a number takes.
    static var longestDouble: Int { 352 }

    /// Appends `value` as text. Does not allocate if there is room for ``longestDouble`` bytes.
    @inline(__always)
    package mutating func append(_ value: Double, style: DoubleStyle = .sample) {
        // SAFETY: no number takes more than `longestDouble` bytes.
        append(upTo: Self.longestDouble) {
            unsafe storeText(&$0) { out in unsafe storeDouble(value, style: style, at: out) }
        }
    }

    /// Appends a whole number.
    package mutating func append(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        // SAFETY: a magnitude of an `Int64` has at most 19 digits.
        append(upTo: 20) { unsafe storeText(&$0) { out in unsafe storeInteger(value.magnitude, at: out) } }
    }

    /// Appends a time as seconds, with three decimals unless they are all zero.
    mutating func append(seconds milliseconds: Int64) {
        // SAFETY: 20 digits, a sign and a point fit.
        append(upTo: 24) { unsafe storeText(&$0) { out in unsafe storeTime(milliseconds, at: out) } }
    }

    /// Appends `[time,"value"]`.
    @inline(__always)
    mutating func append(point milliseconds: Int64, _ value: Double, style: DoubleStyle) {
        // SAFETY: the number, the time and five more bytes fit.
        append(upTo: Self.longestDouble + 32) {
            unsafe storeText(&$0) { out in unsafe storePoint(milliseconds, value, style, at: out) }
        }
    }
}

/// Calls `store` with the address of `room` and returns its result, the length stored.
@inline(__always) @unsafe
private func storeText(_ room: inout MutableRawSpan, _ store: (UnsafeMutablePointer<UInt8>) -> Int) -> Int {
    // SAFETY: the room is not empty, and the caller guarantees that what it stores fits.
    unsafe room.withUnsafeMutableBytes {
        unsafe store($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self))
    }
}

// The functions below store without checks: their callers guarantee the room. Only this file calls them.

/// Stores `value` as text at `out`, which must have room for `ByteWriter.longestDouble` bytes. Returns the length.
@inline(__always) @unsafe
func storeDouble(_ value: Double, style: DoubleStyle, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    let magnitude = value.magnitude
    // Most numbers are whole.
    let plainLimit = style == .general ? 1e6 : 1e15
    if magnitude < plainLimit && magnitude.rounded(.towardZero) == magnitude && style != .exponent {
        var length = 0
        if value.sign == .minus {
            unsafe out[0] = UInt8(ascii: "-")
            length = 1
        }
        return unsafe length &+ storeInteger(UInt64(magnitude), at: out + length)
    }
    return unsafe storeFraction(value, style: style, at: out)
}

@inline(__always) @unsafe
private func storeTime(_ milliseconds: Int64, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    var length = 0
    if milliseconds < 0 {
        unsafe out[0] = UInt8(ascii: "-")
        length = 1
    }
    let magnitude = milliseconds.magnitude
    let seconds = magnitude / 1000
    let fraction = magnitude &- seconds &* 1000
    unsafe length &+= storeInteger(seconds, at: out + length)
    if fraction != 0 {
        unsafe out[length] = UInt8(ascii: ".")
        unsafe storeDigits(fraction, count: 3, at: out + length + 1)
        length &+= 4
    }
    return length
}

@inline(__always) @unsafe
private func storePoint(
    _ milliseconds: Int64, _ value: Double, _ style: DoubleStyle, at out: UnsafeMutablePointer<UInt8>
) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    unsafe out[0] = UInt8(ascii: "[")
    var length = unsafe 1 &+ storeTime(milliseconds, at: out + 1)
    unsafe (out[length], out[length + 1]) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    length &+= 2
    unsafe length &+= storeDouble(value, style: style, at: out + length)
    unsafe (out[length], out[length + 1]) = (UInt8(ascii: "\""), UInt8(ascii: "]"))
    return length &+ 2
}

@inline(never) @unsafe
private func storeFraction(_ value: Double, style: DoubleStyle, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    guard value.isFinite else { return unsafe storeLiteral(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf", at: out) }
    var length = 0
    if value.sign == .minus {
        unsafe out[0] = UInt8(ascii: "-")
        length = 1
    }
    let magnitude = value.magnitude
    if magnitude == 0 { return unsafe length + storeLiteral("0e+00", at: out + length) }  // only with `.exponent`
    if style == .sample && magnitude < 1e15 && magnitude >= 1e-3 {
        let stored = unsafe storeShortFraction(magnitude, at: out + length)
        if stored > 0 { return length + stored }
    }
    let decimal = ShortestDecimal(magnitude)
    let count = decimalDigitCount(decimal.digits)
    let point = count + decimal.exponent  // value = 0.digits * 10^point
    let needsExponent =
        switch style {
        case .sample: magnitude < 1e-6 || magnitude >= 1e21
        case .fixed: false
        case .general: point < -3 || point > 6
        case .exponent: true
        }
    return unsafe length
        + (needsExponent
            ? storeWithExponent(decimal, count, at: out + length) : storePlain(decimal, count, at: out + length))
}

/// Stores a number with up to 15 digits and up to six decimals, and returns the length; 0 if `magnitude` has more.
///
/// Different decimals of 15 digits are different doubles, so the first power of ten that makes it whole gives the
/// shortest.
@inline(__always) @unsafe
private func storeShortFraction(_ magnitude: Double, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    var decimals = 1
    while decimals <= 6 {
        let power = exactPowersOfTen[decimals]
        let scaled = (magnitude * power).rounded(.toNearestOrEven)
        if scaled >= 1e15 { return 0 }
        if scaled / power == magnitude {
            let digits = UInt64(scaled)
            let whole = digits / integerPowersOfTen[decimals]
            let length = unsafe storeInteger(whole, at: out)
            unsafe out[length] = UInt8(ascii: ".")
            unsafe storeDigits(digits &- whole &* integerPowersOfTen[decimals], count: decimals, at: out + length + 1)
            return length &+ 1 &+ decimals
        }
        decimals &+= 1
    }
    return 0
}

@unsafe
private func storePlain(_ decimal: ShortestDecimal, _ count: Int, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    let point = count + decimal.exponent
    if decimal.exponent >= 0 {
        unsafe storeDigits(decimal.digits, count: count, at: out)
        unsafe (out + count).update(repeating: UInt8(ascii: "0"), count: decimal.exponent)
        return point
    }
    if point <= 0 {
        unsafe (out[0], out[1]) = (UInt8(ascii: "0"), UInt8(ascii: "."))
        unsafe (out + 2).update(repeating: UInt8(ascii: "0"), count: -point)
        unsafe storeDigits(decimal.digits, count: count, at: out + 2 - point)
        return 2 - point + count
    }
    // Stores all digits one place to the right, then moves those before the point back.
    unsafe storeDigits(decimal.digits, count: count, at: out + 1)
    for index in 0..<point { unsafe out[index] = out[index + 1] }
    unsafe out[point] = UInt8(ascii: ".")
    return count + 1
}

@unsafe
private func storeWithExponent(_ decimal: ShortestDecimal, _ count: Int, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    unsafe storeDigits(decimal.digits, count: count, at: out + 1)
    unsafe out[0] = out[1]
    var length = 1
    if count > 1 {
        unsafe out[1] = UInt8(ascii: ".")
        length = count + 1
    }
    let exponent = count + decimal.exponent - 1
    unsafe (out[length], out[length + 1]) = (UInt8(ascii: "e"), UInt8(ascii: exponent < 0 ? "-" : "+"))
    length += 2
    let digits = max(2, decimalDigitCount(UInt64(exponent.magnitude)))
    unsafe storeDigits(UInt64(exponent.magnitude), count: digits, at: out + length)
    return length + digits
}

@unsafe
private func storeLiteral(_ text: StaticString, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    unsafe out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    return text.utf8CodeUnitCount
}

/// Stores the decimal digits of `value` at `out`, which must have room for 20 bytes. Returns their number.
@inline(__always) @unsafe
func storeInteger(_ value: UInt64, at out: UnsafeMutablePointer<UInt8>) -> Int {
    // SAFETY: the caller guarantees room for everything stored.
    let count = decimalDigitCount(value)
    unsafe storeDigits(value, count: count, at: out)
    return count
}

/// The number of decimal digits of `value`; 1 for zero.
@inline(__always)
func decimalDigitCount(_ value: UInt64) -> Int {
    var count = 1
    var rest = value
    while rest >= 10_000 {
        rest /= 10_000
        count &+= 4
    }
    return count &+ (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
}

/// Stores the last `count` digits of `value`, two at a time, with leading zeros if it has fewer.
@inline(__always) @unsafe
func storeDigits(_ value: UInt64, count: Int, at out: UnsafeMutablePointer<UInt8>) {
    // SAFETY: the caller guarantees room for everything stored.
    var rest = value
    var left = count
    while left >= 2 {
        let quotient = rest / 100
        left &-= 2
        // SAFETY: a remainder below 100 selects one of the hundred pairs.
        let pair = unsafe UnsafeRawPointer(digitPairs.utf8Start).loadUnaligned(
            fromByteOffset: Int(truncatingIfNeeded: (rest &- quotient &* 100) &* 2), as: UInt16.self)
        unsafe UnsafeMutableRawPointer(out + left).storeBytes(of: pair, as: UInt16.self)
        rest = quotient
    }
    if left == 1 { unsafe out[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10) }
}

private let digitPairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """
