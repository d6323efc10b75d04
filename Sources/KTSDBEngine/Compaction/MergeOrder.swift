internal import KTSDBModel

/// The order in which a compaction writes the series of several blocks: that of the newest block's pages, then, for
/// series that have ended, that of the pages of the block before it, and so on.
///
/// Series that are next to each other in blocks from the head, such as those of a target, thus stay next to each other
/// in compacted blocks. The order follows from time columns, which are numbered as they are written, and from the
/// positions of values. The buckets of a histogram are put next to each other, even constant ones, which have no
/// position. Takes 8 bytes a series, and 40 while it is made.
struct MergeOrder {
    /// All series of one fingerprint: where they are in the newest block that has them.
    struct Item {
        /// The index of the block among the inputs, and the series' number in it.
        var input: UInt32, series: UInt32
    }

    /// An item and its sort keys.
    private struct SortedItem {
        /// In the upper half, how many blocks are newer than the newest one that has the item; in the lower half, the
        /// item's time column there.
        fileprivate var place: UInt64
        /// The order of its values in that block; 0 if they are on no page.
        fileprivate var position: UInt64
        /// A hash of the labels without `le`, for buckets; 0 for all others.
        fileprivate var family: UInt64
        var item: Item

        fileprivate static func isBefore(_ left: SortedItem, _ right: SortedItem) -> Bool {
            if left.place != right.place { return left.place < right.place }
            if left.position != right.position { return left.position < right.position }
            if left.family != right.family { return left.family < right.family }
            return left.item.series < right.item.series
        }
    }

    let items: [Item]

    /// The bytes that the order takes, and those that it took while it was made.
    var byteCount: Int { items.count * MemoryLayout<Item>.stride }
    var peakByteCount: Int { items.count * (MemoryLayout<SortedItem>.stride + MemoryLayout<Item>.stride) }

    /// Walks the fingerprints of all inputs together, in ascending order. If `isTolerant`, damage that only costs the
    /// order of some series is passed over.
    init(_ inputs: [Block], isTolerant: Bool = false) throws(CompactionFailure) {
        // Newest first.
        var cursors = try inputs.indices.sorted {
            (inputs[$0].summary.lastSequence, inputs[$0].summary.minTime)
                > (inputs[$1].summary.lastSequence, inputs[$1].summary.minTime)
        }.map { index throws(CompactionFailure) in
            try Cursor(inputs[index], UInt32(index), isTolerant: isTolerant)
        }
        // Where the first bucket of each histogram is.
        var families: [UInt64: (place: UInt64, position: UInt64)] = [:]
        var items: [SortedItem] = []
        items.reserveCapacity(inputs.map(\.seriesCount).max() ?? 0)
        while let fingerprint = cursors.compactMap(\.fingerprint).min() {
            let age = cursors.firstIndex { $0.fingerprint == fingerprint }!
            let item = try cursors[age].item(age: age)
            items.append(item)
            if item.family != 0 {
                let first = families[item.family] ?? (.max, .max)
                if (item.place, item.position) < first { families[item.family] = (item.place, item.position) }
            }
            for index in cursors.indices { try cursors[index].advance(beyond: fingerprint) }
        }
        for index in items.indices where items[index].family != 0 {
            (items[index].place, items[index].position) = families[items[index].family]!
        }
        items.sort(by: SortedItem.isBefore)
        self.items = items.map(\.item)
    }

    /// A walk over the series of one block.
    private struct Cursor {
        let block: Block
        let input: UInt32
        var series: UInt32 = 0
        /// The fingerprint of `series`; nil at the end.
        var fingerprint: UInt64?
        /// The series that have a label `le`, and the index of the next of them.
        let bounded: [UInt32]
        var nextBounded = 0
        private let isTolerant: Bool

        init(_ block: Block, _ input: UInt32, isTolerant: Bool) throws(CompactionFailure) {
            self.block = block
            self.input = input
            self.isTolerant = isTolerant
            var bounded: [UInt32] = []
            do throws(ReadError) { bounded = try block.series(matching: [.notEqual("le", "")]) } catch {
                guard isTolerant, error.isDamage else { throw .input(block.summary.number, error) }
            }
            self.bounded = bounded
            do throws(ReadError) {
                fingerprint = block.seriesCount > 0 ? try block.fingerprint(of: 0) : nil
            } catch { throw .input(block.summary.number, error) }
        }

        mutating func advance(beyond last: UInt64) throws(CompactionFailure) {
            while fingerprint == last {
                series += 1
                do throws(ReadError) {
                    fingerprint = series < block.seriesCount ? try block.fingerprint(of: series) : nil
                    if let fingerprint, fingerprint < last {
                        throw block.section(.fingerprints).damaged("series \(series) does not follow the one before it")
                    }
                } catch { throw .input(block.summary.number, error) }
            }
        }

        mutating func item(age: Int) throws(CompactionFailure) -> SortedItem {
            do throws(ReadError) {
                let place = try block.place(of: series)
                return SortedItem(
                    place: UInt64(age) << 32 | UInt64(place.timeColumn), position: place.position,
                    family: try family(), item: Item(input: input, series: series))
            } catch {
                guard isTolerant, error.isDamage else { throw .input(block.summary.number, error) }
                return SortedItem(
                    place: UInt64(age) << 32 | UInt64(UInt32.max), position: 0, family: 0,
                    item: Item(input: input, series: series))
            }
        }

        private mutating func family() throws(ReadError) -> UInt64 {
            while nextBounded < bounded.count, bounded[nextBounded] < series { nextBounded += 1 }
            guard nextBounded < bounded.count, bounded[nextBounded] == series,
                let bucket = BucketName(try block.labels(of: series))
            else { return 0 }
            return max(1, XXHash64.hash(bucket.family.span.rawBytes))
        }
    }
}

extension Block {
    /// Returns the number of a series' first time column, and a number that ascends with the position of its first
    /// values: 0 if they are on no page.
    func place(of series: UInt32) throws(ReadError) -> (timeColumn: UInt32, position: UInt64) {
        try withRecord(of: series) { bytes, cursor throws(ReadError) in
            var timeColumn: UInt32?
            for _ in 0..<(cursor.count(in: bytes) ?? 0) {
                guard let entry = ColumnEntry(&cursor, in: bytes) else { break }
                timeColumn = timeColumn ?? UInt32(entry.timeColumn)
                if let position = entry.values.order(in: bytes) { return (timeColumn!, position) }
            }
            guard let timeColumn else { throw section(.series).damaged("series \(series) has no columns") }
            return (timeColumn, 0)
        }
    }

    /// Appends for each column of a series a time that is not after any of its samples, and its number of rows. A row
    /// of histograms counts as many times as floats fit into its memory.
    func appendRuns(of series: UInt32, to runs: inout [(first: Int64, rows: Int)]) throws(ReadError) {
        try withRecord(of: series) { bytes, cursor throws(ReadError) in
            for _ in 0..<(cursor.count(in: bytes) ?? 0) {
                guard let entry = ColumnEntry(&cursor, in: bytes) else {
                    throw section(.series).damaged("a column of series \(series) is cut short or of an unknown kind")
                }
                let column = try timeColumn(entry.timeColumn)
                let rows = entry.rows?.count ?? column.rows
                runs.append((column.first, rows * entry.values.weight(in: bytes)))
            }
        }
    }

    /// Returns the first series whose fingerprint is at least `fingerprint`.
    func firstSeries(notBelow fingerprint: UInt64) throws(ReadError) -> UInt32 {
        UInt32(
            try (0..<Int(seriesCount)).partitionPoint { index throws(ReadError) in
                try self.fingerprint(of: UInt32(index)) < fingerprint
            })
    }
}

extension ColumnEntry.Values {
    /// Returns a number that ascends with the position, or nil if the values are on no page.
    fileprivate func order(in record: RawSpan) -> UInt64? {
        switch self {
        case .constant: nil
        case .xor(let position), .adaptive(let position): Self.order(position, 0)
        case .bucket(let position, let index): Self.order(position, index)
        case .histograms(let range):
            HistogramDescription(record.extracting(range))?.groups.first.map { Self.order($0.position, 0) }
        }
    }

    /// Returns the memory of a row, in multiples of that of a float and its time.
    fileprivate func weight(in record: RawSpan) -> Int {
        guard case .histograms(let range) = self else { return 1 }
        return HistogramDescription(record.extracting(range)).map { 16 + $0.layout.laneCount / 2 } ?? 1
    }

    private static func order(_ position: ColumnEntry.Position, _ index: Int) -> UInt64 {
        UInt64(position.page) << 32 | UInt64(position.offset) << 16 | UInt64(index) + 1
    }
}
