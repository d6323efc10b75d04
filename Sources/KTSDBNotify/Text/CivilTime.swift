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
        let date = CivilDate(days: Int(days))
        (year, month, day) = (date.year, date.month, date.day)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
        nanosecond = Int(time.nanoseconds)
        weekday = CivilDate.weekday(days: Int(days))
    }
}
