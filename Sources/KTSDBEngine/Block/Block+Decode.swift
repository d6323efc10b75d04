internal import CLibrary
package import KTSDBModel
internal import Synchronization

extension Block {
    /// Appends the samples of a series whose times are in `range` (both ends inclusive) to `columns`, except those that
    /// are hidden.
    ///
    /// Sets ``SampleColumns/timeColumnID``, so that equal ids mean equal times; it stays 0 if `columns` already had
    /// times without an id. If the call throws, `columns` is as before. Checks `limits` once for each stored column (at
    /// most 1,024 samples).
    package func decode(
        _ series: UInt32, in range: ClosedRange<Int64>, into columns: inout SampleColumns,
        limits: (any ReadLimits)? = nil
    ) throws(ReadError) {
        if let hidden = mask?.ranges(of: series) {
            return try decode(series, in: range, without: hidden, into: &columns, limits: limits)
        }
        try decodeStored(series, in: range, into: &columns, limits: limits)
    }

    /// Does the same for a series of which something is hidden: reads what is between.
    private func decode(
        _ series: UInt32, in range: ClosedRange<Int64>, without hidden: TimeRanges, into columns: inout SampleColumns,
        limits: (any ReadLimits)?
    ) throws(ReadError) {
        let before = columns.times.count, id = columns.timeColumnID
        do throws(ReadError) {
            for shown in hidden.gaps(in: range) {
                let start = columns.times.count
                try decodeStored(series, in: shown, into: &columns, limits: limits)
                // The sample before it may be hidden.
                if shown.lowerBound > range.lowerBound { columns.forgetNoReset(inRow: start) }
            }
        } catch {
            columns.truncate(to: before)
            columns.timeColumnID = id
            throw error
        }
    }

    /// Does the same whatever is hidden.
    private func decodeStored(
        _ series: UInt32, in range: ClosedRange<Int64>, into columns: inout SampleColumns, limits: (any ReadLimits)?
    ) throws(ReadError) {
        var pace = Pace(limits)
        let before = columns.times.count, id = columns.timeColumnID
        do throws(ReadError) {
            try withRecord(of: series) { bytes, cursor throws(ReadError) in
                guard let count = cursor.count(in: bytes) else { throw damagedEntry(series) }
                for _ in 0..<count {
                    guard let entry = ColumnEntry(&cursor, in: bytes) else { throw damagedEntry(series) }
                    let start = columns.times.count
                    let known = columns.timeColumnID
                    do throws(ReadError) { try decode(entry, in: range, bytes, into: &columns) } catch {
                        // The other columns of the series can be read all the same.
                        guard let limits, error.isDamage else { throw error }
                        columns.truncate(to: start)
                        columns.timeColumnID = known
                        try limits.leaveOut(MissingData(error, times, isWholeFile: false))
                        continue
                    }
                    // A sample takes a nanosecond or two, a histogram a hundred times that.
                    try pace.step(16 + (columns.times.count - start) / 8 + 8 * (columns.histograms.isEmpty ? 0 : 128))
                    // Damaged bytes must not yield more samples than the block has, nor times that do not ascend.
                    guard columns.times.count - before <= Int(clamping: summary.sampleCount),
                        start == before || start == columns.times.count
                            || columns.times[start - 1] < columns.times[start]
                    else { throw damagedEntry(series) }
                    guard columns.times.count <= columns.sampleLimit else {
                        throw .tooManySamples(needed: columns.times.count)
                    }
                }
            }
        } catch {
            columns.truncate(to: before)
            columns.timeColumnID = id
            throw error
        }
        columns.fillStartTimes()
    }

    /// Drops pages, decoded time columns and labels from memory. They are read again when needed.
    package func releaseMemory() {
        timeCache.removeAll()
        pages.removeAll(of: cacheID)
        labelTable.withLock { $0 = nil }
    }

    func damagedEntry(_ series: UInt32) -> ReadError {
        section(.series).damaged("a column of series \(series) is cut short, of an unknown kind or out of order")
    }

    private func decode(
        _ entry: ColumnEntry, in range: ClosedRange<Int64>, _ record: RawSpan, into columns: inout SampleColumns
    ) throws(ReadError) {
        let column = try timeColumn(entry.timeColumn)
        let rows = entry.rows ?? 0..<column.rows
        guard rows.upperBound <= column.rows else {
            throw section(.series).damaged("a column has rows \(rows) of \(column.rows)")
        }
        guard column.first <= range.upperBound, column.last >= range.lowerBound else { return }
        let isEmpty = columns.times.isEmpty
        let wanted: Range<Int>
        if let step = column.step {
            wanted = rows.clamped(to: column.regularRows(step, in: range))
            guard !wanted.isEmpty else { return }
            var target = columns.times.extend(by: wanted.count)
            TimeColumn.fill(&target, first: column.first, step: step, rows: wanted)
        } else {
            let times = try irregularTimes(column)
            wanted = rows.clamped(to: Self.rows(of: times, in: range))
            guard !wanted.isEmpty else { return }
            columns.times.append(times.span.extracting(wanted))
        }
        if case .histograms(let description) = entry.values {
            try decodeHistograms(record.extracting(description), rows, wanted, into: &columns)
        } else {
            var last = LastPage()
            try decodeValues(entry.values, rows, wanted, &last, into: &columns.values)
        }
        if let starts = entry.starts { try decodeStarts(starts, rows, wanted, into: &columns) }
        if isEmpty || columns.timeColumnID != 0 {
            columns.timeColumnID = timeColumnID(after: isEmpty ? 0 : columns.timeColumnID, entry.timeColumn, wanted)
        }
    }

    /// Appends the values of the rows `wanted` of a column that has `rows`.
    func decodeValues(
        _ encoded: ColumnEntry.Values, _ rows: Range<Int>, _ wanted: Range<Int>, _ last: inout LastPage,
        into values: inout Column<Double>
    ) throws(ReadError) {
        let first = rows.lowerBound, start = values.count, kernels = ColumnKernels.best
        switch encoded {
        case .constant(let bits):
            var target = values.extend(by: wanted.count)
            target.update(repeating: Double(bitPattern: bits))
        case .xor(let position):
            let count = wanted.upperBound - first
            try decode(at: position, count, skipping: wanted.lowerBound - first, &last, into: &values) {
                reader, target, _ in
                ValueColumn.decodeXOR(&reader, count: count, to: &target)
            }
        case .adaptive(let position):
            try decode(at: position, rows.count, skipping: wanted.lowerBound - first, &last, into: &values) {
                AdaptiveColumn.decode(&$0, rows.count, to: &$1, &$2.adaptive, kernels)
            }
        case .bucket(let position, let index):
            try decode(at: position, rows.count, skipping: wanted.lowerBound - first, &last, into: &values) {
                BucketFamily.decode(&$0, index: index, count: rows.count, to: &$1, &$2, kernels)
            }
        case .histograms: preconditionFailure("Histograms are not stored as a column of floats.")
        }
        values.truncate(to: start + wanted.count)
    }

    /// Appends the histograms of the rows `wanted` of a column that has `rows`. Their times are in `columns` already.
    private func decodeHistograms(
        _ description: RawSpan, _ rows: Range<Int>, _ wanted: Range<Int>, into columns: inout SampleColumns
    ) throws(ReadError) {
        let directory = section(.series), kernels = ColumnKernels.best
        guard let description = HistogramDescription(description),
            rows.count == 1 || description.layout.laneCount * rows.count <= HistogramRuns.numberLimit
        else { throw directory.damaged("a column of histograms has buckets that cannot be") }
        let layout = description.layout
        var numbers = Column<Double>(), last = LastPage()
        for (count, position) in description.groups {
            try decode(at: position, rows.count * count, skipping: 0, &last, into: &numbers) {
                reader, target, workspace in
                for lane in 0..<count {
                    var part = target._mutatingExtracting((lane * rows.count)..<((lane + 1) * rows.count))
                    guard AdaptiveColumn.decode(&reader, rows.count, to: &part, &workspace.adaptive, kernels) else {
                        return false
                    }
                }
                return true
            }
        }
        for row in wanted {
            let place = row - rows.lowerBound
            guard let histogram = layout.histogram({ numbers[$0 * rows.count + place] }) else {
                throw directory.damaged("a histogram has an unknown hint")
            }
            columns.histograms.append(histogram, row: columns.values.count)
            columns.values.append(0)
        }
    }

    /// Appends the start times of the rows `wanted`, whose times are the last ones in `columns`.
    private func decodeStarts(
        _ starts: ColumnEntry.Starts, _ rows: Range<Int>, _ wanted: Range<Int>, into columns: inout SampleColumns
    ) throws(ReadError) {
        let start = columns.times.count - wanted.count
        if columns.startTimes.count < start { _ = columns.startTimes.extend(by: start - columns.startTimes.count) }
        switch starts {
        case .constant(let time):
            var target = columns.startTimes.extend(by: wanted.count)
            target.update(repeating: time)
        case .integers(let position):
            let kernels = ColumnKernels.best
            var last = LastPage()
            try decode(
                at: position, rows.count, skipping: wanted.lowerBound - rows.lowerBound, &last,
                into: &columns.startTimes
            ) {
                IntegerColumn.decode(&$0, count: rows.count, to: &$1, &$2.adaptive.integers, kernels)
            }
            columns.startTimes.truncate(to: start + wanted.count)
        }
    }

    /// Decodes `count` values at `position` with `body`, which also gets a workspace, and appends all but the first
    /// `skipped` of them.
    @inline(__always)
    private func decode<Element>(
        at position: ColumnEntry.Position, _ count: Int, skipping skipped: Int, _ last: inout LastPage,
        into values: inout Column<Element>,
        _ body: (inout ColumnReader, inout MutableSpan<Element>, inout ColumnWorkspace) -> Bool
    ) throws(ReadError) {
        let page = try page(position.page, &last)
        let byteCount = page.buffer.byteCount
        guard position.offset < byteCount else {
            throw file.damaged("page \(position.page) has no column at \(position.offset)")
        }
        let start = values.count
        guard Self.decode(page.buffer, from: position.offset, count, into: &values, body) else {
            throw file.damaged("the column at \(position.offset) of page \(position.page) cannot be decoded")
        }
        values.remove(skipped, at: start)
    }

    @inline(__always)
    private static func decode<Element>(
        _ buffer: borrowing PageBuffer, from offset: Int, _ count: Int, into values: inout Column<Element>,
        _ body: (inout ColumnReader, inout MutableSpan<Element>, inout ColumnWorkspace) -> Bool
    ) -> Bool {
        var reader = ColumnReader(buffer.padded, from: offset, to: buffer.byteCount)
        return values.append(decoding: count) { target, workspace in body(&reader, &target, &workspace) }
    }

    /// Returns an id for these rows of this column, appended to the times with the id `previous`. For times from one
    /// column of one block, different rows have different ids; otherwise the id is a 64-bit hash.
    private func timeColumnID(after previous: UInt64, _ column: Int, _ rows: Range<Int>) -> UInt64 {
        let place = UInt64(column) << 22 | UInt64(rows.lowerBound) << 11 | UInt64(rows.upperBound)
        let id = Self.mix(place ^ Self.mix(summary.number &+ Self.mix(previous)))
        return id == 0 ? 1 : id
    }

    /// A permutation of all 64-bit numbers (the end of SplitMix64).
    static func mix(_ word: UInt64) -> UInt64 {
        var word = word &+ 0x9e37_79b9_7f4a_7c15
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

/// The page that a reader used last: the columns of a metric are next to each other.
struct LastPage {
    var number = -1
    var page: PageCache.Page?
}

/// A record of the time column table (FORMAT.md, section 5).
struct TimeColumnRecord {
    var number: Int
    /// Where the column's bytes are, unless it is regular.
    var page: Int, offset: Int
    var rows: Int
    var first: Int64, last: Int64
    /// The step of a regular column; nil for any other.
    var step: UInt64?

    /// Returns the rows whose times are in `range`, given that the column has this constant step.
    func regularRows(_ step: UInt64, in range: ClosedRange<Int64>) -> Range<Int> {
        guard step > 0 else { return range.contains(first) ? 0..<1 : 0..<0 }
        var low = 0, high = rows
        if range.lowerBound > first {
            let (whole, rest) = UInt64(bitPattern: range.lowerBound &- first).quotientAndRemainder(dividingBy: step)
            low = Int(min(whole + (rest > 0 ? 1 : 0), UInt64(rows)))
        }
        if range.upperBound < last {
            guard range.upperBound >= first else { return 0..<0 }
            high = Int(min(UInt64(bitPattern: range.upperBound &- first) / step + 1, UInt64(rows)))
        }
        return low < high ? low..<high : 0..<0
    }
}

extension Block {
    /// Reads and checks the record of a time column.
    func timeColumn(_ number: Int) throws(ReadError) -> TimeColumnRecord {
        let table = section(.timeColumns)
        let size = BlockFormat.timeColumnRecordByteCount
        guard number < table.byteCount / size else { throw table.damaged("it has no column \(number)") }
        let bytes = try table.bytes(number * size, size)
        var cursor = FieldCursor(0..<size)
        guard let page = cursor.littleEndian(UInt32.self, in: bytes),
            let offset = cursor.littleEndian(UInt16.self, in: bytes),
            let rows = cursor.littleEndian(UInt16.self, in: bytes),
            let first = cursor.littleEndian(Int64.self, in: bytes),
            let last = cursor.littleEndian(Int64.self, in: bytes),
            rows > 0, rows <= TimeColumn.maximumRows, first <= last
        else { throw table.damaged("column \(number) has no rows or too many, or ends before it begins") }
        var record = TimeColumnRecord(
            number: number, page: Int(page), offset: Int(offset), rows: Int(rows), first: first, last: last)
        if page == BlockFormat.noPage {
            record.step = TimeColumn.step(rows: Int(rows), first: first, last: last)
            if record.step == nil { throw table.damaged("column \(number) has no step that leads to its end") }
        }
        return record
    }

    /// Returns the times of an irregular column, decoded now or taken from the cache.
    func irregularTimes(_ column: TimeColumnRecord) throws(ReadError) -> [Int64] {
        if let times = timeCache.find(column.number) { return times }
        let page = try page(column.page)
        let byteCount = page.buffer.byteCount
        guard column.offset < byteCount else {
            throw file.damaged("page \(column.page) has no time column at \(column.offset)")
        }
        guard let times = Self.times(of: column, page.buffer) else {
            throw file.damaged("the time column at \(column.offset) of page \(column.page) cannot be decoded")
        }
        timeCache.insert(column.number, times)
        return times
    }

    private static func times(of column: TimeColumnRecord, _ buffer: borrowing PageBuffer) -> [Int64]? {
        var times = [Int64](repeating: 0, count: column.rows), target = times.mutableSpan
        let padded = buffer.padded
        let isWhole = TimeColumn.decode(
            padded.extracting(column.offset..<padded.byteCount), byteCount: buffer.byteCount - column.offset,
            rows: column.rows, first: column.first, last: column.last, to: &target)
        return isWhole ? times : nil
    }

    /// Returns the rows of a column whose times are in `range`.
    func rows(of column: TimeColumnRecord, in range: ClosedRange<Int64>) throws(ReadError) -> Range<Int> {
        if let step = column.step { return column.regularRows(step, in: range) }
        return Self.rows(of: try irregularTimes(column), in: range)
    }

    private static func rows(of times: [Int64], in range: ClosedRange<Int64>) -> Range<Int> {
        let low = range.lowerBound <= times[0] ? 0 : firstRow(of: times) { $0 >= range.lowerBound }
        let high =
            range.upperBound >= times[times.count - 1] ? times.count : firstRow(of: times) { $0 > range.upperBound }
        return low < high ? low..<high : 0..<0
    }

    private static func firstRow(of times: [Int64], where isAfter: (Int64) -> Bool) -> Int {
        (0..<times.count).partitionPoint { !isAfter(times[$0]) }
    }

    /// Returns a page: the last one, one from the cache, or one that is read and checked.
    @inline(__always)
    private func page(_ number: Int, _ last: inout LastPage) throws(ReadError) -> PageCache.Page {
        if last.number == number, let page = last.page { return page }
        let page = try page(number)
        last = LastPage(number: number, page: page)
        return page
    }

    /// Returns a page from the cache, or reads and checks it.
    func page(_ number: Int) throws(ReadError) -> PageCache.Page {
        try pages.page(number, of: cacheID) { () throws(ReadError) in try readPage(number) }
    }

    /// Reads and checks a page. Reads its copy if the page is damaged and has one.
    func readPage(_ number: Int) throws(ReadError) -> PageBuffer {
        let record = try pageRecord(number)
        do throws(ReadError) { return try readPage(number, record, at: record.offset) } catch {
            guard case .damaged = error, let copy = try copyOffset(of: number) else { throw error }
            return try readPage(number, record, at: copy)
        }
    }

    /// Reads the bytes of a page, or of its copy, at `offset` and compares them with the page's checksum.
    func readPage(_ number: Int, _ record: PageRecord, at offset: UInt64) throws(ReadError) -> PageBuffer {
        let page = try file.read(at: offset, count: record.byteCount)
        guard page.checksum == record.checksum else {
            throw file.damaged(
                "the checksum of page \(number), \(record.byteCount) bytes at \(offset), is wrong",
                DamagedPart(.page(number), offset: offset, byteCount: UInt64(record.byteCount)))
        }
        return page
    }

    struct PageRecord {
        var offset: UInt64
        var byteCount: Int
        var checksum: UInt32
    }

    func pageRecord(_ number: Int) throws(ReadError) -> PageRecord {
        let table = section(.pages)
        let size = BlockFormat.pageRecordByteCount
        guard number < table.byteCount / size else { throw table.damaged("it has no page \(number)") }
        let bytes = try table.bytes(number * size, size)
        var cursor = FieldCursor(0..<size)
        guard let offset = cursor.littleEndian(UInt64.self, in: bytes),
            let byteCount = cursor.littleEndian(UInt32.self, in: bytes),
            let checksum = cursor.littleEndian(UInt32.self, in: bytes), byteCount <= BlockFormat.pageLimit
        else { throw table.damaged("page \(number) is longer than a page can be") }
        return PageRecord(offset: offset, byteCount: Int(byteCount), checksum: checksum)
    }

    /// Returns the offset of a page's copy, or nil if it has none.
    func copyOffset(of page: Int) throws(ReadError) -> UInt64? {
        let copies = section(.copies)
        let low = try (0..<copies.byteCount / BlockFormat.copyRecordByteCount).partitionPoint { row throws(ReadError) in
            try copies.integer(UInt64.self, at: row * 2) < UInt64(page)
        }
        guard low < copies.byteCount / BlockFormat.copyRecordByteCount,
            try copies.integer(UInt64.self, at: low * 2) == UInt64(page)
        else { return nil }
        return try copies.integer(UInt64.self, at: low * 2 + 1)
    }
}
