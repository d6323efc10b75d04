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

    /// The date of a day. The algorithm is Howard Hinnant's `civil_from_days`.
    package static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The number of a date's day; 1970-01-01 is 0. The inverse of ``date(daysSince1970:)``.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
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
