/// Reads JSON.
package struct JSONTreeParser {
    /// The reason why bytes are not JSON.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// How deep arrays and objects may be in each other.
    package static let depthLimit = 200

    private let bytes: [UInt8]
    private var position = 0
    /// How many more values there may be.
    private var room: Int

    private init(_ bytes: [UInt8], valueLimit: Int = .max) {
        self.bytes = bytes
        room = valueLimit
    }

    /// Reads one value, with nothing but blanks before and after it.
    package static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONTree {
        var parser = JSONTreeParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.unexpected("after top-level value") }
        return value
    }

    /// Reads the first value, whatever follows it, as Go reads the body of a request. There may be `valueLimit` values
    /// in it, which bounds the memory that they take.
    package static func parseFirst(_ bytes: [UInt8], valueLimit: Int) throws(Problem) -> JSONTree {
        var parser = JSONTreeParser(bytes, valueLimit: valueLimit)
        return try parser.value(depth: 0)
    }

    private func unexpected(_ place: String) -> Problem {
        guard position < bytes.count else { return Problem(description: "unexpected end of JSON input") }
        let character = String(decoding: bytes[position...].prefix(1), as: UTF8.self)
        return Problem(description: "invalid character '\(character)' \(place)")
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Problem) -> JSONTree {
        guard depth < Self.depthLimit else { throw Problem(description: "exceeded max depth") }
        guard room > 0 else { throw Problem(description: "there are more values than one request may have") }
        room -= 1
        if skip("{") { return try object(depth: depth) }
        if skip("[") { return try array(depth: depth) }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return .string(try string()) }
        for (word, value) in [("null", JSONTree.null), ("true", .bool(true)), ("false", .bool(false))]
        where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        return try number()
    }

    private mutating func object(depth: Int) throws(Problem) -> JSONTree {
        var members: [JSONTree.Member] = []
        if skip("}") { return .object(members) }
        repeat {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let name = try string()
            guard skip(":") else { throw unexpected("after object key") }
            members.append(JSONTree.Member(name, try value(depth: depth + 1)))
        } while skip(",")
        guard skip("}") else { throw unexpected("after object key:value pair") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Problem) -> JSONTree {
        var elements: [JSONTree] = []
        if skip("]") { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw unexpected("after array element") }
        return .array(elements)
    }

    private mutating func number() throws(Problem) -> JSONTree {
        let start = position
        func digits() -> Bool {
            let first = position
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
            return position > first
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let first = position
        guard digits() else { throw unexpected("looking for beginning of value") }
        guard bytes[first] != 0x30 || position == first + 1 else { throw unexpected("after top-level value") }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() else { throw unexpected("after decimal point in numeric literal") }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, [0x2B, 0x2D].contains(bytes[position]) { position += 1 }
            guard digits() else { throw unexpected("in exponent of numeric literal") }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(Problem) -> String {
        position += 1
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += try escape()
            case 0..<0x20:
                position -= 1
                throw unexpected("in string literal")
            default: result.append(byte)
            }
        }
        throw unexpected("in string literal")
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
        UInt8(ascii: "t"): 9, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "\""): 0x22,
    ]

    private mutating func escape() throws(Problem) -> [UInt8] {
        guard position < bytes.count else { throw unexpected("in string escape code") }
        let code = bytes[position]
        if let byte = Self.escapes[code] {
            position += 1
            return [byte]
        }
        guard code == UInt8(ascii: "u"), let unit = hexadecimal(at: position + 1) else {
            throw unexpected("in string escape code")
        }
        position += 5
        if unit & 0xFC00 == 0xD800, bytes[position...].starts(with: "\\u".utf8),
            let low = hexadecimal(at: position + 2), low & 0xFC00 == 0xDC00
        {
            position += 6
            return Array(UTF8.encode(Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF) ?? "\u{FFFD}")!)
        }
        return Array(UTF8.encode(Unicode.Scalar(unit) ?? "\u{FFFD}")!)
    }

    private func hexadecimal(at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        let digits = String(decoding: bytes[start..<(start + 4)], as: UTF8.self)
        guard digits.first != "+", digits.first != "-" else { return nil }
        return UInt32(digits, radix: 16)
    }
}
