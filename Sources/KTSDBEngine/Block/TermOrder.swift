internal import KTSDBModel

/// Names and values in the order of their bytes, and how the numbers of a ``LabelStore`` map to it.
struct TermOrder: ~Copyable {
    /// The names' numbers in the label store, ascending by bytes, and the inverse.
    private let names: [UInt32]
    private let ranks: [UInt32]
    /// For each name of the store: its values' numbers, ascending by bytes, and the inverse.
    private var values: [[UInt32]] = [], valueRanks: [[UInt32]] = []
    /// For each name of the store, how many series have it.
    private var seriesCounts: [Int]

    init(_ labels: LabelStore) {
        names = labels.names.sortedIDs()
        ranks = Self.inverse(names)
        for table in labels.values {
            let sorted = table.sortedIDs()
            values.append(sorted)
            valueRanks.append(Self.inverse(sorted))
        }
        seriesCounts = Array(repeating: 0, count: names.count)
        for (shape, count) in zip(labels.shapes, labels.shapeCounts) {
            for name in shape { seriesCounts[Int(name)] += count }
        }
    }

    private static func inverse(_ order: [UInt32]) -> [UInt32] {
        var inverse = [UInt32](repeating: 0, count: order.count)
        for (rank, id) in order.enumerated() { inverse[Int(id)] = UInt32(rank) }
        return inverse
    }

    /// Appends for each name: length, bytes, number of values, number of series. The first run of each follows from
    /// these.
    func appendNames(_ labels: LabelStore, to buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(names.count))
        for name in names {
            let bytes = labels.names[name]
            buffer.append(varint: UInt64(bytes.count))
            buffer.append(bytes.rawBytes)
            buffer.append(varint: UInt64(values[Int(name)].count))
            buffer.append(varint: UInt64(seriesCounts[Int(name)]))
        }
    }

    /// Appends for each shape: the number of names, then each name's number minus the next possible one.
    func appendShapes(_ labels: LabelStore, to buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(labels.shapes.count))
        for shape in labels.shapes {
            buffer.append(varint: UInt64(shape.count))
            var next: UInt32 = 0
            for name in shape {
                // Labels are sorted by name, so the ranks ascend.
                let rank = ranks[Int(name)]
                buffer.append(varint: UInt64(rank - next))
                next = rank + 1
            }
        }
    }

    /// Appends the ranks of a series' values as bit fields, each as wide as the name's highest rank needs.
    func appendValues(
        of series: UInt32, _ records: borrowing SeriesRecords, _ labels: LabelStore, to buffer: inout FieldBuffer
    ) {
        let count = labels.shapes[records.shape(of: series)].count
        // A rank has at most 32 bits.
        buffer.appendBits(atMost: count * 32) { writer in
            records.forEachLabel(of: series, labels) { name, value in
                let rank = valueRanks[Int(name)][Int(value)]
                writer.put(UInt64(rank), BlockFormat.width(below: values[Int(name)].count))
            }
        }
    }

    /// Appends the terms of all names to `lists`, and their lists of series to the open section. `order` numbers the
    /// series. `listLimit` series numbers are in memory at once, or those of one name.
    func encode(
        _ labels: LabelStore, _ records: borrowing SeriesRecords, _ order: [UInt32], listLimit: Int,
        to lists: inout EncodedTerms, _ index: inout IndexWriter
    ) throws(FileError) {
        var first = 0
        while first < names.count {
            // As many names at once as there is room for, but at least one.
            var end = first, total = 0
            while end < names.count, end == first || total + seriesCounts[Int(names[end])] <= listLimit {
                total += seriesCounts[Int(names[end])]
                end += 1
            }
            try encode(first..<end, labels, records, order, to: &lists, &index)
            first = end
        }
        try index.move(&lists.postings)
    }

    /// Does the same for the names of these ranks.
    private func encode(
        _ ranks: Range<Int>, _ labels: LabelStore, _ records: borrowing SeriesRecords, _ order: [UInt32],
        to lists: inout EncodedTerms, _ index: inout IndexWriter
    ) throws(FileError) {
        // One array has the series of all terms, each in its own part. A term's end moves as its part fills.
        var starts = [Int](repeating: -1, count: names.count)
        var ends: [Int] = []
        var total = 0
        for rank in ranks {
            let name = Int(names[rank])
            starts[name] = ends.count
            for count in labels.valueCounts[name] {
                ends.append(total)
                total += Int(count)
            }
        }
        var series = [UInt32](repeating: 0, count: total)
        for (number, place) in order.enumerated() {
            records.prefetch(order, after: number)
            records.forEachLabel(of: place, labels) { name, value in
                guard starts[Int(name)] >= 0 else { return }
                let term = starts[Int(name)] + Int(value)
                series[ends[term]] = UInt32(number)
                ends[term] += 1
            }
        }
        for rank in ranks {
            let name = Int(names[rank]), table = labels.values[name]
            lists.beginName()
            for value in values[name] {
                let term = starts[name] + Int(value)
                let start = ends[term] - Int(labels.valueCounts[name][Int(value)])
                lists.append(table[value], series.span.extracting(start..<ends[term]), total: order.count)
                try lists.move(to: &index)
            }
        }
    }
}

/// The terms and postings of a block while they are being filled.
struct EncodedTerms: ~Copyable {
    private(set) var terms = FieldBuffer()
    /// The lists that are not in the file yet.
    fileprivate var postings = FieldBuffer()
    private var movedByteCount = 0
    /// Where each run starts in `terms`.
    private(set) var runs: [UInt64] = []
    private var last: [UInt8] = []
    private var countInRun = 0

    /// Makes the next term begin a run.
    mutating func beginName() { countInRun = 0 }

    /// Writes lists to the file when there are enough.
    fileprivate mutating func move(to index: inout IndexWriter) throws(FileError) {
        let before = postings.count
        try index.moveIfLong(&postings)
        movedByteCount += before - postings.count
    }

    /// Appends a term and its series. The first term of a run is written in full, any other without the bytes that it
    /// shares with the one before it.
    mutating func append(_ value: Span<UInt8>, _ series: Span<UInt32>, total: Int) {
        var shared = 0
        if countInRun == 0 {
            runs.append(UInt64(terms.count))
            terms.append(varint: UInt64(movedByteCount + postings.count))
        } else {
            shared = ByteOrder.commonPrefix(last.span, value)
            terms.append(varint: UInt64(shared))
        }
        terms.append(varint: UInt64(value.count - shared))
        terms.append(value.rawBytes.extracting(droppingFirst: shared))
        terms.append(varint: UInt64(series.count))
        let start = postings.count
        EncodedPostings.append(series, total: total, to: &postings)
        switch EncodedPostings.form(count: series.count, total: total) {
        case .single: terms.append(varint: UInt64(series[0]))
        case .frames: terms.append(varint: UInt64(postings.count - start))
        case .all, .bitmap: break
        }
        last = ByteOrder.copy(value)
        countInRun = (countInRun + 1) % BlockFormat.runCount
    }
}
