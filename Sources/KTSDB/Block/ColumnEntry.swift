/// One column of one series in the directory.
struct ColumnEntry {
    enum Values {
        /// All values have these bits.
        case constant(UInt64)
        /// The column stands at this offset of this page.
        case xor(page: Int, offset: Int)
    }

    /// The number of the time column.
    var timeColumn: Int
    /// The rows of the time column; nil for all of them.
    var rows: Range<Int>?
    var values: Values

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
        guard let word = cursor.varint(in: bytes) else { return nil }
        switch ValueColumnKind(rawValue: head & BlockFormat.kindMask) {
        case .constant: values = .constant(word.byteSwapped)
        case .xor:
            let page = word >> UInt64(BlockFormat.pageOffsetBits)
            guard page < UInt64(UInt32.max) else { return nil }
            values = .xor(page: Int(page), offset: Int(word & UInt64(BlockFormat.pageLimit - 1)))
        case nil: return nil
        }
    }

    /// Goes behind all entries of a record.
    static func skipAll(_ cursor: inout FieldCursor, in bytes: RawSpan) -> Bool {
        guard let count = cursor.count(in: bytes) else { return false }
        for _ in 0..<count where ColumnEntry(&cursor, in: bytes) == nil { return false }
        return true
    }
}
