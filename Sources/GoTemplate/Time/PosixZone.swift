/// A rule for daylight saving time of every year, as in `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX `TZ`, with the extension
/// of RFC 8536 to hours from −167 to 167).
struct PosixZone: Hashable, Sendable {
    /// The day and time of a change, by the clock before the change.
    struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// The day of the year from 1 to 365; the 29th of February is never counted.
            case julian(Int)
            /// The day of the year from 0 to 365.
            case ordinal(Int)
            /// The n-th weekday of a month, the last if n is 5; Sunday is 0.
            case weekday(month: Int, week: Int, day: Int)
        }
        var day: Day
        /// Seconds after midnight.
        var time: Int
    }

    var standard: ZoneRules.Kind
    var daylight: ZoneRules.Kind?
    var start = Change(day: .weekday(month: 3, week: 2, day: 0), time: 7200)
    var end = Change(day: .weekday(month: 11, week: 1, day: 0), time: 7200)

    /// Reads a rule; nil if it is malformed.
    init?(_ text: String) {
        var parser = PosixZoneParser(rest: Array(text.utf8)[...])
        guard text.utf8.count <= 256, let name = parser.name(), let offset = parser.time(hourLimit: 24) else {
            return nil
        }
        standard = ZoneRules.Kind(offset: -offset, isDaylight: false, abbreviation: name)
        if parser.rest.isEmpty { return }
        guard let summer = parser.name() else { return nil }
        var summerOffset = standard.offset + 3600
        if let next = parser.rest.first, next != UInt8(ascii: ",") {
            guard let own = parser.time(hourLimit: 24) else { return nil }
            summerOffset = -own
        }
        daylight = ZoneRules.Kind(offset: summerOffset, isDaylight: true, abbreviation: summer)
        if parser.rest.isEmpty { return }
        guard let start = parser.change(), let end = parser.change(), parser.rest.isEmpty else { return nil }
        (self.start, self.end) = (start, end)
    }

    /// How clocks are set at a moment, in seconds since 1970.
    func kind(at seconds: Int64) -> ZoneRules.Kind {
        guard let daylight else { return standard }
        let local = seconds + Int64(standard.offset), day = local / 86_400
        let year = CivilDate(days: Int(local % 86_400 < 0 ? day - 1 : day)).year
        let begin = moment(of: start, year: year) - Int64(standard.offset)
        let finish = moment(of: end, year: year) - Int64(daylight.offset)
        let isSummer =
            begin < finish ? (begin..<finish).contains(seconds) : !(finish..<begin).contains(seconds)
        return isSummer ? daylight : standard
    }

    /// When clocks change, in seconds since 1970 by the clock of the place.
    private func moment(of change: Change, year: Int) -> Int64 {
        let day: Int
        switch change.day {
        case .julian(let number):
            let leap = CivilDate.isLeap(year) && number >= 60 ? 1 : 0
            day = CivilDate(year: year, month: 1, day: 1).days + number - 1 + leap
        case .ordinal(let number): day = CivilDate(year: year, month: 1, day: 1).days + number
        case .weekday(let month, let week, let weekday):
            let first = CivilDate(year: year, month: month, day: 1).days
            var date = first + (weekday - CivilDate.weekday(days: first) + 7) % 7 + (week - 1) * 7
            if date >= first + CivilDate.daysInMonth(year: year, month: month) { date -= 7 }
            day = date
        }
        return Int64(day) * 86_400 + Int64(change.time)
    }
}

private struct PosixZoneParser {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest.removeFirst()
        return true
    }

    /// `CET`, `<+09>`.
    mutating func name() -> String? {
        let isQuoted = skip("<")
        let letters = rest.prefix { byte in
            isQuoted ? byte != UInt8(ascii: ">") : byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
        }
        rest = rest.dropFirst(letters.count)
        guard letters.count >= 3, !isQuoted || skip(">") else { return nil }
        return String(decoding: letters, as: UTF8.self)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix(4).prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return range.contains(value) ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(hourLimit: Int) -> Int? {
        let sign = skip("-") ? -1 : 1
        if sign > 0 { _ = skip("+") }
        guard let hours = number(0...hourLimit) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where skip(":") {
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    /// `,M3.5.0/2`.
    mutating func change() -> PosixZone.Change? {
        guard skip(","), let day = day() else { return nil }
        guard skip("/") else { return PosixZone.Change(day: day, time: 7200) }
        return time(hourLimit: 167).map { PosixZone.Change(day: day, time: $0) }
    }

    private mutating func day() -> PosixZone.Change.Day? {
        if skip("J") { return number(1...365).map { .julian($0) } }
        guard skip("M") else { return number(0...365).map { .ordinal($0) } }
        guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let day = number(0...6) else {
            return nil
        }
        return .weekday(month: month, week: week, day: day)
    }
}
