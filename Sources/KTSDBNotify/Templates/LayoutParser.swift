internal import GoTemplate
internal import KTSDBModel

/// Reads a time that is written in a layout of Go, such as `2006-01-02 15:04:05`.
struct LayoutParser {
    private static let elements = [
        "January", "Jan", "Monday", "Mon", "MST", "2006", "-07:00", "-0700", "Z07:00", "Z0700", "15", "01", "02", "03",
        "04",
        "05", "06", "PM", "pm", "_2", "1", "2", "3", "4", "5",
    ]

    private var year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, nanosecond = 0, offset = 0
    private var isAfternoon: Bool?

    /// Why a text is not in a layout, in Go's words.
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    /// Reads `text`.
    static func parse(_ text: String, layout: String) throws(Problem) -> WallTime {
        var parser = LayoutParser()
        var rest = text[...], form = layout[...]
        while !form.isEmpty {
            let before = rest
            let element = elements.first { form.hasPrefix($0) }
            let literal = element ?? Self.literal(form)
            form = form.dropFirst(literal.count)
            guard element == nil ? skip(literal, &rest) : parser.read(literal, &rest) else {
                throw Problem(
                    description: "parsing time \(goQuoted(text)) as \(goQuoted(layout)): cannot parse "
                        + "\(goQuoted(String(before))) as \(goQuoted(literal))")
            }
            if element == "05" || element == "5" { parser.readFraction(&form, &rest) }
        }
        if !rest.isEmpty {
            throw Problem(description: "parsing time \(goQuoted(text)): extra text: \(goQuoted(String(rest)))")
        }
        if let field = parser.fieldOutOfRange {
            throw Problem(description: "parsing time \(goQuoted(text)): \(field) out of range")
        }
        return parser.time
    }

    /// The part of a layout before the next element.
    private static func literal(_ form: Substring) -> String {
        var rest = form
        while !rest.isEmpty, !elements.contains(where: { rest.hasPrefix($0) }) { rest.removeFirst() }
        return String(form.dropLast(rest.count))
    }

    private static func skip(_ literal: String, _ rest: inout Substring) -> Bool {
        guard rest.hasPrefix(literal) else { return false }
        rest = rest.dropFirst(literal.count)
        return true
    }

    private var fieldOutOfRange: String? {
        if !(1...12).contains(month) { return "month" }
        if hour > 23 { return "hour" }
        if minute > 59 { return "minute" }
        if second > 59 { return "second" }
        return (1...CivilDate.daysInMonth(year: year, month: month)).contains(day) ? nil : "day"
    }

    private var time: WallTime {
        var hour = hour
        if let isAfternoon { hour = hour % 12 + (isAfternoon ? 12 : 0) }
        let days = CivilDate(year: year, month: month, day: day).days
        return WallTime(
            seconds: Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset), nanoseconds: Int32(nanosecond))
    }

    private mutating func read(_ element: String, _ rest: inout Substring) -> Bool {
        switch element {
        case "2006": return number(4...4, &rest, \.year)
        case "06":
            guard number(2...2, &rest, \.year) else { return false }
            year += year >= 69 ? 1900 : 2000
        case "01": return number(2...2, &rest, \.month)
        case "1": return number(1...2, &rest, \.month)
        case "02": return number(2...2, &rest, \.day)
        case "2": return number(1...2, &rest, \.day)
        case "_2":
            if rest.first == " " { rest.removeFirst() }
            return number(1...2, &rest, \.day)
        case "15", "03": return number(2...2, &rest, \.hour)
        case "3": return number(1...2, &rest, \.hour)
        case "04": return number(2...2, &rest, \.minute)
        case "4": return number(1...2, &rest, \.minute)
        case "05": return number(2...2, &rest, \.second)
        case "5": return number(1...2, &rest, \.second)
        case "PM", "pm": return readHalf(&rest)
        case "January", "Jan": return readMonth(element, &rest)
        case "Monday", "Mon": return name(TimeInterval.weekdayNames, element, &rest) != nil
        case "MST": return readZone(&rest)
        default: return readOffset(element, &rest)
        }
        return true
    }

    private mutating func number(
        _ digits: ClosedRange<Int>, _ rest: inout Substring, _ field: WritableKeyPath<LayoutParser, Int>
    ) -> Bool {
        let found = rest.prefix(digits.upperBound).prefix { $0.isASCII && $0.isNumber }
        guard found.count >= digits.lowerBound, let value = Int(found) else { return false }
        self[keyPath: field] = value
        rest = rest.dropFirst(found.count)
        return true
    }

    /// Decimals may follow the seconds, whether the layout has them or not.
    private mutating func readFraction(_ form: inout Substring, _ rest: inout Substring) {
        if form.first == "." || form.first == ",", form.dropFirst().first == "0" || form.dropFirst().first == "9" {
            form = form.dropFirst().drop { $0 == "0" || $0 == "9" }
        }
        guard rest.first == "." || rest.first == "," else { return }
        let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return }
        rest = rest.dropFirst(digits.count + 1)
        nanosecond = Int((digits.prefix(9) + String(repeating: "0", count: max(0, 9 - digits.count)))) ?? 0
    }

    private mutating func readHalf(_ rest: inout Substring) -> Bool {
        let half = rest.prefix(2).uppercased()
        guard half == "AM" || half == "PM" else { return false }
        isAfternoon = half == "PM"
        rest = rest.dropFirst(2)
        return true
    }

    private mutating func readMonth(_ element: String, _ rest: inout Substring) -> Bool {
        guard let place = name(TimeInterval.monthNames, element, &rest) else { return false }
        month = place + 1
        return true
    }

    private func name(_ names: [String], _ element: String, _ rest: inout Substring) -> Int? {
        for (place, name) in names.enumerated() {
            let wanted = element.count == 3 ? String(name.prefix(3)) : name
            if rest.lowercased().hasPrefix(wanted) {
                rest = rest.dropFirst(wanted.count)
                return place
            }
        }
        return nil
    }

    private mutating func readZone(_ rest: inout Substring) -> Bool {
        let letters = rest.prefix { $0.isASCII && $0.isUppercase }
        rest = rest.dropFirst(letters.count)
        return (3...5).contains(letters.count)
    }

    private mutating func readOffset(_ element: String, _ rest: inout Substring) -> Bool {
        if element.hasPrefix("Z"), rest.first == "Z" {
            rest.removeFirst()
            return true
        }
        guard let sign = rest.first, sign == "+" || sign == "-" else { return false }
        let digits = rest.dropFirst().prefix(element.contains(":") ? 5 : 4).filter { $0 != ":" }
        guard digits.count == 4, let value = Int(digits) else { return false }
        rest = rest.dropFirst(element.contains(":") ? 6 : 5)
        offset = (value / 100 * 3600 + value % 100 * 60) * (sign == "-" ? -1 : 1)
        return true
    }
}
