internal import CKernels
internal import KTSDBModel

/// The labels of a block that is being written, by number: names, the values of each name, and shapes.
struct LabelStore {
    private(set) var names = SymbolTable()
    /// The values of each name, numbered in the order of their first appearance.
    private(set) var values: [SymbolTable] = []
    /// How many series have each value of each name.
    private(set) var valueCounts: [[UInt32]] = []
    /// The lists of name numbers, as bytes.
    private var shapeTable = SymbolTable()
    private(set) var shapes: [[UInt32]] = []
    /// How many series have each shape.
    private(set) var shapeCounts: [Int] = []
    /// Name and value numbers of the series that is being added.
    private var shape: [UInt32] = [], words: [UInt32] = []

    /// Adds the labels of a series. Appends the number of its shape and the numbers of its values to `record`: some 15
    /// bytes for ten labels.
    mutating func append(_ labels: Labels, to record: inout FieldBuffer) {
        var shape: [UInt32] = []
        swap(&shape, &self.shape)
        defer { swap(&shape, &self.shape) }
        shape.removeAll(keepingCapacity: true)
        words.removeAll(keepingCapacity: true)
        let bytes = labels.stringForm
        let span = bytes.span
        var cursor = LabelCursor(bytes)
        while let label = cursor.next() {
            let name = names.intern(span.extracting(label.name))
            if Int(name) == values.count {
                values.append(SymbolTable())
                valueCounts.append([])
            }
            let value = values[Int(name)].intern(span.extracting(label.value))
            if Int(value) == valueCounts[Int(name)].count { valueCounts[Int(name)].append(0) }
            valueCounts[Int(name)][Int(value)] += 1
            shape.append(name)
            words.append(value)
        }
        let key = shape.span.rawBytes
        let number = shapeTable.intern(Span(_bytes: key))
        if Int(number) == shapes.count {
            shapes.append(shape)
            shapeCounts.append(0)
        }
        shapeCounts[Int(number)] += 1
        record.append(varint: UInt64(number))
        for word in words { record.append(varint: UInt64(word)) }
    }

    /// The bytes of memory, about: each distinct value once, and 32 for it.
    var byteCount: Int { values.reduce(0) { $0 + $1.byteCount + $1.count * 32 } }
}

/// The series of a block that is being written, in the order in which they were added: labels as numbers, and column
/// entries, end to end in memory.
///
/// A record is what ``LabelStore/append(_:to:)`` writes, then the number of entries and the entries.
struct SeriesRecords: ~Copyable {
    private var bytes = FieldBuffer()
    /// Where each record starts, counted from the base of its 1024 series, and these bases.
    private var starts = Column<UInt32>()
    private var bases = Column<Int>()

    var count: Int { starts.count }

    /// The bytes of memory, about.
    var byteCount: Int { bytes.count + starts.count * 4 }

    mutating func append(_ labels: borrowing FieldBuffer, entryCount: Int, entries: borrowing FieldBuffer) {
        if starts.count % 1024 == 0 { bases.append(bytes.count) }
        starts.append(UInt32(bytes.count - bases[bases.count - 1]))
        bytes.append(labels.bytes)
        bytes.append(varint: UInt64(entryCount))
        bytes.append(entries.bytes)
    }

    private func start(_ series: Int) -> Int { bases[series / 1024] + Int(starts[series]) }

    /// Prefetches the record 12 places after `place` in `order`.
    @inline(__always)
    func prefetch(_ order: [UInt32], after place: Int) {
        let ahead = place &+ 12
        guard ahead < order.count else { return }
        let start = start(Int(order[ahead]))
        bytes.bytes.prefetch(start)
    }

    /// Calls `body` with the numbers of name and value of each of a series' labels.
    @inline(__always)
    func forEachLabel(of series: UInt32, _ labels: borrowing LabelStore, _ body: (UInt32, UInt32) -> Void) {
        var cursor = FieldCursor(start(Int(series))..<bytes.count)
        let bytes = bytes.bytes
        for name in labels.shapes[Int(cursor.varint(in: bytes)!)] {
            body(name, UInt32(truncatingIfNeeded: cursor.varint(in: bytes)!))
        }
    }

    /// Returns the number of a series' shape.
    func shape(of series: UInt32) -> Int {
        var cursor = FieldCursor(start(Int(series))..<bytes.count)
        return Int(cursor.varint(in: bytes.bytes)!)
    }

    /// Appends the number of entries and the entries of a series.
    func appendEntries(of series: UInt32, _ labels: borrowing LabelStore, to buffer: inout FieldBuffer) {
        let end = Int(series) + 1 < count ? start(Int(series) + 1) : bytes.count
        var cursor = FieldCursor(start(Int(series))..<end)
        let bytes = bytes.bytes
        for _ in labels.shapes[Int(cursor.varint(in: bytes)!)] { _ = cursor.varint(in: bytes) }
        buffer.append(bytes.extracting(cursor.position..<end))
    }

    /// Returns the string form of a series' labels.
    func stringForm(of series: UInt32, _ labels: borrowing LabelStore) -> [UInt8] {
        var pairs: [(UInt32, UInt32)] = []
        forEachLabel(of: series, labels) { pairs.append(($0, $1)) }
        var form: [UInt8] = []
        for (name, value) in pairs {
            Labels.append(field: ByteOrder.copy(labels.names[name]), to: &form)
            let values = labels.values[Int(name)]
            Labels.append(field: ByteOrder.copy(values[value]), to: &form)
        }
        return form
    }
}
