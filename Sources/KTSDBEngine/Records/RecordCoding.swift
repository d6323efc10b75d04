internal import KTSDBModel

/// Encodes and decodes records for frames of the log and for checkpoints: FORMAT.md, section 9.
enum RecordCoding {
    /// Appends all changes, ascending by the bytes of their spaces and keys.
    static func encode(_ changes: RecordChanges, into buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(changes.spaces.count))
        for (space, keys) in changes.spaces.map({ (Array($0.key.name.utf8), $0.value) }).sorted(by: {
            $0.0.lexicographicallyPrecedes($1.0)
        }) {
            append(space, to: &buffer)
            buffer.append(varint: UInt64(keys.count))
            var affixes = AffixCoder()
            for (key, bytes) in keys.map({ (Array($0.key.utf8), $0.value) }).sorted(by: {
                $0.0.lexicographicallyPrecedes($1.0)
            }) {
                affixes.append(key, to: &buffer)
                buffer.append((bytes == nil ? 0 : 1) as UInt8)
                if let bytes { append(bytes, to: &buffer) }
            }
        }
    }

    /// Reads changes; nil when the bytes are malformed, or continue after the last change.
    static func decode(_ bytes: RawSpan, _ range: Range<Int>) -> RecordChanges? {
        var cursor = FieldCursor(range), changes = RecordChanges()
        guard let spaceCount = cursor.count(in: bytes) else { return nil }
        for _ in 0..<spaceCount {
            guard let name = self.bytes(&cursor, in: bytes), let keyCount = cursor.count(in: bytes) else { return nil }
            let space = RecordSpace(String(decoding: name, as: UTF8.self))
            var affixes = AffixCoder()
            for _ in 0..<keyCount {
                guard let key = affixes.next(&cursor, in: bytes, limit: .max), let kind = cursor.byte(in: bytes),
                    kind <= 1
                else { return nil }
                var value: [UInt8]?
                if kind == 1 {
                    guard let found = self.bytes(&cursor, in: bytes) else { return nil }
                    value = found
                }
                changes.set(String(decoding: key, as: UTF8.self), value, in: space)
            }
        }
        return cursor.remaining == 0 ? changes : nil
    }

    private static func append(_ bytes: [UInt8], to buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(bytes.count))
        // SAFETY: the bytes of a span of bytes may be read as such.
        unsafe buffer.append(bytes.span.bytes)
    }

    private static func bytes(_ cursor: inout FieldCursor, in bytes: RawSpan) -> [UInt8]? {
        guard let length = cursor.count(in: bytes), let range = cursor.take(length) else { return nil }
        // SAFETY: the pointer is used during the call only.
        return unsafe bytes.extracting(range).withUnsafeBytes { unsafe Array($0) }
    }
}
