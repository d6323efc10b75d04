/// Reads JSON of any kind (RFC 8259).
struct JSONDocumentReader {
    /// How deep lists and objects may be in each other.
    private static let depthLimit = 100

    let bytes: [UInt8]
    var position = 0
    /// How many more values there may be.
    private var room: Int
    /// The names of members that are not kept if their values are lists or objects.
    private let ignored: Set<String>

    /// Reads one value with nothing but blanks around it. Lists and objects that are named in `ignored` are left out,
    /// wherever they are.
    ///
    /// - Throws: What is wrong, and at which byte.
    static func read(
        _ bytes: [UInt8], ignoring ignored: Set<String> = [], valueLimit: Int = DiscoveryLimits.answerValues
    ) throws(DiscoveryFailure) -> JSONDocument {
        var reader = JSONDocumentReader(bytes: bytes, room: valueLimit, ignored: ignored)
        let value = try reader.value(0)
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw reader.unexpected("after the value") }
        return value
    }

    private init(bytes: [UInt8], room: Int, ignored: Set<String>) {
        (self.bytes, self.room, self.ignored) = (bytes, room, ignored)
    }

    func unexpected(_ place: String) -> DiscoveryFailure {
        position < bytes.count
            ? DiscoveryFailure("not valid JSON: unexpected byte \(position) \(place)")
            : DiscoveryFailure("not valid JSON: it ends \(place)")
    }

    // MARK: Values

    private mutating func value(_ depth: Int) throws(DiscoveryFailure) -> JSONDocument {
        guard depth < Self.depthLimit else { throw DiscoveryFailure("JSON is nested deeper than \(Self.depthLimit)") }
        guard room > 0 else { throw DiscoveryFailure("JSON has more values than one answer may have") }
        room -= 1
        skipBlanks()
        guard position < bytes.count else { throw unexpected("where a value belongs") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONDocument) throws(DiscoveryFailure) -> JSONDocument {
        for byte in "\(text)".utf8 {
            guard position < bytes.count, bytes[position] == byte else { throw unexpected("in \(text)") }
            position += 1
        }
        return value
    }

    private mutating func object(_ depth: Int) throws(DiscoveryFailure) -> JSONDocument {
        position += 1
        var members: [JSONDocument.Member] = []
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw unexpected("where a name belongs")
            }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw unexpected("after a name") }
            let isIgnored = ignored.contains(name), value = try value(depth + 1)
            if !isIgnored || !value.hasParts { members.append(.init(name: name, value: value)) }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected("in an object") }
        return .object(members)
    }

    private mutating func list(_ depth: Int) throws(DiscoveryFailure) -> JSONDocument {
        position += 1
        var elements: [JSONDocument] = []
        if take(UInt8(ascii: "]")) { return .list(elements) }
        repeat { elements.append(try value(depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected("in a list") }
        return .list(elements)
    }

    private mutating func number() throws(DiscoveryFailure) -> JSONDocument {
        let start = position
        _ = takeOne(of: "-")
        let first = position
        guard takeDigits(), bytes[first] != UInt8(ascii: "0") || position == first + 1 else {
            throw unexpected("where a value belongs")
        }
        if takeOne(of: "."), !takeDigits() { throw unexpected("in a number") }
        if takeOne(of: "eE") {
            _ = takeOne(of: "+-")
            guard takeDigits() else { throw unexpected("in a number") }
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func takeOne(of choice: StaticString) -> Bool {
        guard position < bytes.count, choice.description.utf8.contains(bytes[position]) else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Bool {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position > start
    }

    // MARK: Bytes

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}
