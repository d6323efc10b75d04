internal import KTSDBModel

/// How a block stores the times of a time column, up to 1024 of them (FORMAT.md, section 5).
///
/// The column's record has the first time, the last one and the number of rows. If the step is always the same, there
/// are no other bytes. Otherwise the first byte is the kind. A new kind raises the format's version.
package enum TimeColumnKind: UInt8, Sendable {
    /// The distances from the first time as an ``IntegerColumn``: jitter is noise around a straight line.
    case integers = 1
}

/// Ascending times, stored once for all series that have them.
package enum TimeColumn {
    /// The most rows in a column.
    package static let maximumRows = 1024
    /// The bytes that must be readable after those of a column, whatever is in them.
    package static let readablePadding = ColumnReader.padding

    /// Returns the constant step of a column with this record: 0 for a single row, or nil if no constant step leads
    /// from the first time to the last.
    package static func step(rows: Int, first: Int64, last: Int64) -> UInt64? {
        guard rows > 1 else { return rows == 1 && first == last ? 0 : nil }
        guard last > first else { return nil }
        let (step, rest) = UInt64(bitPattern: last &- first).quotientAndRemainder(dividingBy: UInt64(rows - 1))
        return rest == 0 ? step : nil
    }

    /// Whether the step of these ascending times is always the same, so that the record has all of them.
    package static func isRegular(_ times: Span<Int64>) -> Bool {
        precondition(times.count > 0, "A time column has at least one row.")
        guard let step = step(rows: times.count, first: times[0], last: times[times.count - 1]) else { return false }
        for row in 1..<times.count where UInt64(bitPattern: times[row] &- times[row - 1]) != step { return false }
        return true
    }

    /// Appends the column of 2 to 1024 irregular times.
    static func encode(_ times: Span<Int64>, _ encoder: inout IntegerEncoder, to buffer: inout FieldBuffer) {
        precondition(times.count > 1 && times.count <= maximumRows, "An irregular time column has 2 to 1024 rows.")
        var distances = Column<Int64>(capacity: times.count)
        for row in 0..<times.count { distances.append(times[row] &- times[0]) }
        buffer.append(TimeColumnKind.integers.rawValue)
        encoder.encode(distances, to: &buffer)
    }

    /// Encodes 2 to 1024 irregular times; for tests.
    package static func encode(_ times: Span<Int64>) -> [UInt8] {
        var encoder = IntegerEncoder(threshold: ColumnEncoder.balanced)
        var buffer = FieldBuffer()
        encode(times, &encoder, to: &buffer)
        return buffer.bytes.array
    }

    /// Writes the times of rows `range` of a regular column.
    package static func fill(
        _ times: inout MutableSpan<Int64>, first: Int64, step: UInt64, rows range: Range<Int>
    ) {
        precondition(times.count == range.count, "There is room for exactly the rows asked for.")
        let start = first &+ Int64(bitPattern: UInt64(range.lowerBound) &* step)
        for row in 0..<times.count {
            times[row] = start &+ Int64(bitPattern: UInt64(truncatingIfNeeded: row) &* step)
        }
    }

    /// Decodes the `rows` times of a column within `byteCount` bytes to the beginning of `times`. Others may follow it
    /// there.
    ///
    /// Safe for any bytes. `bytes` has ``readablePadding`` more of them.
    /// - Returns: false if the bytes are malformed: of an unknown kind, cut short, not ascending, or with other ends.
    package static func decode(
        _ bytes: RawSpan, byteCount: Int, rows: Int, first: Int64, last: Int64, to times: inout MutableSpan<Int64>
    ) -> Bool {
        guard byteCount > 1, rows > 0 else { return false }
        times[0] = first
        let body = bytes.extracting(1..<bytes.byteCount)
        let whole =
            switch TimeColumnKind(rawValue: bytes.byte(at: 0)) {
            case .integers: decodeIntegers(body, byteCount - 1, rows, &times)
            case nil: false
            }
        guard whole, times[0] == first, times[rows - 1] == last else { return false }
        var ascending = true
        for row in 1..<rows { ascending = times[row - 1] < times[row] && ascending }
        return ascending
    }

    private static func decodeIntegers(
        _ bytes: RawSpan, _ byteCount: Int, _ rows: Int, _ times: inout MutableSpan<Int64>
    ) -> Bool {
        guard rows <= maximumRows else { return false }
        let first = times[0]
        // Done once for all series that have the column, so an allocation does not matter.
        var distances = Column<Int64>()
        let isWhole = distances.append(decoding: rows) { distances, workspace in
            var reader = ColumnReader(bytes, to: byteCount)
            return IntegerColumn.decode(
                &reader, count: rows, to: &distances, &workspace.adaptive.integers, ColumnKernels.best)
        }
        guard isWhole else { return false }
        for row in 0..<rows { times[row] = first &+ distances[row] }
        return true
    }
}

/// Numbers of one width, end to end, lowest bit first.
enum BitPacking {
    /// Returns the number at `index`. Nine bytes from the byte of its first bit on must be readable.
    @inline(__always)
    static func value(_ bytes: RawSpan, _ index: Int, _ width: Int) -> UInt64 {
        if width <= 57 { return bytes.bits(at: index &* width) & lowBits(width) }
        return bytes.wideBits(at: index &* width) & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width))
    }
}
