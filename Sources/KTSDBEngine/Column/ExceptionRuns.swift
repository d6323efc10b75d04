internal import KTSDBModel

/// The rows of a column whose bits are stored separately, in runs of the same bits.
///
/// Each run has its distance from the beginning of the run before it (from row 0 for the first), its length together
/// with the source of its bits, and the bits themselves if the source says so.
struct ExceptionRuns: ~Escapable {
    /// Where the bits of a run come from: the lowest two bits of its length.
    enum Source: UInt64 {
        /// The staleness marker.
        case staleMarker = 0
        /// The NaN that client libraries write for a missing value.
        case notANumber = 1
        /// The bits of the run before.
        case same = 2
        /// The eight bytes that follow.
        case bits = 3
    }

    static let staleMarker: UInt64 = 0x7ff0_0000_0000_0002, notANumber: UInt64 = 0x7ff8_0000_0000_0001

    private var reader: ColumnReader
    private var runCount = 0

    /// No exceptions.
    @_lifetime(copy reader)
    init(_ reader: ColumnReader) { self.reader = reader }

    /// Remembers where the runs are and skips them; nil if they are cut short.
    @_lifetime(copy reader)
    init?(skipping reader: inout ColumnReader) {
        guard let count = reader.varint(atMost: IntegerColumn.maximumCount) else { return nil }
        self.reader = reader
        runCount = count
        for _ in 0..<count {
            guard reader.varint() != nil, let length = reader.varint() else { return nil }
            if length & 3 == Source.bits.rawValue { guard reader.word() != nil else { return nil } }
        }
    }

    /// Writes the exceptions over the first `count` values. Returns false if a run is malformed or not within them.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func apply(to values: inout MutableSpan<Double>, _ count: Int) -> Bool {
        runCount == 0 ? true : applyRuns(to: &values, count)
    }

    @inline(never)
    @_lifetime(self: copy self)
    private mutating func applyRuns(to values: inout MutableSpan<Double>, _ count: Int) -> Bool {
        var row = 0
        var bits = Self.staleMarker
        for _ in 0..<runCount {
            guard let distance = reader.varint(atMost: count), let word = reader.varint() else { return false }
            switch Source(rawValue: word & 3)! {
            case .staleMarker: bits = Self.staleMarker
            case .notANumber: bits = Self.notANumber
            case .same: break
            case .bits:
                guard let own = reader.word() else { return false }
                bits = own
            }
            row += distance
            guard row <= count, word >> 2 <= UInt64(count - row) else { return false }
            for index in row..<(row + Int(word >> 2)) { values[index] = Double(bitPattern: bits) }
        }
        return true
    }

    /// Appends the runs of the rows `exceptions` (ascending, at least one) of `values`.
    static func encode(_ exceptions: borrowing Column<Int64>, _ values: Span<Double>, to buffer: inout FieldBuffer) {
        let rows = exceptions.span
        var runCount = 0, next = 0
        while next < rows.count {
            next = endOfRun(from: next, rows, values)
            runCount += 1
        }
        buffer.append(varint: UInt64(runCount))
        var last = 0
        var previous = staleMarker
        var start = 0
        while start < rows.count {
            let end = endOfRun(from: start, rows, values)
            let row = Int(rows[start]), bits = values[row].bitPattern
            let source: Source =
                bits == staleMarker ? .staleMarker : bits == notANumber ? .notANumber : bits == previous ? .same : .bits
            buffer.append(varint: UInt64(row - last))
            buffer.append(varint: UInt64(end - start) << 2 | source.rawValue)
            if source == .bits { buffer.append(littleEndian: bits) }
            previous = bits
            last = row
            start = end
        }
    }

    private static func endOfRun(from start: Int, _ rows: Span<Int64>, _ values: Span<Double>) -> Int {
        let bits = values[Int(rows[start])].bitPattern
        var end = start + 1
        while end < rows.count, rows[end] == rows[end - 1] + 1, values[Int(rows[end])].bitPattern == bits { end += 1 }
        return end
    }
}
