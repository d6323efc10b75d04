/// One column of one series in the directory (FORMAT.md, section 5).
struct ColumnEntry {
    /// A page and an offset in it.
    struct Position {
        var page: Int, offset: Int

        init(page: Int, offset: Int) {
            self.page = page
            self.offset = offset
        }

        init?(_ word: UInt64) {
            page = Int(word >> UInt64(BlockFormat.pageOffsetBits))
            offset = Int(word & UInt64(BlockFormat.pageLimit - 1))
            guard page < Int(UInt32.max) else { return nil }
        }

        var word: UInt64 { UInt64(page) << UInt64(BlockFormat.pageOffsetBits) | UInt64(offset) }
    }

    enum Values {
        /// All values have these bits.
        case constant(UInt64)
        /// ``ValueColumn``'s codes.
        case xor(Position)
        /// An ``AdaptiveColumn``.
        case adaptive(Position)
        /// The sum of the columns 0 to `index` of a ``BucketFamily``.
        case bucket(Position, index: Int)
        /// Histograms. The range has their description: in the record that is read, or in the bytes to be written.
        case histograms(Range<Int>)
    }

    /// The start times of the samples.
    enum Starts {
        /// The same for all rows.
        case constant(Int64)
        /// An ``IntegerColumn``.
        case integers(Position)
    }

    /// The number of the time column.
    var timeColumn: Int
    /// The rows of the time column; nil for all of them.
    var rows: Range<Int>?
    var values: Values
    /// nil if no row has a known start time.
    var starts: Starts?

    init(timeColumn: Int, rows: Range<Int>?, values: Values) {
        self.timeColumn = timeColumn
        self.rows = rows
        self.values = values
    }

    /// Reads an entry; nil if the bytes are malformed or its kind is unknown to this version.
    @inline(__always)
    init?(_ cursor: inout FieldCursor, in bytes: RawSpan) {
        guard let head = cursor.byte(in: bytes),
            head & ~(BlockFormat.kindMask | BlockFormat.wholeFlag | BlockFormat.startsFlag) == 0,
            let column = cursor.varint(in: bytes), column < UInt64(UInt32.max)
        else { return nil }
        timeColumn = Int(column)
        if head & BlockFormat.wholeFlag == 0 {
            guard let first = cursor.varint(in: bytes), let count = cursor.varint(in: bytes),
                first < UInt64(TimeColumn.maximumRows), count > 0, count <= UInt64(ValueColumn.maximumRows)
            else { return nil }
            rows = Int(first)..<Int(first + count)
        }
        guard let kind = ValueColumnKind(rawValue: head & BlockFormat.kindMask),
            let word = cursor.varint(in: bytes)
        else { return nil }
        guard let values = Self.values(kind, word, &cursor, in: bytes) else { return nil }
        self.values = values
        guard head & BlockFormat.startsFlag != 0 else { return }
        guard let starts = Self.starts(&cursor, in: bytes) else { return nil }
        self.starts = starts
    }

    @inline(__always)
    private static func values(
        _ kind: ValueColumnKind, _ word: UInt64, _ cursor: inout FieldCursor, in bytes: RawSpan
    ) -> Values? {
        switch kind {
        case .constant: return .constant(word.byteSwapped)
        case .xor: return Position(word).map { .xor($0) }
        case .adaptive: return Position(word).map { .adaptive($0) }
        case .bucket:
            guard let position = Position(word), let index = cursor.varint(in: bytes),
                index <= UInt64(BucketFamily.maximumIndex)
            else { return nil }
            return .bucket(position, index: Int(index))
        case .histograms: return Int(exactly: word).flatMap { cursor.take($0) }.map { .histograms($0) }
        }
    }

    private static func starts(_ cursor: inout FieldCursor, in bytes: RawSpan) -> Starts? {
        guard let word = cursor.varint(in: bytes) else { return nil }
        if word == 0 { return cursor.zigzag(in: bytes).map { .constant($0) } }
        return Position(word - 1).map { .integers($0) }
    }

    /// Appends the entry. `description` has the description of histograms.
    func write(to buffer: inout FieldBuffer, describing description: borrowing FieldBuffer) {
        let kind: ValueColumnKind =
            switch values {
            case .constant: .constant
            case .xor: .xor
            case .adaptive: .adaptive
            case .bucket: .bucket
            case .histograms: .histograms
            }
        let flags = (rows == nil ? BlockFormat.wholeFlag : 0) | (starts == nil ? 0 : BlockFormat.startsFlag)
        buffer.append(kind.rawValue | flags)
        buffer.append(varint: UInt64(timeColumn))
        if let rows {
            buffer.append(varint: UInt64(rows.lowerBound))
            buffer.append(varint: UInt64(rows.count))
        }
        switch values {
        case .constant(let bits): buffer.append(varint: bits.byteSwapped)
        case .xor(let position), .adaptive(let position): buffer.append(varint: position.word)
        case .bucket(let position, let index):
            buffer.append(varint: position.word)
            buffer.append(varint: UInt64(index))
        case .histograms(let range):
            buffer.append(varint: UInt64(range.count))
            buffer.append(description.bytes.extracting(range))
        }
        switch starts {
        case nil: break
        case .constant(let start):
            buffer.append(varint: 0)
            buffer.append(zigzag: start)
        case .integers(let position): buffer.append(varint: position.word + 1)
        }
    }

    /// Appends an entry of floats.
    func write(to buffer: inout FieldBuffer) { write(to: &buffer, describing: FieldBuffer()) }

    /// Skips all entries of a record. Returns false if one is malformed.
    static func skipAll(_ cursor: inout FieldCursor, in bytes: RawSpan) -> Bool {
        guard let count = cursor.count(in: bytes) else { return false }
        for _ in 0..<count where ColumnEntry(&cursor, in: bytes) == nil { return false }
        return true
    }
}
