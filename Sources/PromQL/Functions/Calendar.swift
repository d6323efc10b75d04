/// A time in the proleptic Gregorian calendar, UTC.
///
/// The conversion from days is that of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2014): the year
/// starts in March, so that the leap day is its last.
struct CalendarTime: Hashable {
    var year: Int64
    /// 1...12.
    var month: Int64
    /// 1...31.
    var day: Int64
    /// 0 is Sunday.
    var weekday: Int64
    /// 1...366.
    var dayOfYear: Int64
    var hour: Int64
    var minute: Int64
    var second: Int64

    init(milliseconds: Int64) { self.init(seconds: milliseconds / 1000) }

    /// The time `seconds` after 1970-01-01T00:00:00Z.
    init(seconds: Int64) {
        let days = seconds.floorDivided(by: 86400)
        let rest = seconds - days * 86400
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        weekday = (days + 4).floorRemainder(by: 7)
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfMarchYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfMarchYear + 2) / 153
        day = dayOfMarchYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let isLeap = Self.isLeap(year)
        dayOfYear = month <= 2 ? dayOfMarchYear - 305 : dayOfMarchYear + (isLeap ? 61 : 60)
    }

    static func isLeap(_ year: Int64) -> Bool {
        year.floorRemainder(by: 4) == 0 && (year.floorRemainder(by: 100) != 0 || year.floorRemainder(by: 400) == 0)
    }

    var daysInMonth: Int64 {
        switch month {
        case 2: Self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `2006-01-02T15:04:05Z`.
    var text: String {
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(hour, 2)):\(padded(minute, 2)):"
            + "\(padded(second, 2))Z"
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
    fileprivate func floorRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension CalendarFunction {
    /// The function's value for a time in seconds; fractions are cut off.
    func value(_ seconds: Double) -> Double {
        // Go converts what does not fit to the smallest integer; that lies outside the calendar, as do NaN and infinity.
        let bounded = Int64(exactly: seconds.rounded(.towardZero)) ?? .min
        let time = CalendarTime(seconds: Swift.max(Swift.min(bounded, 1 << 60), -(1 << 60)))
        return switch self {
        case .minute: Double(time.minute)
        case .hour: Double(time.hour)
        case .month: Double(time.month)
        case .year: Double(time.year)
        case .dayOfWeek: Double(time.weekday)
        case .dayOfMonth: Double(time.day)
        case .dayOfYear: Double(time.dayOfYear)
        case .daysInMonth: Double(time.daysInMonth)
        }
    }
}
