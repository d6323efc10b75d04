/// The reason why a record cannot be read: it is damaged, or of a later version.
package struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// Reads the fields of a record. Any bytes give values or an error.
struct RecordReader {
    private let bytes: [UInt8]
    private var position = 0
    private let what: String

    /// Begins with a record, and refuses another version than the one that is known.
    init(_ bytes: [UInt8], version: UInt8, what: String) throws(RecordError) {
        self.bytes = bytes
        self.what = what
        let found = try byte()
        guard found == version else {
            throw RecordError(
                "The stored \(what) has format \(found), and this version reads \(version). "
                    + "Use the version that wrote it."
            )
        }
    }

    private func damaged(_ reason: String) -> RecordError {
        RecordError("The stored \(what) is damaged at byte \(position): \(reason).")
    }

    mutating func byte() throws(RecordError) -> UInt8 {
        guard position < bytes.count else { throw damaged("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() throws(RecordError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { break }
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
        }
        throw damaged("a number has more than 64 bits")
    }

    /// The number of elements that follow, each of which has at least `width` bytes.
    mutating func count(width: Int) throws(RecordError) -> Int {
        let count = try number()
        guard count <= UInt64((bytes.count - position) / width) else { throw damaged("\(count) elements do not fit") }
        return Int(count)
    }

    mutating func signed() throws(RecordError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func word() throws(RecordError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 8) { result |= UInt64(try byte()) << shift }
        return result
    }

    mutating func block() throws(RecordError) -> [UInt8] {
        let count = try count(width: 1)
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func text() throws(RecordError) -> String {
        guard let text = String(validating: try block(), as: UTF8.self) else { throw damaged("a text is not UTF-8") }
        return text
    }

    mutating func time() throws(RecordError) -> WallTime {
        let seconds = try signed(), nanoseconds = try number()
        guard nanoseconds < 1_000_000_000, seconds.magnitude <= WallTime.secondLimit.magnitude else {
            throw damaged("a time is out of range")
        }
        return WallTime(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    mutating func flag() throws(RecordError) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw damaged("a flag is \(byte)") }
        return byte == 1
    }

    mutating func pairs() throws(RecordError) -> KeyValues {
        var pairs: [(String, String)] = []
        for _ in 0..<(try count(width: 2)) { pairs.append((try text(), try text())) }
        return KeyValues(pairs)
    }

    /// Refuses bytes that have not been read.
    func finish() throws(RecordError) {
        guard position == bytes.count else { throw damaged("\(bytes.count - position) bytes are left") }
    }
}
