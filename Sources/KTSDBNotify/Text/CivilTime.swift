internal import GoTemplate

/// A point in time by calendar and clock of some place, in the proleptic Gregorian calendar.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var nanosecond: Int
    /// 0 is Sunday, 6 is Saturday.
    package var weekday: Int

    /// The time where clocks are `offset` seconds ahead of UTC.
    package init(_ time: WallTime, offset: Int = 0) {
        let local = time.seconds + Int64(offset)
        let days = local.flooringQuotient(by: 86_400)
        let rest = Int(local - days * 86_400)
        (year, month, day) = Self.date(daysSince1970: Int(days))
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        nanosecond = Int(time.nanoseconds)
        weekday = Self.weekday(daysSince1970: Int(days))
    }

    /// The date of a day; see `GoTemplate.CivilDate`.
    package static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let date = CivilDate(days: days)
        return (date.year, date.month, date.day)
    }

    /// The number of a date's day; 1970-01-01 is 0. The inverse of ``date(daysSince1970:)``.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        CivilDate(year: year, month: month, day: day).days
    }

    /// The weekday of a day: 1970-01-01 was a Thursday.
    package static func weekday(daysSince1970 days: Int) -> Int { ((days + 4) % 7 + 7) % 7 }

    /// How many days a month has.
    package static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    /// Whether a year has 366 days.
    package static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }
}
