internal import GoTemplate

/// JSON as values of templates: objects are maps, numbers `float64`.
struct JSONTemplateValue {
    private static let depthLimit = 100

    private let text: [UInt8]
    private var index = 0

    /// Returns the value of a whole text; nil if it is malformed, or nested more than 100 deep.
    static func parse(_ text: [UInt8]) -> GoValue? {
        var parser = JSONTemplateValue(text: text)
        guard let value = parser.value(depth: 0), JSONScan.token(text.span, at: parser.index) == nil else { return nil }
        return value
    }

    private init(text: [UInt8]) { self.text = text }

    private mutating func token() -> UInt8? {
        guard let place = JSONScan.token(text.span, at: index) else { return nil }
        index = place
        return text[place]
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard token() == byte else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) -> GoValue? {
        guard depth < Self.depthLimit, let first = token() else { return nil }
        switch first {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return list(depth)
        case UInt8(ascii: "\""): return string().map { .string(GoString(bytes: $0)) }
        default: return scalar()
        }
    }

    private mutating func object(_ depth: Int) -> GoValue? {
        index += 1
        var entries: [GoMap.Entry] = []
        if skip(UInt8(ascii: "}")) { return .map(GoMap([])) }
        repeat {
            guard token() == UInt8(ascii: "\""), let key = string(), skip(UInt8(ascii: ":")),
                let value = value(depth: depth + 1)
            else { return nil }
            entries.append((.string(GoString(bytes: key)), value))
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "}")) ? .map(GoMap(entries)) : nil
    }

    private mutating func list(_ depth: Int) -> GoValue? {
        index += 1
        var elements: [GoValue] = []
        if skip(UInt8(ascii: "]")) { return .list(elements) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "]")) ? .list(elements) : nil
    }

    /// A lone half of a pair, and bytes that are not UTF-8, become U+FFFD.
    private mutating func string() -> [UInt8]? {
        let start = index + 1
        guard let end = JSONScan.stringEnd(text.span, at: start) else { return nil }
        index = end.quote + 1
        var result: [UInt8] = []
        guard LogfmtQuoting.unquote(text.span.extracting(start..<end.quote), to: &result) else { return nil }
        return Array(String(decoding: result, as: UTF8.self).utf8)
    }

    private mutating func scalar() -> GoValue? {
        let rest = text[index...].prefix { LabelNameText.isNameByte($0) || [0x2B, 0x2D, 0x2E].contains($0) }
        index += rest.count
        switch String(decoding: rest, as: UTF8.self) {
        case "true": return true
        case "false": return false
        case "null": return .null(.any)
        default:
            // JSON has fewer forms of numbers than Go: it does not have `0x1`, `1_0`, `.5` or `Inf`.
            let digits = rest.first == 0x2D ? rest.dropFirst() : rest
            guard let first = digits.first, LabelNameText.isDigit(first),
                digits.last.map(LabelNameText.isDigit) ?? false,
                first != 0x30 || digits.count == 1 || [0x2E, 0x45, 0x65].contains(digits[digits.startIndex + 1]),
                rest.allSatisfy({ LabelNameText.isDigit($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) })
            else { return nil }
            let number = Array(rest)
            return (try? FloatConversion.parse(number.span)).map { .float($0) }
        }
    }
}
