internal import KTSDBModel

extension DeletionRecord {
    /// The only version that is written and read.
    static let version: UInt8 = 1
    /// The most bytes that the matchers of one deletion may have, names and values together.
    static let matcherByteLimit = 1 << 16
    private static let operations: [LabelMatcher.Operation] = [.equal, .notEqual, .matches, .doesNotMatch]

    /// The record's bytes.
    var encoded: [UInt8] {
        var buffer = FieldBuffer()
        buffer.append(Self.version)
        buffer.append((isFinal ? 1 : 0) as UInt8)
        buffer.append(varint: through)
        buffer.append(varint: sequence)
        buffer.append(zigzag: createdAt)
        buffer.append(zigzag: range.lowerBound)
        buffer.append(zigzag: range.upperBound)
        buffer.append(varint: UInt64(lists.count))
        for matchers in lists {
            buffer.append(varint: UInt64(matchers.count))
            for matcher in matchers {
                buffer.append(UInt8(Self.operations.firstIndex(of: matcher.operation)!))
                Self.append(matcher.name, to: &buffer)
                Self.append(matcher.value, to: &buffer)
            }
        }
        return buffer.bytes.array
    }

    /// Reads a record; nil if the key or the bytes are malformed, or if the version is unknown.
    init?(key: String, _ bytes: [UInt8]) {
        guard let id = UInt64(key, radix: 16), FileName.digits(id) == key else { return nil }
        self.init(id: id, bytes.span.rawBytes)
    }

    private init?(id: UInt64, _ bytes: RawSpan) {
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard cursor.byte(in: bytes) == Self.version, let flags = cursor.byte(in: bytes), flags <= 1,
            let through = cursor.varint(in: bytes), let sequence = cursor.varint(in: bytes),
            let createdAt = cursor.zigzag(in: bytes), let first = cursor.zigzag(in: bytes),
            let last = cursor.zigzag(in: bytes), first <= last,
            let lists = Self.lists(&cursor, in: bytes), cursor.remaining == 0
        else { return nil }
        self.init(
            id: id, lists: lists, range: first...last, through: through, sequence: sequence, createdAt: createdAt,
            isFinal: flags == 1)
    }

    private static func lists(_ cursor: inout FieldCursor, in bytes: RawSpan) -> [[LabelMatcher]]? {
        guard let count = cursor.count(in: bytes), count > 0 else { return nil }
        var lists: [[LabelMatcher]] = []
        for _ in 0..<count {
            guard let matcherCount = cursor.count(in: bytes), matcherCount > 0 else { return nil }
            var matchers: [LabelMatcher] = []
            for _ in 0..<matcherCount {
                guard let matcher = matcher(&cursor, in: bytes) else { return nil }
                matchers.append(matcher)
            }
            lists.append(matchers)
        }
        return lists
    }

    private static func matcher(_ cursor: inout FieldCursor, in bytes: RawSpan) -> LabelMatcher? {
        guard let operation = cursor.byte(in: bytes), operation < operations.count,
            let name = text(&cursor, in: bytes), let value = text(&cursor, in: bytes)
        else { return nil }
        return try? LabelMatcher(name, operations[Int(operation)], value)
    }

    private static func append(_ text: String, to buffer: inout FieldBuffer) {
        let bytes = Array(text.utf8)
        buffer.append(varint: UInt64(bytes.count))
        buffer.append(bytes.span.rawBytes)
    }

    private static func text(_ cursor: inout FieldCursor, in bytes: RawSpan) -> String? {
        guard let length = cursor.count(in: bytes), let range = cursor.take(length) else { return nil }
        return String(decoding: bytes.extracting(range).array, as: UTF8.self)
    }
}
