/// A time in the proleptic Gregorian calendar, UTC.
///
/// The conversion from days is that of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2014): the year
/// starts in March, so that the leap day is its last. Days are counted without a sign from a first of March so long ago
/// that no time of 64 bits of seconds lies before it but the very first ones, which wrap around: so does Go's calendar,
/// and with it what Prometheus makes of NaN and infinity.
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
        let elapsed = UInt64(bitPattern: seconds) &+ Self.secondsToEpoch
        let rest = Int64(elapsed % 86400), days = Int64(elapsed / 86400)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        // A first of March at the start of four centuries is a Wednesday.
        weekday = (days + 3) % 7
        let era = days / 146_097, dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfMarchYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfMarchYear + 2) / 153
        day = dayOfMarchYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + (era - Self.erasToYearZero) * 400 + (month <= 2 ? 1 : 0)
        let isLeap = Self.isLeap(year)
        dayOfYear = month <= 2 ? dayOfMarchYear - 305 : dayOfMarchYear + (isLeap ? 61 : 60)
    }

    /// Eras of 400 years from the first day that is counted to the year 0.
    private static let erasToYearZero: Int64 = 730_692_556
    /// Seconds from the first day that is counted to 1970-01-01.
    private static let secondsToEpoch = UInt64((erasToYearZero * 146_097 + 719_468) * 86400)

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
    fileprivate func floorRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
