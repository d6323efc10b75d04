internal import KTSDBModel

/// Durations as Go's `time.ParseDuration` reads them: `1.5h`, `1h15m30.918s`, `-250us`.
enum DurationConversion {
    private static let limit: UInt64 = 1 << 63

    /// Returns nanoseconds.
    /// - Throws: Go's error.
    static func parse(_ text: Span<UInt8>) throws(ConversionProblem) -> Int64 {
        var index = 0
        var isNegative = false
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            isNegative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        if index + 1 == text.count, text[index] == UInt8(ascii: "0") { return 0 }
        guard index < text.count else { throw invalid(text) }
        var total: UInt64 = 0
        while index < text.count { total = try sum(total, try component(text, &index), text) }
        if isNegative { return Int64(truncatingIfNeeded: 0 &- total) }
        guard total < limit else { throw invalid(text) }
        return Int64(total)
    }

    /// Reads a number and its unit.
    private static func component(_ text: Span<UInt8>, _ index: inout Int) throws(ConversionProblem) -> UInt64 {
        let start = index
        var whole: UInt64 = 0
        while index < text.count, LabelNameText.isDigit(text[index]) {
            guard whole <= limit / 10 else { throw invalid(text) }
            whole = whole * 10 + UInt64(text[index] - UInt8(ascii: "0"))
            guard whole <= limit else { throw invalid(text) }
            index += 1
        }
        var digits = index - start
        var fraction: UInt64 = 0, scale = 1.0
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            var isFull = false
            while index < text.count, LabelNameText.isDigit(text[index]) {
                // Digits that make no difference are passed over.
                if !isFull, fraction <= (limit - 1) / 10 {
                    let next = fraction * 10 + UInt64(text[index] - UInt8(ascii: "0"))
                    if next <= limit {
                        fraction = next
                        scale *= 10
                    } else {
                        isFull = true
                    }
                } else {
                    isFull = true
                }
                digits += 1
                index += 1
            }
        }
        guard digits > 0 else { throw invalid(text) }
        let unit = try unit(text, &index)
        guard whole <= limit / unit else { throw invalid(text) }
        let rest = fraction > 0 ? UInt64(Double(fraction) * (Double(unit) / scale)) : 0
        return try sum(whole * unit, rest, text)
    }

    private static func unit(_ text: Span<UInt8>, _ index: inout Int) throws(ConversionProblem) -> UInt64 {
        let start = index
        while index < text.count, text[index] != UInt8(ascii: "."), !LabelNameText.isDigit(text[index]) { index += 1 }
        guard index > start else { throw ConversionProblem("time: missing unit in duration \(quoted(text))") }
        let name = text.extracting(start..<index)
        switch name.count {
        case 1 where name[0] == UInt8(ascii: "s"): return 1_000_000_000
        case 1 where name[0] == UInt8(ascii: "m"): return 60_000_000_000
        case 1 where name[0] == UInt8(ascii: "h"): return 3_600_000_000_000
        case 2...3:
            switch name.text {
            case "ns": return 1
            case "us", "\u{B5}s", "\u{3BC}s": return 1000
            case "ms": return 1_000_000
            default: break
            }
        default: break
        }
        throw ConversionProblem("time: unknown unit \(quoted(name)) in duration \(quoted(text))")
    }

    private static func sum(_ left: UInt64, _ right: UInt64, _ text: Span<UInt8>) throws(ConversionProblem) -> UInt64 {
        guard left <= limit, right <= limit, left + right <= limit else { throw invalid(text) }
        return left + right
    }

    private static func invalid(_ text: Span<UInt8>) -> ConversionProblem {
        ConversionProblem("time: invalid duration \(quoted(text))")
    }

    private static func quoted(_ text: Span<UInt8>) -> String { goQuoted(Array(text)) }
}

extension DurationConversion {
    /// The seconds of a duration. Whole seconds and the rest are divided apart, as Go does.
    static func seconds(_ nanoseconds: Int64) -> Double {
        Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9
    }
}
