/// Reads JSON (RFC 8259).
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
    /// The names of members that are not kept if their values are arrays or objects.
    private let ignored: Set<String>

    private init(_ bytes: [UInt8], valueLimit: Int, ignored: Set<String> = []) {
        self.bytes = bytes
        self.ignored = ignored
        room = valueLimit
    }

    /// Reads one value, with nothing but blanks before and after it. There may be `valueLimit` values in it, which
    /// bounds the memory that they take. Arrays and objects that are named in `ignored` are left out, wherever they
    /// are.
    package static func parse(
        _ bytes: [UInt8], ignoring ignored: Set<String> = [], valueLimit: Int = .max
    ) throws(Problem) -> JSONTree {
        var parser = JSONTreeParser(bytes, valueLimit: valueLimit, ignored: ignored)
        let value = try parser.value(depth: 0)
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.unexpected("after top-level value") }
        return value
    }

    /// Reads the first value, whatever follows it, as Go reads the body of a request. There may be `valueLimit` values
    /// in it.
    package static func parseFirst(_ bytes: [UInt8], valueLimit: Int) throws(Problem) -> JSONTree {
        var parser = JSONTreeParser(bytes, valueLimit: valueLimit)
        return try parser.value(depth: 0)
    }

    private func unexpected(_ place: String) -> Problem {
        guard position < bytes.count else { return Problem(description: "unexpected end of JSON input") }
        let character = String(decoding: bytes[position...].prefix(1), as: UTF8.self)
        return Problem(description: "invalid character '\(character)' \(place)")
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Problem) -> JSONTree {
        guard depth < Self.depthLimit else { throw Problem(description: "exceeded max depth") }
        guard room > 0 else { throw Problem(description: "there are more values than one request may have") }
        room -= 1
        skipBlanks()
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONTree) throws(Problem) -> JSONTree {
        for byte in text.description.utf8 {
            guard position < bytes.count, bytes[position] == byte else { throw unexpected("in literal \(text)") }
            position += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(Problem) -> JSONTree {
        position += 1
        var members: [JSONTree.Member] = []
        if skip("}") { return .object(members) }
        repeat {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw unexpected("looking for beginning of object key string")
            }
            let name = try string()
            guard skip(":") else { throw unexpected("after object key") }
            let value = try value(depth: depth + 1)
            if !value.hasParts || !ignored.contains(name) { members.append(JSONTree.Member(name, value)) }
        } while skip(",")
        guard skip("}") else { throw unexpected("after object key:value pair") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Problem) -> JSONTree {
        position += 1
        var elements: [JSONTree] = []
        if skip("]") { return .array(elements) }
        repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
        guard skip("]") else { throw unexpected("after array element") }
        return .array(elements)
    }

    private mutating func number() throws(Problem) -> JSONTree {
        let start = position
        _ = takeOne(of: "-")
        let first = position
        guard takeDigits() else { throw unexpected("looking for beginning of value") }
        guard bytes[first] != 0x30 || position == first + 1 else { throw unexpected("after top-level value") }
        if takeOne(of: "."), !takeDigits() { throw unexpected("after decimal point in numeric literal") }
        if takeOne(of: "eE") {
            _ = takeOne(of: "+-")
            guard takeDigits() else { throw unexpected("in exponent of numeric literal") }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func string() throws(Problem) -> String {
        do throws(JSONText.Problem) { return try JSONText.read(bytes, at: &position) } catch {
            switch error {
            case .end, .control: throw unexpected("in string literal")
            case .escape: throw unexpected("in string escape code")
            case .digit: throw unexpected("in \\u hexadecimal character escape")
            }
        }
    }

    // MARK: Bytes

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func takeOne(of choice: StaticString) -> Bool {
        guard position < bytes.count, choice.description.utf8.contains(bytes[position]) else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Bool {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position > start
    }
}
