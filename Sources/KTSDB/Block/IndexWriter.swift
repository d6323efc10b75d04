/// Writes the sections of a block's index one after another, then their checksums, the section table and the footer.
struct IndexWriter: ~Copyable {
    private let output: BlockOutput
    private var table = FieldBuffer()
    private var checksums = FieldBuffer()
    private var written = 0

    init(_ output: BlockOutput) { self.output = output }

    /// Writes one section, whose bytes `fill` appends to an empty buffer. Sections come in the order of their kinds.
    mutating func write(_ kind: BlockSectionKind, _ fill: (inout FieldBuffer) -> Void) throws(FileError) {
        var buffer = FieldBuffer()
        fill(&buffer)
        let bytes = buffer.bytes
        var start = 0
        while start < bytes.byteCount {
            let end = min(start + BlockFormat.checkedByteCount, bytes.byteCount)
            checksums.append(littleEndian: bytes.extracting(start..<end).crc32c())
            start = end
        }
        try write(kind, bytes)
    }

    /// Writes the checksums, the section table and the footer, and completes the summary.
    mutating func finish(_ summary: inout BlockSummary) throws(FileError) {
        var last = FieldBuffer()
        swap(&last, &checksums)
        try write(.checksums, last.bytes)
        let tableOffset = output.offset
        try output.append(table.bytes)
        summary.byteCount = output.offset + UInt64(BlockFormat.footerByteCount)
        var footer = FieldBuffer(capacity: BlockFormat.footerByteCount)
        footer.append(littleEndian: summary.number)
        footer.append(littleEndian: summary.generation)
        footer.append(littleEndian: summary.minTime)
        footer.append(littleEndian: summary.maxTime)
        footer.append(littleEndian: summary.seriesCount)
        footer.append(littleEndian: summary.sampleCount)
        footer.append(littleEndian: summary.byteCount)
        footer.append(littleEndian: tableOffset)
        footer.append(littleEndian: table.bytes.crc32c())
        footer.append(littleEndian: BlockFormat.version)
        footer.append(summary.level)
        footer.append(UInt8(written))
        footer.append(littleEndian: BlockFormat.footerMagic)
        summary.footerCRC = footer.bytes.crc32c()
        footer.append(littleEndian: summary.footerCRC)
        try output.append(footer.bytes)
    }

    private mutating func write(_ kind: BlockSectionKind, _ bytes: RawSpan) throws(FileError) {
        precondition(kind == BlockSectionKind.allCases[written], "The sections of a block have a fixed order.")
        written += 1
        table.append(littleEndian: kind.rawValue)
        table.append(littleEndian: bytes.crc32c())
        table.append(littleEndian: output.offset)
        table.append(littleEndian: UInt64(bytes.byteCount))
        try output.append(bytes)
    }
}
