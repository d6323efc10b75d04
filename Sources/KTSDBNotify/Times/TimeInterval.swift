package import GoTemplate

/// Times by clock and calendar: all fields that are set must hold, in a field any range.
package struct TimeInterval: Hashable, Sendable {
    /// Minutes of the day; the end is not included, and 1440 is midnight at the end.
    package var times: [Range<Int>]?
    /// 0 is Sunday.
    package var weekdays: [ClosedRange<Int>]?
    package var daysOfMonth: [DayOfMonthRange]?
    /// 1 is January.
    package var months: [ClosedRange<Int>]?
    package var years: [ClosedRange<Int>]?
    /// Whose clock and calendar; UTC if nil.
    package var location: Location?

    package init() {}

    /// Days of a month from a first to a last one. Negative numbers count from the end: −1 is the last day.
    package struct DayOfMonthRange: Hashable, Sendable {
        package var first: Int
        package var last: Int

        package init(first: Int, last: Int) {
            self.first = first
            self.last = last
        }

        func contains(_ day: Int, daysInMonth: Int) -> Bool {
            let begin = first < 0 ? daysInMonth + first + 1 : first
            let end = last < 0 ? daysInMonth + last + 1 : last
            // Such as 30:31 in February.
            guard begin <= daysInMonth else { return false }
            return day >= begin && day <= min(end, daysInMonth)
        }
    }

    /// Whether the interval contains a moment.
    package func contains(_ time: WallTime) -> Bool {
        let civil = (location?.rules ?? .utc).civil(time)
        let minute = civil.hour * 60 + civil.minute
        return times?.contains { $0.contains(minute) } ?? true && containsDay(civil)
            && months?.contains { $0.contains(civil.month) } ?? true
            && weekdays?.contains { $0.contains(civil.weekday) } ?? true
            && years?.contains { $0.contains(civil.year) } ?? true
    }

    private func containsDay(_ civil: CivilTime) -> Bool {
        guard let daysOfMonth else { return true }
        let count = CivilDate.daysInMonth(year: civil.year, month: civil.month)
        return daysOfMonth.contains { $0.contains(civil.day, daysInMonth: count) }
    }
}
