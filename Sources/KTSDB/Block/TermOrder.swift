/// Names and values in the order of their bytes, and how the numbers of a ``LabelStore`` map to it.
struct TermOrder: ~Copyable {
    /// The names' numbers in the label store, ascending by bytes, and the other way round.
    private let names: [UInt32]
    private let ranks: [UInt32]
    /// For each name of the store: its values' numbers ascending by bytes, and the other way round.
    private var values: [[UInt32]] = [], valueRanks: [[UInt32]] = []
    /// For each name of the store, how many series have it.
    private var seriesCounts: [Int]

    init(_ labels: LabelStore, _ order: [Int]) {
        names = labels.names.sortedIDs()
        ranks = Self.inverse(names)
        for table in labels.values {
            let sorted = table.sortedIDs()
            values.append(sorted)
            valueRanks.append(Self.inverse(sorted))
        }
        seriesCounts = Array(repeating: 0, count: names.count)
        for series in order {
            for name in labels.shape(of: series) { seriesCounts[Int(name)] += 1 }
        }
    }

    private static func inverse(_ order: [UInt32]) -> [UInt32] {
        var inverse = [UInt32](repeating: 0, count: order.count)
        for (rank, id) in order.enumerated() { inverse[Int(id)] = UInt32(rank) }
        return inverse
    }

    /// For each name: length, bytes, number of values, number of series. The first run of each follows from these.
    func appendNames(_ labels: LabelStore, to buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(names.count))
        for name in names {
            let bytes = labels.names[name]
            buffer.append(varint: UInt64(bytes.count))
            buffer.append(unsafe bytes.bytes)
            buffer.append(varint: UInt64(values[Int(name)].count))
            buffer.append(varint: UInt64(seriesCounts[Int(name)]))
        }
    }

    /// For each shape: how many labels, then the distances between the names' numbers, less one.
    func appendShapes(_ labels: LabelStore, to buffer: inout FieldBuffer) {
        buffer.append(varint: UInt64(labels.shapes.count))
        for shape in labels.shapes {
            buffer.append(varint: UInt64(shape.count))
            var next: UInt32 = 0
            for name in shape {
                // Labels are sorted by name, so that the ranks ascend.
                let rank = ranks[Int(name)]
                buffer.append(varint: UInt64(rank - next))
                next = rank + 1
            }
        }
    }

    func shapeNumber(of series: Int, _ labels: LabelStore) -> UInt32 { labels.words[labels.starts[series]] }

    /// Appends the ranks of a series' values in bits, each as wide as the number of its name's values asks for.
    func appendValues(of series: Int, _ labels: LabelStore, to buffer: inout FieldBuffer) {
        let shape = labels.shape(of: series)
        // SAFETY: no rank is wider than 32 bits.
        var writer = unsafe BitWriter(
            buffer.room(for: shape.count * 4 + BitWriter.slack).assumingMemoryBound(to: UInt8.self))
        for (position, name) in shape.enumerated() {
            let rank = valueRanks[Int(name)][Int(labels.value(position, of: series))]
            writer.put(UInt64(rank), BlockFormat.width(below: values[Int(name)].count))
        }
        buffer.commit(writer.finish())
    }

    /// Appends the runs of all names' values, each with its series, which `order` numbers.
    func encode(_ labels: LabelStore, _ order: [Int], to lists: inout EncodedTerms) {
        // The series of all terms in one array, by a counting sort.
        var starts: [Int] = []
        var termCount = 0
        for table in values {
            starts.append(termCount)
            termCount += table.count
        }
        var ends = [Int](repeating: 0, count: termCount + 1)
        for series in order {
            for (position, name) in labels.shape(of: series).enumerated() {
                ends[starts[Int(name)] + Int(labels.value(position, of: series)) + 1] += 1
            }
        }
        for term in 1..<max(ends.count, 1) { ends[term] += ends[term - 1] }
        // `ends[term]` is now where the term's series start, and will be where they end.
        var series = [UInt32](repeating: 0, count: ends[termCount])
        for (number, place) in order.enumerated() {
            for (position, name) in labels.shape(of: place).enumerated() {
                let term = starts[Int(name)] + Int(labels.value(position, of: place))
                series[ends[term]] = UInt32(number)
                ends[term] += 1
            }
        }
        for name in names {
            let table = labels.values[Int(name)]
            lists.beginName()
            for value in values[Int(name)] {
                let term = starts[Int(name)] + Int(value)
                let start = term == 0 ? 0 : ends[term - 1]
                lists.append(table[value], series.span.extracting(start..<ends[term]), total: order.count)
            }
        }
    }
}

/// The sections of terms and postings while they are being filled.
struct EncodedTerms: ~Copyable {
    private(set) var terms = FieldBuffer(), postings = FieldBuffer()
    /// Where each run starts in `terms`.
    private(set) var runs: [UInt64] = []
    private var last: [UInt8] = []
    private var countInRun = 0

    /// The next term begins a run.
    mutating func beginName() { countInRun = 0 }

    /// Appends a term and its series; the first of a run is written in full, each other one without what it shares
    /// with the one before it.
    mutating func append(_ value: Span<UInt8>, _ series: Span<UInt32>, total: Int) {
        var shared = 0
        if countInRun == 0 {
            runs.append(UInt64(terms.count))
            terms.append(varint: UInt64(postings.count))
        } else {
            shared = ByteOrder.commonPrefix(last.span, value)
            terms.append(varint: UInt64(shared))
        }
        terms.append(varint: UInt64(value.count - shared))
        terms.append(unsafe value.bytes.extracting(droppingFirst: shared))
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
