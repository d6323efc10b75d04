extension GoTime {
    /// Reads a time that is written in a layout, as Go's `time.ParseInLocation` does: without an offset in the text the
    /// clock is that of `zone`.
    /// - Throws: the error that names what cannot be read.
    package static func parse(_ text: String, layout: String, in zone: GoZone = .utc) throws(GoError) -> GoTime {
        var reader = TimeReader(text: Array(text.utf8))
        var elements = LayoutReader(Array(layout.utf8))
        var isAfterSecond = false
        while let element = elements.next() {
            let rest = reader.rest
            // Decimals may follow the seconds, whether the layout has them or not.
            let isFraction = if case .part(.fraction) = element { true } else { false }
            if isAfterSecond, !isFraction { reader.readFraction() }
            isAfterSecond = if case .part(.second) = element { true } else { false }
            guard reader.read(element) else {
                throw GoError(
                    "parsing time \(GoQuoting.quoted(text)) as \(GoQuoting.quoted(layout)): cannot parse "
                        + "\(GoQuoting.quoted(String(decoding: rest, as: UTF8.self))) as "
                        + GoQuoting.quoted(element.description))
            }
        }
        if isAfterSecond { reader.readFraction() }
        guard reader.rest.isEmpty else {
            throw GoError(
                "parsing time \(GoQuoting.quoted(text)): extra text: "
                    + GoQuoting.quoted(String(decoding: reader.rest, as: UTF8.self)))
        }
        if let field = reader.fieldOutOfRange {
            throw GoError("parsing time \(GoQuoting.quoted(text)): \(field) out of range")
        }
        return reader.time(in: zone)
    }
}

/// Reads the parts of a time.
private struct TimeReader {
    let text: [UInt8]
    private var index = 0
    private var year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, nanoseconds = 0
    private var dayOfYear: Int?
    private var isAfternoon: Bool?
    private var offset: Int?

    init(text: [UInt8]) { self.text = text }

    var rest: ArraySlice<UInt8> { text[index...] }

    /// The first field that no time has.
    var fieldOutOfRange: String? {
        if !(1...12).contains(month) { return "month" }
        if hour > (isAfternoon == nil ? 23 : 12) { return "hour" }
        if minute > 59 { return "minute" }
        if second > 59 { return "second" }
        let next = CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1).days
        let first = CivilDate(year: year, month: month, day: 1).days
        return (1...(next - first)).contains(day) ? nil : "day"
    }

    func time(in zone: GoZone) -> GoTime {
        var hour = hour
        if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
        let days =
            dayOfYear.map { CivilDate(year: year, month: 1, day: 1).days + $0 - 1 }
            ?? CivilDate(year: year, month: month, day: day).days
        let local = Int64(days * 86_400 + hour * 3600 + minute * 60 + second)
        if let offset {
            let shown = offset == 0 ? GoZone.utc : .fixed(name: "", seconds: offset)
            return GoTime(seconds: local - Int64(offset), nanoseconds: nanoseconds, zone: shown)
        }
        let guess = local - Int64(zone.offset(local).seconds)
        return GoTime(seconds: local - Int64(zone.offset(guess).seconds), nanoseconds: nanoseconds, zone: zone)
    }

    mutating func read(_ element: LayoutReader.Element) -> Bool {
        switch element {
        case .literal(let bytes):
            guard rest.starts(with: bytes) else { return false }
            index += bytes.count
            return true
        case .part(let part): return read(part)
        }
    }

    private mutating func read(_ part: LayoutPart) -> Bool {
        switch part {
        case .longYear: return number(4...4, \.year)
        case .year:
            guard number(2...2, \.year) else { return false }
            year += year >= 69 ? 1900 : 2000
            return true
        case .monthNumber(let width): return number(width == 2 ? 2...2 : 1...2, \.month)
        case .day(let width): return number(width == 2 ? 2...2 : 1...2, \.day)
        case .blankDay:
            if rest.first == 0x20 { index += 1 }
            return number(1...2, \.day)
        case .dayOfYear, .blankDayOfYear:
            while rest.first == 0x20 { index += 1 }
            var value = 0
            guard digits(1...3, &value) else { return false }
            dayOfYear = value
            return (1...366).contains(value)
        case .hour: return number(2...2, \.hour)
        case .hour12(let width): return number(width == 2 ? 2...2 : 1...2, \.hour)
        case .minute(let width): return number(width == 2 ? 2...2 : 1...2, \.minute)
        case .second(let width): return number(width == 2 ? 2...2 : 1...2, \.second)
        case .upperNoon: return noon("AM", "PM")
        case .lowerNoon: return noon("am", "pm")
        case .month, .longMonth:
            for number in 1...12 {
                let name = CalendarNames.month(number)
                if skip(part == .month ? String(name.prefix(3)) : name) {
                    month = number
                    return true
                }
            }
            return false
        case .weekday: return (0..<7).contains { skip(String(CalendarNames.weekday($0).prefix(3))) }
        case .longWeekday: return (0..<7).contains { skip(CalendarNames.weekday($0)) }
        case .abbreviation: return abbreviation()
        case .zone(let form): return zone(form)
        case .fraction:
            readFraction()
            return true
        }
    }

    private mutating func number(_ width: ClosedRange<Int>, _ field: WritableKeyPath<TimeReader, Int>) -> Bool {
        var value = 0
        guard digits(width, &value) else { return false }
        self[keyPath: field] = value
        return true
    }

    private mutating func digits(_ width: ClosedRange<Int>, _ value: inout Int) -> Bool {
        let found = rest.prefix(width.upperBound).prefix { (0x30...0x39).contains($0) }
        guard found.count >= width.lowerBound else { return false }
        value = found.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        index += found.count
        return true
    }

    /// Steps over a name in small or capital letters.
    private mutating func skip(_ name: String) -> Bool {
        let wanted = Array(name.utf8)
        guard rest.count >= wanted.count, zip(rest, wanted).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else { return false }
        index += wanted.count
        return true
    }

    private mutating func noon(_ before: String, _ after: String) -> Bool {
        guard rest.starts(with: before.utf8) || rest.starts(with: after.utf8) else { return false }
        isAfternoon = rest.starts(with: after.utf8)
        index += 2
        return true
    }

    /// Reads `.123456789` after the seconds, if it is there.
    mutating func readFraction() {
        guard let separator = rest.first, separator == 0x2E || separator == 0x2C else { return }
        let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return }
        var value = 0
        for place in 0..<9 {
            let next = digits.dropFirst(place).first.map { Int($0 - 0x30) } ?? 0
            value = value * 10 + next
        }
        nanoseconds = value
        index += 1 + digits.count
    }

    /// An abbreviation has three to five capital letters. Which offset it means is not known but for UTC.
    private mutating func abbreviation() -> Bool {
        let letters = rest.prefix { (0x41...0x5A).contains($0) }
        guard (3...5).contains(letters.count) else { return false }
        if letters.elementsEqual("UTC".utf8) { offset = 0 }
        index += letters.count
        return true
    }

    private mutating func zone(_ form: ZoneForm) -> Bool {
        if form.hasZ, rest.first == UInt8(ascii: "Z") {
            index += 1
            offset = 0
            return true
        }
        guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
        index += 1
        var parts = [0, 0, 0]
        for place in 0..<(form.hasSeconds ? 3 : form.hasMinutes ? 2 : 1) {
            if place > 0, form.hasColon {
                guard rest.first == UInt8(ascii: ":") else { return false }
                index += 1
            }
            guard digits(2...2, &parts[place]) else { return false }
        }
        let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
        offset = sign == UInt8(ascii: "-") ? -seconds : seconds
        return parts[0] <= 24 && parts[1] < 60 && parts[2] < 60
    }
}

extension LayoutReader.Element: CustomStringConvertible {
    /// As it is written in a layout, nearly.
    var description: String {
        switch self {
        case .literal(let bytes): String(decoding: bytes, as: UTF8.self)
        case .part(let part): GoTime.reference.formatted(part)
        }
    }
}

extension GoTime {
    /// The time that layouts are written with: `Mon Jan 2 15:04:05 MST 2006`, seven hours before UTC.
    fileprivate static let reference = GoTime(seconds: 1_136_239_445, zone: .fixed(name: "MST", seconds: -7 * 3600))
}
