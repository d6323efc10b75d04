/// Takes a layout apart.
struct LayoutReader {
    enum Element: Equatable {
        case literal([UInt8])
        case part(LayoutPart)
    }

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next element; nil at the end.
    mutating func next() -> Element? {
        let start = index
        while index < bytes.count {
            guard let (part, length) = part(at: index) else {
                index += 1
                continue
            }
            if index > start { return .literal(Array(bytes[start..<index])) }
            index += length
            return .part(part)
        }
        return start < index ? .literal(Array(bytes[start...])) : nil
    }

    private func part(at index: Int) -> (LayoutPart, length: Int)? {
        if let fraction = fraction(at: index) { return fraction }
        for (text, part) in Self.parts where comesNext(text, at: index) {
            guard Self.needsWordEnd.contains(text) else { return (part, text.utf8.count) }
            let next = index + text.utf8.count
            if next >= bytes.count || !(0x61...0x7A).contains(bytes[next]) { return (part, text.utf8.count) }
        }
        return nil
    }

    /// These do not begin a longer word in small letters.
    private static let needsWordEnd: Set = ["Jan", "Mon"]

    /// Longer texts come before those that they begin with. In `_2006` the underscore is literal.
    private static let parts: [(text: String, part: LayoutPart)] = [
        ("January", .longMonth), ("Jan", .month), ("Monday", .longWeekday), ("Mon", .weekday),
        ("MST", .abbreviation), ("01", .monthNumber(width: 2)), ("02", .day(width: 2)), ("03", .hour12(width: 2)),
        ("04", .minute(width: 2)), ("05", .second(width: 2)), ("06", .year), ("002", .dayOfYear), ("15", .hour),
        ("1", .monthNumber(width: 0)), ("2006", .longYear), ("2", .day(width: 0)), ("__2", .blankDayOfYear),
        ("_2", .blankDay), ("3", .hour12(width: 0)), ("4", .minute(width: 0)), ("5", .second(width: 0)),
        ("PM", .upperNoon), ("pm", .lowerNoon),
        ("-070000", .zone(ZoneForm(hasSeconds: true))),
        ("-07:00:00", .zone(ZoneForm(hasColon: true, hasSeconds: true))),
        ("-0700", .zone(ZoneForm())), ("-07:00", .zone(ZoneForm(hasColon: true))),
        ("-07", .zone(ZoneForm(hasMinutes: false))),
        ("Z070000", .zone(ZoneForm(hasZ: true, hasSeconds: true))),
        ("Z07:00:00", .zone(ZoneForm(hasZ: true, hasColon: true, hasSeconds: true))),
        ("Z0700", .zone(ZoneForm(hasZ: true))), ("Z07:00", .zone(ZoneForm(hasZ: true, hasColon: true))),
        ("Z07", .zone(ZoneForm(hasZ: true, hasMinutes: false))),
    ]

    private func comesNext(_ text: String, at index: Int) -> Bool {
        guard bytes.dropFirst(index).starts(with: text.utf8) else { return false }
        return text != "_2" || !bytes.dropFirst(index).starts(with: "_2006".utf8)
    }

    /// A point or a comma, and zeros or nines up to the end of the number.
    private func fraction(at index: Int) -> (LayoutPart, length: Int)? {
        let separator = bytes[index]
        guard separator == 0x2E || separator == 0x2C, index + 1 < bytes.count else { return nil }
        let digit = bytes[index + 1]
        guard digit == 0x30 || digit == 0x39 else { return nil }
        let count = bytes[(index + 1)...].prefix { $0 == digit }.count
        let end = index + 1 + count
        guard end >= bytes.count || !(0x30...0x39).contains(bytes[end]) else { return nil }
        return (
            .fraction(FractionForm(separator: separator, digits: count, isTrimmed: digit == 0x39)), count + 1
        )
    }
}
