internal import KTSDBModel

/// Steps through JSON that may be malformed. What is malformed is noticed where a value is needed, and nowhere else.
enum JSONScan {
    /// What a value is.
    enum Kind {
        case string, number, boolean, null, array, object
    }

    /// A value: of strings what is between the quotes.
    struct Value {
        var kind: Kind
        var range: Range<Int>
        /// Whether there is a backslash in a string.
        var isEscaped = false
        /// Where the text continues after the value.
        var end: Int
    }

    /// Returns the place of the next byte that is not blank; nil at the end.
    @inline(__always)
    static func token(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return index
            }
        }
        return nil
    }

    /// Returns the place of the quote that ends a string whose text begins at `start`.
    @inline(__always)
    static func stringEnd(_ bytes: Span<UInt8>, at start: Int) -> (quote: Int, isEscaped: Bool)? {
        var index = start
        var isEscaped = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return (index, isEscaped) }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                index &+= 1
            }
            index &+= 1
        }
        return nil
    }

    /// Returns the place after the bracket that closes the one at `start`. Brackets in strings do not count.
    static func blockEnd(_ bytes: Span<UInt8>, at start: Int, open: UInt8, close: UInt8) -> Int? {
        var depth = 0
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                guard let end = stringEnd(bytes, at: index + 1) else { return nil }
                index = end.quote
            } else if byte == open {
                depth += 1
            } else if byte == close {
                depth -= 1
                if depth == 0 { return index + 1 }
            }
            index += 1
        }
        return nil
    }

    /// Reads the value that begins at `start` or after blanks. Without `skipsObjects` the end of an object is not
    /// looked for, and its range is its first byte.
    @inline(__always)
    static func value(
        _ bytes: Span<UInt8>, at start: Int, skipsObjects: Bool = true
    ) throws(JSONProblem) -> Value {
        guard let start = token(bytes, at: start) else { throw .json }
        switch bytes[start] {
        case UInt8(ascii: "\""):
            guard let end = stringEnd(bytes, at: start + 1) else { throw .string }
            return Value(
                kind: .string, range: (start + 1)..<end.quote, isEscaped: end.isEscaped, end: end.quote + 1)
        case UInt8(ascii: "["):
            guard let end = blockEnd(bytes, at: start, open: UInt8(ascii: "["), close: UInt8(ascii: "]")) else {
                throw .array
            }
            return Value(kind: .array, range: start..<end, end: end)
        case UInt8(ascii: "{"):
            if !skipsObjects { return Value(kind: .object, range: start..<(start + 1), end: start + 1) }
            guard let end = blockEnd(bytes, at: start, open: UInt8(ascii: "{"), close: UInt8(ascii: "}")) else {
                throw .object
            }
            return Value(kind: .object, range: start..<end, end: end)
        default: return try scalar(bytes, at: start)
        }
    }

    private static func scalar(_ bytes: Span<UInt8>, at start: Int) throws(JSONProblem) -> Value {
        var end = start
        loop: while end < bytes.count {
            switch bytes[end] {
            case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): break loop
            default: end += 1
            }
        }
        let text = bytes.extracting(start..<end)
        let kind: Kind
        switch bytes[start] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): kind = .number
        case UInt8(ascii: "t") where text.isEqual(to: "true".utf8.span): kind = .boolean
        case UInt8(ascii: "f") where text.isEqual(to: "false".utf8.span): kind = .boolean
        case UInt8(ascii: "n") where text.isEqual(to: "null".utf8.span): kind = .null
        default: throw .unknown
        }
        return Value(kind: kind, range: start..<end, end: end)
    }
}

/// What is malformed in JSON. The texts are those that Loki's users see in `__error_details__`.
enum JSONProblem: String, Error {
    case json = "Malformed JSON error"
    case string = "Value is string, but can't find closing '\"' symbol"
    case array = "Value is array, but can't find closing ']' symbol"
    case object = "Value looks like object, but can't find closing '}' symbol"
    case unknown = "Unknown value type"
    case escape = "Encountered an invalid escape sequence in a string"
    /// `unpack` of what does not begin as an object.
    case notPacked = "expecting json object(6), but it is not"
}
