internal import KTSDBModel

extension TimeInterval {
    /// Reads the minutes of a day from `09:00` to `17:00`.
    package static func timeRange(start: String, end: String) throws(TimeIntervalError) -> Range<Int> {
        guard !start.isEmpty, !end.isEmpty else {
            throw TimeIntervalError("both start and end times must be provided")
        }
        let first = try minute(start), last = try minute(end)
        guard first < last else {
            throw TimeIntervalError("start time cannot be equal or greater than end time")
        }
        return first..<last
    }

    private static func minute(_ text: String) throws(TimeIntervalError) -> Int {
        let bytes = Array(text.utf8)
        func isDigit(_ index: Int, upTo most: UInt8) -> Bool { bytes[index] >= 0x30 && bytes[index] <= most }
        let isTime =
            bytes.count == 5 && isDigit(0, upTo: 0x32) && isDigit(1, upTo: bytes[0] == 0x32 ? 0x33 : 0x39)
            && bytes[2] == UInt8(ascii: ":") && isDigit(3, upTo: 0x35) && isDigit(4, upTo: 0x39)
        guard isTime || text == "24:00" else {
            throw TimeIntervalError("couldn't parse timestamp \(text), invalid format")
        }
        return Int(bytes[0] - 0x30) * 600 + Int(bytes[1] - 0x30) * 60 + Int(bytes[3] - 0x30) * 10 + Int(bytes[4] - 0x30)
    }

    /// Reads `monday:friday` or `saturday`.
    package static func weekdayRange(_ text: String) throws(TimeIntervalError) -> ClosedRange<Int> {
        let (first, last) = try bounds(text) { name throws(TimeIntervalError) in
            guard let day = weekdayNames.firstIndex(of: name) else {
                throw TimeIntervalError("\(name) is not a valid weekday")
            }
            return day
        }
        guard first <= last else { throw TimeIntervalError("start day cannot be before end day") }
        return first...last
    }

    /// Reads `1:15` or `-1`.
    package static func dayOfMonthRange(_ text: String) throws(TimeIntervalError) -> DayOfMonthRange {
        let (first, last) = try bounds(text, number)
        for day in [first, last] where day == 0 || day.magnitude > 31 {
            throw TimeIntervalError("\(day) is not a valid day of the month: out of range")
        }
        guard first > 0 || last < 0 else {
            throw TimeIntervalError("end day must be negative if start day is negative")
        }
        // The shortest month decides whether a range is never in order.
        guard (first < 0 ? 28 + first : first) <= (last < 0 ? 28 + last : last) else {
            throw TimeIntervalError("end day \(last) is always before start day \(first)")
        }
        return DayOfMonthRange(first: first, last: last)
    }

    /// Reads `january:march`, `1:3` or `may`.
    package static func monthRange(_ text: String) throws(TimeIntervalError) -> ClosedRange<Int> {
        let (first, last) = try bounds(text) { name throws(TimeIntervalError) in
            if let month = monthNames.firstIndex(of: name) { return month + 1 }
            guard let month = goInteger(name) else { throw TimeIntervalError("\(name) is not a valid month") }
            return month
        }
        guard first <= last else {
            throw TimeIntervalError("end month \(monthName(last)) is before start month \(monthName(first))")
        }
        return first...last
    }

    /// Reads `2020:2023` or `2024`.
    package static func yearRange(_ text: String) throws(TimeIntervalError) -> ClosedRange<Int> {
        let (first, last) = try bounds(text, number)
        guard first <= last else { throw TimeIntervalError("end year \(last) is before start year \(first)") }
        return first...last
    }

    private static func bounds(
        _ text: String, _ member: (String) throws(TimeIntervalError) -> Int
    ) throws(TimeIntervalError) -> (Int, Int) {
        let lower = text.lowercased()
        let parts = lower.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw TimeIntervalError("couldn't parse range \(lower), invalid format") }
        let first = try member(String(parts[0]))
        return (first, try parts.count == 2 ? member(String(parts[1])) : first)
    }

    private static func number(_ text: String) throws(TimeIntervalError) -> Int {
        if let number = goInteger(text) { return number }
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        let isWhole =
            text.utf8.count - digits.count <= 1 && !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
        let reason = isWhole ? "value out of range" : "invalid syntax"
        throw TimeIntervalError("strconv.Atoi: parsing \(goQuoted(text)): \(reason)")
    }

    private static func goInteger(_ text: String) -> Int? { Int(text) }

    private static func monthName(_ month: Int) -> String {
        (1...12).contains(month) ? monthNames[month - 1] : ""
    }

    static let weekdayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
}
