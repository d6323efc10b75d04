extension GoTime {
    /// The text for a layout such as `2006-01-02 15:04:05`: an example that shows how the reference time is written.
    public func formatted(_ layout: String) -> String { String(decoding: formatted(Array(layout.utf8)), as: UTF8.self) }

    /// The text for a layout of any bytes.
    func formatted(_ layout: [UInt8]) -> [UInt8] {
        var reader = LayoutReader(layout)
        var result: [UInt8] = []
        let parts = FormattedParts(self)
        while let element = reader.next() {
            switch element {
            case .literal(let bytes): result += bytes
            case .part(let part): result += Array(parts.text(part).utf8)
            }
        }
        return result
    }

    /// The text for one element of a layout.
    func formatted(_ part: LayoutPart) -> String { FormattedParts(self).text(part) }
}

/// A moment, taken apart once for all elements of a layout.
private struct FormattedParts {
    let date: CivilDate
    let clock: (hour: Int, minute: Int, second: Int)
    let time: GoTime
    let offset: GoZone.Offset

    init(_ time: GoTime) {
        (self.time, date, clock, offset) = (time, time.date, time.clock, time.offset)
    }

    func text(_ part: LayoutPart) -> String {
        switch part {
        case .year: padded(Int((date.year % 100).magnitude), 2)
        case .longYear: padded(date.year, 4)
        case .month: String(CalendarNames.month(date.month).prefix(3))
        case .longMonth: CalendarNames.month(date.month)
        case .monthNumber(let width): padded(date.month, width)
        case .weekday: String(CalendarNames.weekday(time.weekday).prefix(3))
        case .longWeekday: CalendarNames.weekday(time.weekday)
        case .day(let width): padded(date.day, width)
        case .blankDay: blanks(date.day, 2)
        case .dayOfYear: padded(date.dayOfYear, 3)
        case .blankDayOfYear: blanks(date.dayOfYear, 3)
        case .hour: padded(clock.hour, 2)
        case .hour12(let width): padded((clock.hour + 11) % 12 + 1, width)
        case .minute(let width): padded(clock.minute, width)
        case .second(let width): padded(clock.second, width)
        case .upperNoon: clock.hour >= 12 ? "PM" : "AM"
        case .lowerNoon: clock.hour >= 12 ? "pm" : "am"
        case .abbreviation: offset.abbreviation.isEmpty ? zone(ZoneForm()) : offset.abbreviation
        case .zone(let form): zone(form)
        case .fraction(let form): fraction(form)
        }
    }

    private func zone(_ form: ZoneForm) -> String {
        if form.hasZ, offset.seconds == 0 { return "Z" }
        let minutes = offset.seconds / 60
        let colon = form.hasColon ? ":" : ""
        var text = (minutes < 0 ? "-" : "+") + padded(Int(minutes.magnitude) / 60, 2)
        guard form.hasMinutes else { return text }
        text += colon + padded(Int(minutes.magnitude) % 60, 2)
        // The sign of the seconds is that of the minutes, as in Go.
        let seconds = minutes < 0 ? -offset.seconds : offset.seconds
        return form.hasSeconds ? text + colon + padded(seconds % 60, 2) : text
    }

    private func fraction(_ form: FractionForm) -> String {
        var digits = padded(time.nanoseconds, 9).prefix(form.digits)
        if form.isTrimmed { while digits.last == "0" { digits.removeLast() } }
        return digits.isEmpty ? "" : String(decoding: [form.separator], as: UTF8.self) + digits
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private func blanks(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, width - digits.utf8.count)) + digits
    }
}
