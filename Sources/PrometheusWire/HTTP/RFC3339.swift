package import KTSDBModel

/// Times such as `2026-01-02T15:04:05.678+01:00`.
package enum RFC3339 {
    /// Reads a time and truncates it to milliseconds; returns nil if `text` is malformed.
    package static func parse(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        var position = 0
        func number(_ count: Int) -> Int? {
            guard bytes.count - position >= count else { return nil }
            var value = 0
            for byte in bytes[position..<(position + count)] {
                guard byte &- UInt8(ascii: "0") <= 9 else { return nil }
                value = value * 10 + Int(byte &- UInt8(ascii: "0"))
            }
            position += count
            return value
        }
        func skip(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), skip("T"),
            let hour = number(2), skip(":"), let minute = number(2), skip(":"), let second = number(2),
            (1...12).contains(month), day >= 1, day <= daysInMonth(month, year), hour < 24, minute < 60, second < 60
        else { return nil }
        var milliseconds = 0
        if skip(".") || skip(",") {
            let start = position
            while position < bytes.count, bytes[position] &- UInt8(ascii: "0") <= 9 { position += 1 }
            guard position > start else { return nil }
            for index in start..<(start + 3) {
                milliseconds = milliseconds * 10 + (index < position ? Int(bytes[index] &- UInt8(ascii: "0")) : 0)
            }
        }
        var offset = 0
        if !skip("Z") {
            let isEast = skip("+")
            guard isEast || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours <= 24,
                minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
        }
        guard position == bytes.count else { return nil }
        let seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Timestamp(milliseconds: Int64(seconds) * 1000 + Int64(milliseconds))
    }

    /// Formats `time` in UTC, with milliseconds if they are not zero.
    package static func format(_ time: Timestamp) -> String {
        let (seconds, milliseconds) = floorDivide(time.milliseconds, 1000)
        return format(seconds: seconds) + (milliseconds == 0 ? "" : "." + padded(milliseconds, 3)) + "Z"
    }

    /// Formats nanoseconds since the Unix epoch in UTC; zeros at the end of the fraction are left out, as in Go.
    package static func format(nanoseconds: Int64) -> String {
        let (seconds, rest) = floorDivide(nanoseconds, 1_000_000_000)
        var fraction = rest == 0 ? "" : "." + padded(rest, 9)
        while fraction.last == "0" { fraction.removeLast() }
        return format(seconds: seconds) + fraction + "Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func format(seconds: Int64) -> String {
        let (days, inDay) = floorDivide(seconds, 86_400)
        let (year, month, day) = date(days)
        let clock = [inDay / 3600, inDay / 60 % 60, inDay % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(clock)"
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
        return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Counts days in the proleptic Gregorian calendar. The year is assumed to begin in March, so that the leap day is
    /// its last; 400 years are 146,097 days, and the day 0000-03-01 is 719,468 days before 1970-01-01.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let years = month > 2 ? year : year - 1
        let era = (years >= 0 ? years : years - 399) / 400
        let yearOfEra = years - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse of `daysSince1970`.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
