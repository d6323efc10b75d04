internal import CLibrary
internal import KTSDBModel

/// The value columns that were stored last, so that equal ones are stored once. They are found by hash and verified by
/// comparing bytes.
///
/// Their number is bounded, so that series which are read together stay near each other. A forgotten column is stored
/// once more when it comes again.
struct EncodedColumnPool: ~Copyable {
    private struct Column {
        var rows: Int
        var bytes: Range<Int>
        var position: ColumnEntry.Position
    }

    /// Columns of about the same age, and their encoded bytes.
    private struct Half: ~Copyable {
        var columns: [UInt64: Column] = [:]
        var bytes = FieldBuffer()
    }

    /// The most bytes of one of the two halves: some hundred pages.
    private static let generationByteCount = 1 << 19

    private var young = Half(), old = Half()

    /// Returns where an equal column of `rows` rows is stored, if it is remembered.
    borrowing func find(_ column: borrowing FieldBuffer, rows: Int) -> ColumnEntry.Position? {
        let hash = Self.hash(column.bytes, rows)
        if let found = young.columns[hash], Self.isEqual(found, young.bytes.bytes, column.bytes, rows) {
            return found.position
        }
        if let found = old.columns[hash], Self.isEqual(found, old.bytes.bytes, column.bytes, rows) {
            return found.position
        }
        return nil
    }

    /// Remembers a column that ``find(_:rows:)`` did not find.
    mutating func insert(_ column: borrowing FieldBuffer, rows: Int, _ position: ColumnEntry.Position) {
        if young.bytes.count + column.count > Self.generationByteCount {
            swap(&young, &old)
            young.columns.removeAll(keepingCapacity: true)
            young.bytes.removeAll()
        }
        let start = young.bytes.count
        young.bytes.append(column.bytes)
        young.columns[Self.hash(column.bytes, rows)] = Column(
            rows: rows, bytes: start..<young.bytes.count, position: position)
    }

    private static func hash(_ bytes: RawSpan, _ rows: Int) -> UInt64 {
        XXHash64.hash(bytes) &+ UInt64(rows) &* 0x9e37_79b9_7f4a_7c15
    }

    private static func isEqual(_ found: Column, _ all: RawSpan, _ bytes: RawSpan, _ rows: Int) -> Bool {
        found.rows == rows && found.bytes.count == bytes.byteCount && all.extracting(found.bytes).isEqual(to: bytes)
    }
}
