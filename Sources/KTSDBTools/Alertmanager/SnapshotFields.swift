internal import KTSDBNotify

/// Reads the fields of protocol buffers. Any bytes are safe: what is cut off or too long throws.
enum SnapshotFields {
    struct Malformed: Error, CustomStringConvertible {
        var offset: Int
        var description: String { "malformed at byte \(offset)" }
    }

    /// A field: its number, the range of its bytes if it has some, and its value if it is a number.
    struct Field {
        var number: Int
        var range = 0..<0
        var value: UInt64 = 0
        var isNumber = true
    }

    /// The ranges of messages that follow their lengths.
    static func messages(_ bytes: [UInt8]) throws(Malformed) -> [Range<Int>] {
        var result: [Range<Int>] = [], position = 0
        while position < bytes.count { result.append(try range(bytes, &position, end: bytes.count)) }
        return result
    }

    static func fields(_ bytes: [UInt8], _ range: Range<Int>) throws(Malformed) -> [Field] {
        var result: [Field] = [], position = range.lowerBound
        while position < range.upperBound {
            let tag = try varint(bytes, &position, end: range.upperBound)
            guard tag >= 8, tag >> 3 < 1 << 29 else { throw Malformed(offset: position) }
            var field = Field(number: Int(tag >> 3))
            switch tag & 7 {
            case 0: field.value = try varint(bytes, &position, end: range.upperBound)
            case 1: field.value = try fixed(bytes, &position, 8, end: range.upperBound)
            case 2:
                field.range = try self.range(bytes, &position, end: range.upperBound)
                field.isNumber = false
            case 5: field.value = try fixed(bytes, &position, 4, end: range.upperBound)
            default: throw Malformed(offset: position)
            }
            result.append(field)
        }
        return result
    }

    static func varint(_ bytes: [UInt8], _ position: inout Int, end: Int) throws(Malformed) -> UInt64 {
        var value: UInt64 = 0, shift: UInt64 = 0
        while position < end, shift < 70 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 127) &<< shift
            if byte < 128 { return value }
            shift += 7
        }
        throw Malformed(offset: position)
    }

    private static func fixed(
        _ bytes: [UInt8], _ position: inout Int, _ count: Int, end: Int
    ) throws(Malformed) -> UInt64 {
        guard end - position >= count else { throw Malformed(offset: position) }
        defer { position += count }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }

    private static func range(_ bytes: [UInt8], _ position: inout Int, end: Int) throws(Malformed) -> Range<Int> {
        let count = try varint(bytes, &position, end: end)
        guard count <= UInt64(end - position) else { throw Malformed(offset: position) }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// `google.protobuf.Timestamp`
    static func time(_ bytes: [UInt8], _ range: Range<Int>) throws(Malformed) -> WallTime {
        var seconds: Int64 = 0, nanoseconds: Int32 = 0
        for field in try fields(bytes, range) {
            if field.number == 1 { seconds = Int64(bitPattern: field.value) }
            if field.number == 2 { nanoseconds = Int32(truncatingIfNeeded: field.value) }
        }
        return WallTime(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// An entry of a map of texts.
    static func pair(_ bytes: [UInt8], _ range: Range<Int>) throws(Malformed) -> (String, String) {
        var name = "", value = ""
        for field in try fields(bytes, range) {
            if field.number == 1 { name = text(bytes, field.range) }
            if field.number == 2 { value = text(bytes, field.range) }
        }
        return (name, value)
    }
}
