internal import KTSDBModel

/// Finds the newest sample of a block's series in a time range. Reading series in order is cheap, because neighbours
/// mostly share a time column and a page. Not thread-safe.
final class BlockNewest {
    private var search: NewestSearch

    init(_ block: Block, in range: ClosedRange<Int64>) { search = NewestSearch(block, in: range) }

    /// Returns the newest sample of a series, if it is a float.
    func sample(of series: UInt32) throws(ReadError) -> HeadNewest.Sample { try search.sample(of: series) }
}

/// The state of a ``BlockNewest``, in one struct so that each call checks for exclusive access once.
private struct NewestSearch: ~Copyable {
    private let block: Block
    private let range: ClosedRange<Int64>
    private var records: BlockRecords
    /// The time column that was looked at last, and its rows in the range.
    private var times: (column: TimeColumnRecord, rows: Range<Int>)?
    private var page = LastPage()
    private var values = Column<Double>()

    init(_ block: Block, in range: ClosedRange<Int64>) {
        self.block = block
        self.range = range
        records = BlockRecords(block)
    }

    /// A column of a series, of which a row is the newest so far.
    private struct Newest {
        var values: ColumnEntry.Values
        var hasStarts: Bool
        var rows: Range<Int>
        var last: Int
        var time: Int64
    }

    mutating func sample(of series: UInt32) throws(ReadError) -> HeadNewest.Sample {
        if block.mask?.ranges(of: series) != nil { return .unknown }
        guard let newest = try find(series) else { return .none }
        if newest.hasStarts { return .unknown }
        switch newest.values {
        case .histograms: return .unknown
        case .constant(let bits): return HeadNewest.Sample(time: newest.time, value: Double(bitPattern: bits))
        default: break
        }
        values.removeAll()
        try block.decodeValues(
            newest.values, newest.rows, newest.last..<(newest.last + 1), &page, into: &values)
        return HeadNewest.Sample(time: newest.time, value: values[0])
    }

    private mutating func find(_ series: UInt32) throws(ReadError) -> Newest? {
        let place = try records.range(of: series)
        let bytes = try block.section(.series).bytes(place.lowerBound, place.count)
        var cursor = FieldCursor(0..<bytes.byteCount), newest: Newest?
        guard let count = cursor.count(in: bytes) else { throw block.damagedEntry(series) }
        for _ in 0..<count {
            guard let entry = ColumnEntry(&cursor, in: bytes) else { throw block.damagedEntry(series) }
            let (column, inRange) = try times(entry.timeColumn)
            let rows = entry.rows ?? 0..<column.rows
            guard rows.upperBound <= column.rows else { throw block.damagedEntry(series) }
            guard let last = rows.clamped(to: inRange).last else { continue }
            newest = Newest(
                values: entry.values, hasStarts: entry.starts != nil, rows: rows, last: last,
                time: try block.time(ofRow: last, in: column))
        }
        return newest
    }

    private mutating func times(_ number: Int) throws(ReadError) -> (column: TimeColumnRecord, rows: Range<Int>) {
        if let times, times.column.number == number { return times }
        let column = try block.timeColumn(number)
        let isOutside = column.first > range.upperBound || column.last < range.lowerBound
        let found = (column: column, rows: isOutside ? 0..<0 : try block.rows(of: column, in: range))
        times = found
        return found
    }
}

extension Block {
    /// Returns the time in a row of a time column.
    fileprivate func time(ofRow row: Int, in column: TimeColumnRecord) throws(ReadError) -> Int64 {
        if row == column.rows - 1 { return column.last }
        if let step = column.step { return column.first &+ Int64(bitPattern: step &* UInt64(row)) }
        return try irregularTimes(column)[row]
    }
}
