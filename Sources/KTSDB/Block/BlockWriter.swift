package import KTSDBModel

/// Writes one immutable block (FORMAT.md, section 5).
///
/// Pages of samples go to the file while series are added, in the order in which they are added: series that are read
/// together (those of one target) should come one after another. Labels and the directory stay in memory until
/// ``finish()``, some 100 bytes a series. A writer that fails, or is not finished, removes its file.
package struct BlockWriter: ~Copyable {
    private let output: BlockOutput
    private var summary: BlockSummary
    private var pages: BlockPages
    private var samplePage: OpenPage, timePage: OpenPage
    private var timeColumns: TimeColumnTable
    private var pool: TimeColumnPool
    private var directory: BlockDirectory
    private var scratch: FieldBuffer, entries: FieldBuffer

    /// Creates the file `path`, which must not exist; the MANIFEST decides whether it is a block of the database.
    package init(
        fileSystem: any FileSystem, path: String, number: UInt64, generation: UInt64, level: UInt8
    ) throws(FileError) {
        let output = try BlockOutput(fileSystem, path)
        try output.append(header(number, generation, level).bytes)
        self.output = output
        summary = BlockSummary(
            number: number, generation: generation, level: level, minTime: .max, maxTime: .min, byteCount: 0,
            seriesCount: 0, sampleCount: 0, footerCRC: 0)
        pages = BlockPages()
        samplePage = OpenPage()
        timePage = OpenPage()
        timeColumns = TimeColumnTable()
        pool = TimeColumnPool()
        directory = BlockDirectory()
        scratch = FieldBuffer(capacity: 2 * TimeColumn.maximumByteCount)
        entries = FieldBuffer()
    }

    deinit { output.abandon() }

    /// Adds a series with all of its samples in the block.
    ///
    /// - Precondition: the labels are not empty and were not added before; there is at least one sample, and as many
    ///   values as times; the times are strictly ascending.
    package mutating func add(
        _ labels: Labels, fingerprint: UInt64, times: Span<Int64>, values: Span<Double>
    ) throws(FileError) {
        precondition(!labels.isEmpty, "A series in a block has labels.")
        precondition(times.count > 0 && times.count == values.count, "A series has as many values as times.")
        precondition(Self.isAscending(times), "The times of a series ascend.")
        let (first, firstRow) = try timeColumn(of: times)
        entries.removeAll()
        var entryCount = 0
        var row = 0
        while row < times.count {
            // Columns are cut where the times' columns are, whatever the row at which the series begins.
            let (column, offset) = (firstRow + row).quotientAndRemainder(dividingBy: TimeColumn.maximumRows)
            let count = min(TimeColumn.maximumRows - offset, times.count - row)
            try addEntry(first + UInt32(column), offset, values.extracting(row..<(row + count)))
            entryCount += 1
            row += count
        }
        directory.append(labels, fingerprint: fingerprint, entryCount: entryCount, entries: entries)
        summary.seriesCount += 1
        summary.sampleCount += UInt64(times.count)
        summary.minTime = min(summary.minTime, times[0])
        summary.maxTime = max(summary.maxTime, times[times.count - 1])
    }

    /// Writes the index and makes the file durable; that its name is durable too is up to the caller.
    package consuming func finish() throws(FileError) -> BlockSummary {
        try samplePage.close(&pages, output)
        try timePage.close(&pages, output)
        try pages.finish(output)
        if summary.seriesCount == 0 { (summary.minTime, summary.maxTime) = (0, 0) }
        var index = IndexWriter(output)
        try index.write(.pages) { buffer in
            for page in pages.records {
                buffer.append(littleEndian: page.offset)
                buffer.append(littleEndian: page.byteCount)
                buffer.append(littleEndian: page.checksum)
            }
        }
        try index.write(.copies) { buffer in
            for copy in pages.copies {
                buffer.append(littleEndian: UInt64(copy.page))
                buffer.append(littleEndian: copy.offset)
            }
        }
        try index.write(.timeColumns) { $0.append(timeColumns.bytes) }
        try directory.write(to: &index)
        try index.finish(&summary)
        try output.finish()
        return summary
    }

    /// The number of the column that has the first of these times, or a column some columns before it, and how many
    /// rows behind that column's first row the time is.
    private mutating func timeColumn(of times: Span<Int64>) throws(FileError) -> (column: UInt32, firstRow: Int) {
        if let (sequence, firstRow) = pool.find(times) { return (sequence.firstColumn, firstRow) }
        let column = UInt32(timeColumns.count)
        var row = 0
        while row < times.count {
            let count = min(TimeColumn.maximumRows, times.count - row)
            try addTimeColumn(times.extracting(row..<(row + count)))
            row += count
        }
        _ = pool.insert(times, firstColumn: column)
        return (column, 0)
    }

    private mutating func addTimeColumn(_ times: Span<Int64>) throws(FileError) {
        var page = BlockFormat.noPage, offset = 0
        if !TimeColumn.isRegular(times) {
            scratch.removeAll()
            // SAFETY: there is room for both of the encodings that are tried.
            let length = unsafe TimeColumn.encode(times, to: scratch.room(for: 2 * TimeColumn.maximumByteCount))
            scratch.commit(length)
            (page, offset) = try timePage.append(scratch, to: &pages, output)
        }
        timeColumns.append(
            TimeColumnTable.Record(
                page: page, offset: UInt16(offset), rows: UInt16(times.count), first: times[0],
                last: times[times.count - 1])
        )
    }

    private mutating func addEntry(_ column: UInt32, _ firstRow: Int, _ values: Span<Double>) throws(FileError) {
        let (rows, page) = timeColumns.use(column)
        timePage.use(page)
        let isWhole = firstRow == 0 && values.count == rows
        let kind: ValueColumnKind = ValueColumn.isConstant(values) ? .constant : .xor
        entries.append(kind.rawValue | (isWhole ? BlockFormat.wholeFlag : 0))
        entries.append(varint: UInt64(column))
        if !isWhole {
            entries.append(varint: UInt64(firstRow))
            entries.append(varint: UInt64(values.count))
        }
        switch kind {
        case .constant: entries.append(varint: values[0].bitPattern.byteSwapped)
        case .xor:
            scratch.removeAll()
            // SAFETY: there is room for any column.
            let length = unsafe ValueColumn.encodeXOR(values, to: scratch.room(for: ValueColumn.maximumByteCount))
            scratch.commit(length)
            let (page, offset) = try samplePage.append(scratch, to: &pages, output)
            entries.append(varint: UInt64(page) << UInt64(BlockFormat.pageOffsetBits) | UInt64(offset))
        }
    }

    private static func isAscending(_ times: Span<Int64>) -> Bool {
        for row in 1..<times.count where times[row - 1] >= times[row] { return false }
        return true
    }
}

/// The first bytes of a block.
private func header(_ number: UInt64, _ generation: UInt64, _ level: UInt8) -> FieldBuffer {
    var header = FieldBuffer(capacity: BlockFormat.headerByteCount)
    header.append(littleEndian: BlockFormat.headerMagic)
    header.append(littleEndian: number)
    header.append(littleEndian: generation)
    header.append(littleEndian: BlockFormat.version)
    header.append(level)
    header.append(UInt8(0))
    header.append(littleEndian: header.bytes.crc32c())
    return header
}

/// The records of the time columns, by number.
struct TimeColumnTable: ~Copyable {
    struct Record {
        var page: UInt32
        var offset: UInt16, rows: UInt16
        var first: Int64, last: Int64
    }

    private var buffer = FieldBuffer()
    private var places: [(rows: UInt16, page: UInt32)] = []

    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { buffer.bytes }
    }

    var count: Int { places.count }

    mutating func append(_ record: Record) {
        buffer.append(littleEndian: record.page)
        buffer.append(littleEndian: record.offset)
        buffer.append(littleEndian: record.rows)
        buffer.append(littleEndian: record.first)
        buffer.append(littleEndian: record.last)
        places.append((record.rows, record.page))
    }

    func use(_ column: UInt32) -> (rows: Int, page: UInt32) {
        let place = places[Int(column)]
        return (Int(place.rows), place.page)
    }
}
