/// Writes the sections of a block's index one after another, each at once or in pieces, then their checksums, the
/// section table and the footer.
struct IndexWriter: ~Copyable {
    private let output: BlockOutput
    private var table = FieldBuffer()
    private var checksums = FieldBuffer()
    private var written = 0
    private var section = Section(kind: .pages, offset: 0)

    /// The section that is being written.
    private struct Section {
        var kind: BlockSectionKind
        var offset: UInt64
        var checksum: UInt32 = 0
        /// The piece that is not full yet: its checksum and length.
        var openChecksum: UInt32 = 0, openByteCount = 0
    }

    init(_ output: BlockOutput) { self.output = output }

    /// Writes one section, whose bytes `fill` appends to an empty buffer. Sections are written in the order of their
    /// kinds.
    mutating func write(_ kind: BlockSectionKind, _ fill: (inout FieldBuffer) -> Void) throws(FileError) {
        var buffer = FieldBuffer()
        fill(&buffer)
        begin(kind)
        try move(&buffer)
        try end()
    }

    // MARK: Sections that come in pieces

    /// Begins a section.
    mutating func begin(_ kind: BlockSectionKind) {
        precondition(kind == BlockSectionKind.allCases[written], "The sections of a block have a fixed order.")
        section = Section(kind: kind, offset: output.offset)
    }

    /// The bytes of the section so far.
    var sectionByteCount: UInt64 { output.offset - section.offset }

    /// Appends the bytes of `buffer` to the section and empties the buffer.
    mutating func move(_ buffer: inout FieldBuffer) throws(FileError) {
        try append(buffer.bytes)
        buffer.removeAll()
    }

    private mutating func append(_ bytes: RawSpan) throws(FileError) {
        section.checksum = bytes.crc32c(continuing: section.checksum)
        var start = 0
        while start < bytes.byteCount {
            let end = min(start + BlockFormat.checkedByteCount - section.openByteCount, bytes.byteCount)
            section.openChecksum = bytes.extracting(start..<end).crc32c(continuing: section.openChecksum)
            section.openByteCount += end - start
            if section.openByteCount == BlockFormat.checkedByteCount { endPiece() }
            start = end
        }
        try output.append(bytes)
    }

    /// Does the same once the buffer has 32 KiB.
    mutating func moveIfLong(_ buffer: inout FieldBuffer) throws(FileError) {
        if buffer.count >= 1 << 15 { try move(&buffer) }
    }

    /// Ends the section.
    mutating func end() throws(FileError) {
        if section.openByteCount > 0 { endPiece() }
        endEntry(byteCount: sectionByteCount)
    }

    private mutating func endPiece() {
        checksums.append(littleEndian: section.openChecksum)
        (section.openChecksum, section.openByteCount) = (0, 0)
    }

    private mutating func endEntry(byteCount: UInt64) {
        written += 1
        table.append(littleEndian: section.kind.rawValue)
        table.append(littleEndian: section.checksum)
        table.append(littleEndian: section.offset)
        table.append(littleEndian: byteCount)
    }

    /// Writes the checksums, the section table and the footer, and completes the summary.
    mutating func finish(_ summary: inout BlockSummary) throws(FileError) {
        var last = FieldBuffer()
        swap(&last, &checksums)
        begin(.checksums)
        section.checksum = last.bytes.crc32c()
        try output.append(last.bytes)
        endEntry(byteCount: UInt64(last.count))
        let tableOffset = output.offset
        try output.append(table.bytes)
        summary.byteCount = output.offset + UInt64(BlockFormat.footerByteCount)
        let footer = BlockFooter(summary, tableOffset: tableOffset, tableChecksum: table.bytes.crc32c())
        summary = footer.summary
        var bytes = FieldBuffer(capacity: BlockFooter.byteCount)
        footer.encode(into: &bytes)
        try output.append(bytes.bytes)
    }
}
