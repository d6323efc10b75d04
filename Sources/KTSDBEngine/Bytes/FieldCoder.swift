/// Writes or reads the fields of a structure on disk. A structure lists its fields once, in the order of FORMAT.md, for
/// both directions.
protocol FieldCoder: ~Copyable, ~Escapable {
    /// An integer, lowest byte first.
    mutating func field<Value: FixedWidthInteger & BitwiseCopyable>(_ value: inout Value)
    mutating func varint(_ value: inout UInt64)
    mutating func zigzag(_ value: inout Int64)
    /// An integer that always has this value; reading fails for any other.
    mutating func constant<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value)
}

/// A structure on disk that lists its fields once.
protocol FieldLayout {
    /// Passes every field to `coder`, in the order of FORMAT.md.
    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder)
}

extension FieldLayout {
    /// Appends all fields.
    func encode(into buffer: inout FieldBuffer) {
        var copy = self, writer = FieldWriter(buffer: buffer)
        copy.fields(&writer)
        buffer = writer.finish()
    }

    /// Reads all fields at the cursor. Returns false if the bytes are too short or malformed, or a constant differs.
    mutating func decode(_ cursor: inout FieldCursor, in bytes: RawSpan) -> Bool {
        var reader = FieldReader(bytes, cursor)
        fields(&reader)
        cursor = reader.cursor
        return reader.isValid
    }
}

/// A structure on disk whose fields are integers of fixed widths.
protocol FixedLayout: FieldLayout {
    /// The length of all fields in bytes.
    static var byteCount: Int { get }
    /// A value to read into.
    init()
}

extension FixedLayout {
    /// Reads the fields at `offset`; nil if the bytes are too short, or a constant differs.
    init?(_ bytes: RawSpan, at offset: Int = 0) {
        guard offset >= 0, bytes.byteCount - offset >= Self.byteCount else { return nil }
        self.init()
        var cursor = FieldCursor(offset..<(offset + Self.byteCount))
        guard decode(&cursor, in: bytes) else { return nil }
    }
}

private struct FieldWriter: FieldCoder, ~Copyable {
    private var buffer: FieldBuffer

    /// Appends to `buffer`, which ``finish()`` returns.
    init(buffer: consuming FieldBuffer) { self.buffer = buffer }

    consuming func finish() -> FieldBuffer { buffer }

    mutating func field<Value: FixedWidthInteger & BitwiseCopyable>(_ value: inout Value) {
        buffer.append(littleEndian: value)
    }
    mutating func constant<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        buffer.append(littleEndian: value)
    }
    mutating func varint(_ value: inout UInt64) { buffer.append(varint: value) }
    mutating func zigzag(_ value: inout Int64) { buffer.append(zigzag: value) }
}

private struct FieldReader: FieldCoder, ~Escapable {
    private let bytes: RawSpan
    private(set) var cursor: FieldCursor
    private(set) var isValid = true

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ cursor: FieldCursor) {
        self.bytes = bytes
        self.cursor = cursor
    }

    mutating func field<Value: FixedWidthInteger & BitwiseCopyable>(_ value: inout Value) {
        take(cursor.littleEndian(Value.self, in: bytes), into: &value)
    }
    mutating func constant<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        if cursor.littleEndian(Value.self, in: bytes) != value { isValid = false }
    }
    mutating func varint(_ value: inout UInt64) { take(cursor.varint(in: bytes), into: &value) }
    mutating func zigzag(_ value: inout Int64) { take(cursor.zigzag(in: bytes), into: &value) }

    private mutating func take<Value>(_ found: Value?, into value: inout Value) {
        if let found { value = found } else { isValid = false }
    }
}
