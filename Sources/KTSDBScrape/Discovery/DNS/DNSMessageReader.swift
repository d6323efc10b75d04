/// Reads the parts of a message of the domain name system. It never reads beyond the bytes, and refuses names that are
/// longer than 255 bytes or refer to a later position.
struct DNSMessageReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func byte() throws(DNSMessage.Malformed) -> UInt8 {
        guard position < bytes.count else { throw DNSMessage.Malformed() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func word() throws(DNSMessage.Malformed) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    /// Reads a name; the result ends with a dot.
    mutating func name() throws(DNSMessage.Malformed) -> String {
        var text = "", place = position, end: Int?, length = 0, earliest = position
        while true {
            guard place < bytes.count else { throw DNSMessage.Malformed() }
            let count = Int(bytes[place])
            if count >= 0xc0 {
                guard place + 1 < bytes.count else { throw DNSMessage.Malformed() }
                let target = (count & 0x3f) << 8 | Int(bytes[place + 1])
                // References that only point backwards cannot form a cycle.
                guard target < earliest else { throw DNSMessage.Malformed() }
                end = end ?? place + 2
                (place, earliest) = (target, target)
                continue
            }
            guard count < 0x40, place + 1 + count <= bytes.count else { throw DNSMessage.Malformed() }
            length += 1 + count
            guard length <= 255 else { throw DNSMessage.Malformed() }
            if count == 0 {
                position = end ?? place + 1
                return text.isEmpty ? "." : text
            }
            for byte in bytes[(place + 1)...(place + count)] { text += Self.shown(byte) }
            text += "."
            place += 1 + count
        }
    }

    /// Returns a byte of a name as zone files write it.
    private static func shown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "'"), UInt8(ascii: " "):
            "\\" + String(Unicode.Scalar(byte))
        case 0x21...0x7e: String(Unicode.Scalar(byte))
        default: "\\" + String(repeating: "0", count: byte < 10 ? 2 : byte < 100 ? 1 : 0) + String(byte)
        }
    }

    mutating func record() throws(DNSMessage.Malformed) -> DNSMessage.Record {
        _ = try name()
        let type = try word(), kind = try word()
        _ = try word()
        _ = try word()
        let count = Int(try word()), end = position + count
        guard end <= bytes.count else { throw DNSMessage.Malformed() }
        // Class IN.
        let record = kind == 1 ? try content(DNSRecordType(rawValue: type), count) : .other
        guard position <= end else { throw DNSMessage.Malformed() }
        position = end
        return record
    }

    private mutating func content(
        _ type: DNSRecordType?, _ count: Int
    ) throws(DNSMessage.Malformed) -> DNSMessage.Record {
        switch type {
        case .a, .aaaa:
            guard count == (type == .a ? 4 : 16) else { throw DNSMessage.Malformed() }
            return .address(Array(bytes[position..<(position + count)]))
        case .ns: return .nameServer(try name())
        case .mx:
            _ = try word()
            return .mailServer(try name())
        case .srv:
            _ = try word()
            _ = try word()
            let port = Int(try word())
            return .service(target: try name(), port: port)
        case nil: return .other
        }
    }
}
