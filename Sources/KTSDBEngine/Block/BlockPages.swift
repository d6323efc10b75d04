internal import KTSDBModel

/// The pages written so far, and the copies yet to be written.
struct BlockPages {
    struct Record {
        var offset: UInt64
        var byteCount: UInt32
        var checksum: UInt32
    }

    /// A copy is at least this far after its page, or at the end of all pages, so that one bad sector does not hit
    /// both.
    private static let copyDistance: UInt64 = 1 << 16

    /// By page number. Records of open pages are empty.
    private(set) var records: [Record] = []
    /// The offsets of the copies, ascending by page number.
    private(set) var copies: [(page: UInt32, offset: UInt64)] = []
    private var pending: [(page: UInt32, bytes: [UInt8])] = []

    /// Begins a page and returns its number.
    mutating func begin() -> UInt32 {
        records.append(Record(offset: 0, byteCount: 0, checksum: 0))
        return UInt32(records.count - 1)
    }

    /// Writes the copies that are due, then the page.
    mutating func write(_ page: UInt32, _ bytes: RawSpan, copied: Bool, to output: BlockOutput) throws(FileError) {
        while let first = pending.first, output.offset >= records[Int(first.page)].offset + Self.copyDistance {
            try writeFirstCopy(to: output)
        }
        records[Int(page)] = Record(
            offset: output.offset, byteCount: UInt32(bytes.byteCount), checksum: bytes.crc32c())
        if copied { pending.append((page, bytes.array)) }
        try output.append(bytes)
    }

    /// Writes all copies that are left.
    mutating func finish(_ output: BlockOutput) throws(FileError) {
        while !pending.isEmpty { try writeFirstCopy(to: output) }
    }

    private mutating func writeFirstCopy(to output: BlockOutput) throws(FileError) {
        let (page, bytes) = pending.removeFirst()
        copies.append((page, output.offset))
        try output.append(bytes.span.rawBytes)
    }
}

/// A page that is being filled with columns.
struct OpenPage: ~Copyable {
    private var number: UInt32?
    private var bytes = FieldBuffer(capacity: BlockFormat.pageLimit)
    private var columnCount = 0, useCount = 0

    /// Counts a user of a column on the page `page`. Users that come after the page was written do not count.
    mutating func use(_ page: UInt32) { if page == number { useCount += 1 } }

    /// Puts a column on this page, or on a new one if this is full, and returns its position.
    mutating func append(
        _ column: borrowing FieldBuffer, to pages: inout BlockPages, _ output: BlockOutput
    ) throws(FileError) -> (page: UInt32, offset: Int) {
        if bytes.count + column.count > BlockFormat.pageTarget { try close(&pages, output) }
        if number == nil { number = pages.begin() }
        let offset = bytes.count
        bytes.append(column.bytes)
        columnCount += 1
        return (number!, offset)
    }

    /// Writes the page, if there is one. It gets a copy if its columns have more than one user each, on average.
    mutating func close(_ pages: inout BlockPages, _ output: BlockOutput) throws(FileError) {
        guard let number else { return }
        try pages.write(number, bytes.bytes, copied: useCount > columnCount, to: output)
        self.number = nil
        bytes.removeAll()
        columnCount = 0
        useCount = 0
    }
}
