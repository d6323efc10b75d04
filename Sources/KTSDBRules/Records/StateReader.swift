internal import KTSDBModel

/// Reads the fields of a record. It never traps, whatever the bytes are, and decodes at most `limit` bytes of texts.
struct StateReader {
    private let bytes: [UInt8]
    private(set) var position = 0
    /// The bytes of texts that may still be decoded. Texts share prefixes, so a few bytes can decode to many.
    private var allowance: Int

    init(_ bytes: [UInt8], limit: Int) {
        self.bytes = bytes
        allowance = limit
    }

    var isAtEnd: Bool { position == bytes.count }
    var malformed: RuleStateError { .malformed(offset: position) }

    mutating func byte() throws(RuleStateError) -> UInt8 {
        guard position < bytes.count else { throw malformed }
        position += 1
        return bytes[position - 1]
    }

    /// Reads how many items follow, each of which takes at least a byte.
    mutating func count() throws(RuleStateError) -> Int {
        let value = try varint()
        guard value <= UInt64(bytes.count - position) else { throw malformed }
        return Int(value)
    }

    private mutating func varint() throws(RuleStateError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, through: 63, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw malformed }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw malformed
    }

    mutating func time(from base: PreciseTime) throws(RuleStateError) -> PreciseTime {
        let code = try varint()
        let difference = Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1)
        return PreciseTime(nanoseconds: base.nanoseconds &+ difference)
    }

    mutating func double() throws(RuleStateError) -> Double {
        guard bytes.count - position >= 8 else { throw malformed }
        let bits = bytes[position..<position + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        position += 8
        return Double(bitPattern: bits)
    }

    mutating func text(after previous: [UInt8]) throws(RuleStateError) -> [UInt8] {
        let shared = try varint()
        guard shared <= UInt64(previous.count) else { throw malformed }
        let count = try count()
        allowance -= Int(shared) + count
        guard allowance >= 0 else { throw malformed }
        position += count
        return Array(previous[..<Int(shared)]) + bytes[position - count..<position]
    }
}
