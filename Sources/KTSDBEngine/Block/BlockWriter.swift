package import KTSDBModel

/// Writes one immutable block (FORMAT.md, section 5).
///
/// Pages of samples go to the file while series are added, in that order. Series that are read together (those of one
/// target) should be added one after another, and the buckets of a histogram next to each other. Labels and the
/// directory stay in memory until ``finish()``, some 40 bytes a series (``BlockDirectory``). A writer that fails, or is
/// not finished, removes its file.
package struct BlockWriter: ~Copyable {
    private let output: BlockOutput
    private var summary: BlockSummary
    private var pages: BlockPages
    private var samplePage: OpenPage, timePage: OpenPage, exemplarPage: OpenPage
    private var exemplarRuns = ExemplarRunTable()
    /// The metadata by metric name. The block gets the entries of metrics that have series in it.
    var metadata: [String: MetricMetadata] = [:]
    /// Where the samples came from.
    package var origin: BlockOrigin?
    private var timeColumns: TimeColumnTable
    private var pool: TimeColumnPool
    private var directory: BlockDirectory
    private var scratch: FieldBuffer, entries: FieldBuffer
    var encoder: ColumnEncoder
    private var timeEncoder: IntegerEncoder
    private var encodedColumns = EncodedColumnPool()
    var family = PendingFamily()
    var chain = BucketChain()
    private var openSeries: OpenSeries?

    /// A series that is being added in pieces. Its entries are in `entries`.
    private struct OpenSeries {
        var labels: Labels
        var fingerprint: UInt64
        var entryCount = 0
        var lastTime = Int64.min
    }

    /// Creates the file at `path`, which must not exist. The MANIFEST decides whether it is a block of the database.
    ///
    /// Prefix codes, which are slower to decode, are used where they take less than `threshold` times the bytes of
    /// frames: ``ColumnEncoder/balanced`` for blocks that are read often, ``ColumnEncoder/small`` for old ones.
    /// `listLimit` series numbers are in memory at once while postings are made; the bytes of the block do not depend
    /// on it.
    package init(
        fileSystem: any FileSystem, path: String, number: UInt64, lastSequence: UInt64, level: UInt8,
        replaces: Bool = false, threshold: Double = ColumnEncoder.balanced, listLimit: Int = 3 << 20
    ) throws(FileError) {
        let output = try BlockOutput(fileSystem, path)
        var head = FieldBuffer(capacity: BlockHeader.byteCount)
        let summary = BlockSummary(
            number: number, lastSequence: lastSequence, level: level, replaces: replaces, minTime: .max, maxTime: .min,
            byteCount: 0, seriesCount: 0, sampleCount: 0, checksum: 0)
        BlockHeader(number: number, lastSequence: lastSequence, level: summary.levelAndFlag).encode(into: &head)
        try output.append(head.bytes)
        self.output = output
        self.summary = summary
        pages = BlockPages()
        samplePage = OpenPage()
        timePage = OpenPage()
        exemplarPage = OpenPage()
        timeColumns = TimeColumnTable()
        pool = TimeColumnPool()
        directory = BlockDirectory(listLimit: listLimit)
        scratch = FieldBuffer(capacity: BlockFormat.pageLimit)
        entries = FieldBuffer()
        encoder = ColumnEncoder(threshold: threshold)
        timeEncoder = IntegerEncoder(threshold: threshold)
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
        if let bucket = BucketName(labels), times.count <= PendingFamily.rowLimit {
            let place = try timeColumn(of: times)
            count(times)
            summary.seriesCount += 1
            if bucket.family != family.name || family.isFull { try finishFamily() }
            family.append(bucket, labels, fingerprint, place, values)
            return
        }
        try begin(labels, fingerprint: fingerprint)
        try append(times: times, values: values)
        endSeries()
    }

    /// Begins a series whose samples come in pieces, so that they need not all be in memory.
    ///
    /// - Precondition: the labels are not empty and were not added before.
    mutating func begin(_ labels: Labels, fingerprint: UInt64) throws(FileError) {
        precondition(!labels.isEmpty, "A series in a block has labels.")
        try finishFamily()
        entries.removeAll()
        openSeries = OpenSeries(labels: labels, fingerprint: fingerprint)
    }

    /// Adds samples to the series that was begun last.
    ///
    /// - Precondition: there are as many values as times; the times ascend and come after those of earlier pieces.
    mutating func append(times: Span<Int64>, values: Span<Double>) throws(FileError) {
        precondition(times.count == values.count, "A series has as many values as times.")
        guard let place = try beginRows(times) else { return }
        var row = 0
        while row < values.count {
            let rows = place.rows(from: row, through: values.count)
            let piece = values.extracting(row..<(row + rows.count))
            let entry = entry(place, row, rows, try encode(piece))
            entry.write(to: &entries)
            openSeries!.entryCount += 1
            row += rows.count
        }
    }

    /// Adds a series that may have histograms and start times. Its samples are the rows `rows` of `columns`.
    ///
    /// - Precondition: as for ``add(_:fingerprint:times:values:)``.
    package mutating func add(
        _ labels: Labels, fingerprint: UInt64, _ columns: borrowing SampleColumns, rows: Range<Int>
    ) throws(FileError) {
        guard columns.hasDetails else {
            return try add(
                labels, fingerprint: fingerprint, times: columns.times.span.extracting(rows),
                values: columns.values.span.extracting(rows))
        }
        try begin(labels, fingerprint: fingerprint)
        try append(columns, rows: rows)
        endSeries()
    }

    /// Adds samples to the series that was begun last. They may be histograms and have start times.
    ///
    /// - Precondition: as for ``append(times:values:)``.
    mutating func append(_ columns: borrowing SampleColumns, rows: Range<Int>) throws(FileError) {
        let times = columns.times.span.extracting(rows)
        guard columns.hasDetails else {
            return try append(times: times, values: columns.values.span.extracting(rows))
        }
        guard let place = try beginRows(times) else { return }
        var row = rows.lowerBound
        while row < rows.upperBound {
            let first = row - rows.lowerBound
            let column = place.rows(from: first, through: rows.count)
            let run = HistogramRuns.run(in: columns, row..<(row + column.count))
            var description = FieldBuffer()
            let values: ColumnEntry.Values
            if let histograms = run.histograms {
                try encode(columns.histograms.values[histograms], into: &description)
                values = .histograms(0..<description.count)
            } else {
                values = try encode(columns.values.span.extracting(run.rows))
            }
            let end = column.lowerBound + run.rows.count
            var entry = entry(place, first, column.lowerBound..<end, values)
            entry.starts = try encodeStarts(of: columns, run.rows)
            entry.write(to: &entries, describing: description)
            openSeries!.entryCount += 1
            row = run.rows.upperBound
        }
    }

    /// Counts the times of a piece and returns where they are stored, or nil if it is empty.
    private mutating func beginRows(_ times: Span<Int64>) throws(FileError) -> TimePlace? {
        guard times.count > 0 else { return nil }
        precondition(Self.isAscending(times), "The times of a series ascend.")
        precondition(openSeries!.entryCount == 0 || openSeries!.lastTime < times[0], "The times of a series ascend.")
        openSeries!.lastTime = times[times.count - 1]
        count(times)
        return try timeColumn(of: times)
    }

    /// Ends the series that was begun last. It has samples.
    mutating func endSeries() {
        let series = openSeries!
        openSeries = nil
        precondition(series.entryCount > 0, "A series in a block has samples.")
        summary.seriesCount += 1
        directory.append(
            series.labels, fingerprint: series.fingerprint, entryCount: series.entryCount, entries: entries)
    }

    private mutating func count(_ times: Span<Int64>) {
        summary.sampleCount += UInt64(times.count)
        summary.minTime = min(summary.minTime, times[0])
        summary.maxTime = max(summary.maxTime, times[times.count - 1])
    }

    /// Adds exemplars of a series, which is added before or after: one a minute, ascending. Those of any other series
    /// are left out.
    mutating func add(
        _ exemplars: [StoredExemplar], of labels: Labels, fingerprint: UInt64
    ) throws(FileError) {
        var rest = exemplars[...]
        while let first = rest.first {
            scratch.removeAll()
            let count = ExemplarRun.encode(rest, into: &scratch)
            let (page, offset) = try exemplarPage.append(scratch, to: &pages, output)
            let run = ExemplarRun(
                series: 0, position: ColumnEntry.Position(page: Int(page), offset: offset), byteCount: scratch.count,
                count: count, first: first.time, last: rest[rest.startIndex + count - 1].time)
            exemplarRuns.append(run, of: labels, fingerprint: fingerprint)
            rest = rest.dropFirst(count)
        }
    }

    /// The bytes in memory, about: buckets that wait for the rest of their histogram, times, the directory.
    package var bufferedByteCount: Int {
        family.byteCount + pool.byteCount + directory.byteCount + exemplarRuns.byteCount
    }

    /// The bytes that ``finish()`` takes in addition while it writes the index, about.
    package var indexByteCount: Int { directory.indexByteCount }

    /// Stores histograms of one layout, each of their numbers as a column, and describes them: the layout, then for
    /// each group of adjacent columns their number and position.
    private mutating func encode(
        _ histograms: ArraySlice<Histogram>, into description: inout FieldBuffer
    ) throws(FileError) {
        let layout = HistogramLayout(histograms.first!)
        layout.encode(into: &description)
        var numbers = Column<Double>(capacity: histograms.count * layout.laneCount)
        for histogram in histograms { histogram.forEachLane { numbers.append($0) } }
        var lane = Column<Double>(capacity: histograms.count)
        var group = FieldBuffer(), count = 0
        for number in 0..<layout.laneCount {
            lane.removeAll()
            for row in 0..<histograms.count { lane.append(numbers[row * layout.laneCount + number]) }
            encoder.encode(lane.span)
            if count > 0, group.count + encoder.bytes.byteCount > BlockFormat.pageTarget {
                try storeGroup(group, count, rows: histograms.count, &description)
                group.removeAll()
                count = 0
            }
            group.append(encoder.bytes)
            count += 1
        }
        try storeGroup(group, count, rows: histograms.count, &description)
    }

    private mutating func storeGroup(
        _ group: borrowing FieldBuffer, _ count: Int, rows: Int, _ description: inout FieldBuffer
    ) throws(FileError) {
        let position = try Self.store(group, rows: rows, &encodedColumns, &samplePage, &pages, output)
        description.append(varint: UInt64(count))
        description.append(varint: position.word)
    }

    /// Stores the start times of some rows, or returns nil if none is known.
    private mutating func encodeStarts(
        of columns: borrowing SampleColumns, _ rows: Range<Int>
    ) throws(FileError) -> ColumnEntry.Starts? {
        guard columns.startTimes.count >= rows.upperBound else { return nil }
        var starts = Column<Int64>(capacity: rows.count)
        var isConstant = true
        for row in rows {
            starts.append(columns.startTimes[row])
            isConstant = isConstant && columns.startTimes[row] == columns.startTimes[rows.lowerBound]
        }
        if isConstant { return starts[0] == 0 ? nil : .constant(starts[0]) }
        scratch.removeAll()
        timeEncoder.encode(starts, to: &scratch)
        return .integers(
            try Self.store(scratch, rows: rows.count, &encodedColumns, &samplePage, &pages, output))
    }

    /// Writes the index and syncs the file. The caller makes the file's name durable.
    package consuming func finish() throws(FileError) -> BlockSummary {
        try finishFamily()
        try samplePage.close(&pages, output)
        try timePage.close(&pages, output)
        try exemplarPage.close(&pages, output)
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
        let order = try directory.write(to: &index)
        try index.write(.exemplars) { buffer in
            exemplarRuns.encode(into: &buffer) { directory.number(of: $0, key: $1, in: order) }
        }
        var known: [String: MetricMetadata] = [:]
        for (name, entry) in metadata where directory.hasFamily(name) { known[name] = entry }
        try index.write(.metadata) { if !known.isEmpty { MetadataCoding.encode(known, into: &$0) } }
        try index.write(.origin) { origin?.encode(into: &$0) }
        try index.finish(&summary)
        try output.finish()
        return summary
    }

    /// Returns where the columns of these times are, adding them if they are new.
    private mutating func timeColumn(of times: Span<Int64>) throws(FileError) -> TimePlace {
        if let (sequence, firstRow) = pool.find(times) {
            return TimePlace(column: sequence.firstColumn, firstRow: firstRow)
        }
        let column = UInt32(timeColumns.count)
        var row = 0
        while row < times.count {
            let count = min(TimeColumn.maximumRows, times.count - row)
            try addTimeColumn(times.extracting(row..<(row + count)))
            row += count
        }
        _ = pool.insert(times, firstColumn: column)
        return TimePlace(column: column, firstRow: 0)
    }

    private mutating func addTimeColumn(_ times: Span<Int64>) throws(FileError) {
        var page = BlockFormat.noPage, offset = 0
        if !TimeColumn.isRegular(times) {
            scratch.removeAll()
            TimeColumn.encode(times, &timeEncoder, to: &scratch)
            (page, offset) = try timePage.append(scratch, to: &pages, output)
        }
        timeColumns.append(
            TimeColumnTable.Record(
                page: page, offset: UInt16(offset), rows: UInt16(times.count), first: times[0],
                last: times[times.count - 1])
        )
    }

    /// Returns the entry for the values from row `row` of a series on, which have the rows `rows` of their time column,
    /// and counts the column's user.
    mutating func entry(
        _ place: TimePlace, _ row: Int, _ rows: Range<Int>, _ values: ColumnEntry.Values
    ) -> ColumnEntry {
        let column = place.column(at: row)
        let (rowCount, page) = timeColumns.use(column)
        timePage.use(page)
        return ColumnEntry(timeColumn: Int(column), rows: rows == 0..<rowCount ? nil : rows, values: values)
    }

    /// Stores 1 to 1024 values in the form that takes the fewest bytes. An equal adaptive column that is still in the
    /// pool is shared.
    mutating func encode(_ values: Span<Double>) throws(FileError) -> ColumnEntry.Values {
        if ValueColumn.isConstant(values) { return .constant(values[0].bitPattern) }
        encoder.encode(values)
        // Bits without order, such as many different NaNs, are smaller as XOR codes.
        if encoder.output.count > values.count * 8 {
            scratch.removeAll()
            scratch.append(upTo: ValueColumn.maximumByteCount) { ValueColumn.encodeXOR(values, to: &$0) }
            if scratch.count <= encoder.output.count {
                let (page, offset) = try samplePage.append(scratch, to: &pages, output)
                return .xor(ColumnEntry.Position(page: Int(page), offset: offset))
            }
        }
        return .adaptive(
            try Self.store(encoder.output, rows: values.count, &encodedColumns, &samplePage, &pages, output))
    }

    /// Puts the columns of the chain on the page of samples, unless equal ones are stored already.
    mutating func storeChain(rows: Int) throws(FileError) -> ColumnEntry.Position {
        try Self.store(chain.bytes, rows: rows, &encodedColumns, &samplePage, &pages, output)
    }

    private static func store(
        _ bytes: borrowing FieldBuffer, rows: Int, _ pool: inout EncodedColumnPool, _ page: inout OpenPage,
        _ pages: inout BlockPages, _ output: BlockOutput
    ) throws(FileError) -> ColumnEntry.Position {
        if let position = pool.find(bytes, rows: rows) { return position }
        let (page, offset) = try page.append(bytes, to: &pages, output)
        let position = ColumnEntry.Position(page: Int(page), offset: offset)
        pool.insert(bytes, rows: rows, position)
        return position
    }

    /// Adds a series whose entries are complete.
    mutating func addToDirectory(_ series: PendingFamily.Member) {
        directory.append(
            series.labels, fingerprint: series.fingerprint, entryCount: series.entryCount, entries: series.entries)
    }

    private static func isAscending(_ times: Span<Int64>) -> Bool {
        for row in 1..<times.count where times[row - 1] >= times[row] { return false }
        return true
    }
}

/// Where the times of a series are: from row `firstRow` of a time column on, and in the columns after it. Each but the
/// last has 1024 rows.
struct TimePlace: Equatable {
    var column: UInt32
    var firstRow: Int

    /// Returns the column that has row `row` of the series.
    func column(at row: Int) -> UInt32 { column + UInt32((firstRow + row) / TimeColumn.maximumRows) }

    /// Returns the rows of its column from row `row` of the series on, up to the end of the column or of the series
    /// (`count` rows).
    ///
    /// Value columns are cut where the time columns are, whatever the row at which the series begins.
    func rows(from row: Int, through count: Int) -> Range<Int> {
        let offset = (firstRow + row) % TimeColumn.maximumRows
        return offset..<(offset + min(TimeColumn.maximumRows - offset, count - row))
    }
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
