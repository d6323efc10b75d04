internal import KTSDBModel

extension SeriesTable {
    /// Builds the table that a file of series and the numbers of the living series describe: everything in bulk,
    /// nothing looked up twice. Nil when the bytes are malformed, for example because a living series is missing.
    ///
    /// - Parameters:
    ///   - bytes: The file, already checked.
    ///   - extents: Its pieces.
    ///   - living: The number of the series in each slot, 0 for a free slot; other series in the file are dead. Taken
    ///     over.
    init?(_ bytes: RawSpan, _ extents: [SeriesExtentLayout], numbers living: inout Column<UInt64>) {
        self.init()
        let limit = living.count
        swap(&numbers, &living)
        guard loadSymbols(bytes, extents), loadSeries(bytes, extents), areLivingShapesSound else { return nil }
        for shape in shapes.names.indices where shapes.isLive(UInt32(shape)) {
            for name in shapes.names[shape] { symbols.retain(name) }
        }
        shapes.finishLoading()
        // The postings take about as long as all look-up tables together.
        let lookups = LookupLoader(&symbols, &fingerprints, numbers), symbolLimit = lookups.symbols.idLimit
        ThreadPair.run(other: { lookups.load() }) { loadPostings(symbolLimit: symbolLimit) }
        lookups.give(&symbols, &fingerprints, &table)
        for slot in (0..<limit).reversed() where numbers[slot] == 0 { freeSlots.append(UInt32(slot)) }
    }

    private mutating func loadSymbols(_ bytes: RawSpan, _ extents: [SeriesExtentLayout]) -> Bool {
        var limit = 0
        for extent in extents {
            for index in 0..<extent.symbolCount {
                limit = max(limit, Int(bytes.integer(UInt32.self, extent.symbolIDs, index)) + 1)
            }
        }
        guard limit <= CheckpointFormat.idLimit else { return false }
        symbols = HeadSymbols(loadingBytes: extents.reduce(0) { $0 + $1.symbolBytes.count }, idLimit: limit)
        var ids = Column<UInt32>(), lengths = Column<UInt32>()
        for extent in extents where extent.symbolCount > 0 {
            ids.removeAll()
            lengths.removeAll()
            for index in 0..<extent.symbolCount {
                ids.append(bytes.integer(UInt32.self, extent.symbolIDs, index))
                lengths.append(bytes.integer(UInt32.self, extent.symbolLengths, index))
            }
            guard symbols.load(ids: ids.span, lengths: lengths.span, bytes: bytes.extracting(extent.symbolBytes)) else {
                return false
            }
        }
        return true
    }

    /// Loads the shapes of one piece. Shapes whose series are dead by now may name symbols that are gone or were
    /// reused, so only their form is checked here.
    private mutating func loadShapes(_ bytes: RawSpan, _ extent: SeriesExtentLayout) -> Bool {
        var word = 0
        let words = extent.shapes.count / 4
        for _ in 0..<extent.shapeCount {
            guard word + 2 <= words else { return false }
            let id = bytes.integer(UInt32.self, extent.shapes, word)
            let count = Int(bytes.integer(UInt32.self, extent.shapes, word + 1))
            word += 2
            guard id < CheckpointFormat.idLimit, count > 0, count <= words - word else { return false }
            let names = (0..<count).map { bytes.integer(UInt32.self, extent.shapes, word + $0) }
            word += count
            guard shapes.load(id, names: names) else { return false }
        }
        return word == words
    }

    /// Whether the names of all shapes that living series have exist and are in order.
    private var areLivingShapesSound: Bool {
        for (id, names) in shapes.names.enumerated() where shapes.isLive(UInt32(id)) {
            guard names.allSatisfy({ symbols.isLoaded($0) }), areSorted(names) else { return false }
        }
        return true
    }

    /// Whether the names of a shape ascend by their bytes.
    private func areSorted(_ names: [UInt32]) -> Bool {
        for index in names.indices.dropFirst() {
            let isAscending = unsafe symbols.bytes(of: names[index - 1]).lexicographicallyPrecedes(
                symbols.bytes(of: names[index]))
            guard isAscending else { return false }
        }
        return true
    }

    /// Loads the shapes, and the records of the living series; if a slot occurs twice, the later one counts.
    ///
    /// Pieces are loaded in their order: ids of shapes are reused, so the length of a dead series' record is known only
    /// from the shapes that came before it.
    private mutating func loadSeries(_ bytes: RawSpan, _ extents: [SeriesExtentLayout]) -> Bool {
        // First finds which row of the file counts for each slot, then loads the rows in their order.
        var rows = Column<UInt32>()
        _ = rows.extend(by: numbers.count)
        var row: UInt32 = 0
        for extent in extents {
            for index in 0..<extent.seriesCount {
                row += 1
                let slot = Int(bytes.integer(UInt32.self, extent.slots, index))
                let number = bytes.integer(UInt64.self, extent.numbers, index)
                if slot < numbers.count, number != 0, numbers[slot] == number { rows[slot] = row }
            }
        }
        for slot in 0..<numbers.count where (rows[slot] == 0) != (numbers[slot] == 0) { return false }
        words.reserve(extents.reduce(0) { $0 + $1.records.count / 4 })
        _ = records.extend(by: numbers.count)
        _ = fingerprints.extend(by: numbers.count)
        row = 0
        for extent in extents {
            guard loadShapes(bytes, extent), copyRecords(bytes, extent, rows, &row) else { return false }
        }
        return true
    }

    private mutating func copyRecords(
        _ bytes: RawSpan, _ extent: SeriesExtentLayout, _ rows: borrowing Column<UInt32>, _ row: inout UInt32
    ) -> Bool {
        var word = 0
        let end = extent.records.count / 4
        for index in 0..<extent.seriesCount {
            row += 1
            guard word < end else { return false }
            let shape = bytes.integer(UInt32.self, extent.records, word)
            let count = shapes.nameCount(shape)
            guard count > 0, count < end - word else { return false }
            let slot = Int(bytes.integer(UInt32.self, extent.slots, index))
            if slot < rows.count, rows[slot] == row {
                records[slot] = UInt32(truncatingIfNeeded: words.count)
                fingerprints[slot] = bytes.integer(UInt64.self, extent.fingerprints, index)
                words.append(shape)
                for value in 1...count {
                    let symbol = bytes.integer(UInt32.self, extent.records, word + value)
                    guard symbols.isLoaded(symbol) else { return false }
                    symbols.retain(symbol)
                    words.append(symbol)
                }
                shapes.retain(shape, count: 1)
            }
            word += 1 + count
        }
        return word == end
    }

    private mutating func loadPostings(symbolLimit: Int) {
        var builder = PostingsBuilder(symbolLimit: symbolLimit, termEstimate: symbolLimit)
        for isCounting in [true, false] {
            if !isCounting { builder.startLists() }
            var shape = UInt32.max
            var names: [UInt32] = []
            for slot in 0..<numbers.count where numbers[slot] != 0 {
                let record = Int(records[slot])
                if words[record] != shape {
                    shape = words[record]
                    names = shapes.names[Int(shape)]
                }
                for index in 0..<names.count {
                    let term = builder.term(name: names[index], value: words[record &+ 1 &+ index])
                    if isCounting { builder.count(term) } else { builder.add(UInt32(slot), to: term) }
                }
            }
        }
        postings = TermPostings(builder)
    }
}

/// Builds the tables in which symbols and series are looked up, on another thread than the rest.
///
/// `@unchecked Sendable`: filled by one thread, used by another, then by the first.
private final class LookupLoader: @unchecked Sendable {
    private(set) var symbols = HeadSymbols()
    private var fingerprints = Column<UInt64>()
    private var numbers = Column<UInt64>()
    private var table = HashSlots()

    /// Takes over symbols and fingerprints until `give`, and copies the numbers.
    init(
        _ symbols: inout HeadSymbols, _ fingerprints: inout Column<UInt64>, _ numbers: borrowing Column<UInt64>
    ) {
        swap(&self.symbols, &symbols)
        swap(&self.fingerprints, &fingerprints)
        self.numbers.append(numbers.span)
    }

    func load() {
        symbols.finishLoading()
        var living = 0
        for slot in 0..<numbers.count where numbers[slot] != 0 { living += 1 }
        table = HashSlots(capacity: living)
        for slot in 0..<numbers.count where numbers[slot] != 0 { table.insert(fingerprints[slot], UInt32(slot)) }
    }

    func give(_ symbols: inout HeadSymbols, _ fingerprints: inout Column<UInt64>, _ table: inout HashSlots) {
        swap(&self.symbols, &symbols)
        swap(&self.fingerprints, &fingerprints)
        swap(&self.table, &table)
    }
}
