/// One column of one series in the directory.
struct ColumnEntry {
    /// Where bytes stand: at this offset of this page.
    struct Position {
        var page: Int, offset: Int

        init(page: Int, offset: Int) {
            self.page = page
            self.offset = offset
        }

        fileprivate init?(_ word: UInt64) {
            page = Int(word >> UInt64(BlockFormat.pageOffsetBits))
            offset = Int(word & UInt64(BlockFormat.pageLimit - 1))
            guard page < Int(UInt32.max) else { return nil }
        }

        fileprivate var word: UInt64 { UInt64(page) << UInt64(BlockFormat.pageOffsetBits) | UInt64(offset) }
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
    }

    /// The number of the time column.
    var timeColumn: Int
    /// The rows of the time column; nil for all of them.
    var rows: Range<Int>?
    var values: Values

    init(timeColumn: Int, rows: Range<Int>?, values: Values) {
        self.timeColumn = timeColumn
        self.rows = rows
        self.values = values
    }

    /// Reads an entry; nil if the bytes hold none that this version knows.
    @inline(__always)
    init?(_ cursor: inout FieldCursor, in bytes: RawSpan) {
        guard let head = cursor.byte(in: bytes), head & ~(BlockFormat.kindMask | BlockFormat.wholeFlag) == 0,
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
        if kind == .constant {
            values = .constant(word.byteSwapped)
            return
        }
        guard let position = Position(word) else { return nil }
        switch kind {
        case .xor: values = .xor(position)
        case .bucket:
            guard let index = cursor.varint(in: bytes), index <= UInt64(BucketFamily.maximumIndex) else { return nil }
            values = .bucket(position, index: Int(index))
        default: values = .adaptive(position)
        }
    }

    func write(to buffer: inout FieldBuffer) {
        let kind: ValueColumnKind =
            switch values {
            case .constant: .constant
            case .xor: .xor
            case .adaptive: .adaptive
            case .bucket: .bucket
            }
        buffer.append(kind.rawValue | (rows == nil ? BlockFormat.wholeFlag : 0))
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
        }
    }

    /// Goes behind all entries of a record.
    static func skipAll(_ cursor: inout FieldCursor, in bytes: RawSpan) -> Bool {
        guard let count = cursor.count(in: bytes) else { return false }
        for _ in 0..<count where ColumnEntry(&cursor, in: bytes) == nil { return false }
        return true
    }
}
