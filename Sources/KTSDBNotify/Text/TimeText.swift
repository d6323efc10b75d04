internal import GoTemplate

/// Times as text: `2026-11-28T22:30:32.061Z`.
package enum TimeText {
    /// Returns the time in UTC with as many decimals as it needs, up to nine, as Go's JSON has it.
    package static func text(_ time: WallTime) -> String {
        let civil = CivilTime(time)
        return prefix(civil) + fraction(civil.nanosecond) + "Z"
    }

    /// Returns the time in UTC with three decimals, as Alertmanager's API has it. Cut, not rounded.
    package static func milliseconds(_ time: WallTime) -> String {
        let civil = CivilTime(time)
        return prefix(civil) + "." + padded(civil.nanosecond / 1_000_000, 3) + "Z"
    }

    private static func prefix(_ civil: CivilTime) -> String {
        padded(civil.year, 4) + "-" + padded(civil.month, 2) + "-" + padded(civil.day, 2) + "T"
            + padded(civil.hour, 2) + ":" + padded(civil.minute, 2) + ":" + padded(civil.second, 2)
    }

    private static func fraction(_ nanosecond: Int) -> String {
        guard nanosecond > 0 else { return "" }
        var digits = padded(nanosecond, 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Reads a time; nil if the text is not one. Decimals after the ninth are cut.
    package static func parse(_ text: String) -> WallTime? {
        var digits = DigitCursor(text)
        guard let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
            let day = digits.number(2), digits.skip("T") || digits.skip("t") || digits.skip(" "),
            let hour = digits.number(2), digits.skip(":"), let minute = digits.number(2), digits.skip(":"),
            let second = digits.number(2)
        else { return nil }
        guard (1...12).contains(month), (1...CivilDate.daysInMonth(year: year, month: month)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        guard let nanoseconds = digits.decimals(), let offset = digits.offset(), digits.isAtEnd else { return nil }
        let days = CivilDate(year: year, month: month, day: day).days
        let seconds = Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
        return WallTime(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }
}

/// Reads the parts of a time from left to right.
private struct DigitCursor {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(width)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// The nanoseconds after a point; 0 without one, nil if no digit follows it.
    mutating func decimals() -> Int? {
        guard skip(".") || skip(",") else { return 0 }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        var result = digits.prefix(9).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        for _ in 0..<max(0, 9 - digits.count) { result *= 10 }
        return result
    }

    /// The seconds by which the place is ahead of UTC; nil if there is no zone.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
