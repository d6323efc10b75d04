internal import KTSDBModel

/// The end of a block's file, which says what the block is and where its section table stands (FORMAT.md, section 5).
struct BlockFooter {
    let summary: BlockSummary
    let tableOffset: UInt64, tableChecksum: UInt32
    let sectionCount: Int
    let version: UInt16
    /// Where the footer begins, and the section table ends.
    let offset: UInt64

    /// Reads the footer and compares it with its checksum and the length of the file.
    init(_ file: BlockFile) throws(ReadError) {
        let smallest = UInt64(BlockFormat.headerByteCount + BlockFormat.footerByteCount)
        guard file.byteCount >= smallest else { throw file.damaged("it is too short for a block") }
        offset = file.byteCount - UInt64(BlockFormat.footerByteCount)
        let buffer = try file.read(at: offset, count: BlockFormat.footerByteCount)
        let footer = buffer.bytes
        var cursor = FieldCursor(0..<footer.byteCount)
        guard let number = cursor.littleEndian(UInt64.self, in: footer),
            let generation = cursor.littleEndian(UInt64.self, in: footer),
            let minTime = cursor.littleEndian(Int64.self, in: footer),
            let maxTime = cursor.littleEndian(Int64.self, in: footer),
            let seriesCount = cursor.littleEndian(UInt64.self, in: footer),
            let sampleCount = cursor.littleEndian(UInt64.self, in: footer),
            let byteCount = cursor.littleEndian(UInt64.self, in: footer),
            let tableOffset = cursor.littleEndian(UInt64.self, in: footer),
            let tableChecksum = cursor.littleEndian(UInt32.self, in: footer),
            let version = cursor.littleEndian(UInt16.self, in: footer),
            let level = cursor.byte(in: footer), let sectionCount = cursor.byte(in: footer),
            let magic = cursor.littleEndian(UInt64.self, in: footer),
            let checksum = cursor.littleEndian(UInt32.self, in: footer)
        else { throw file.damaged("the footer is cut short") }
        guard magic == BlockFormat.footerMagic else { throw file.damaged("it does not end like a block") }
        guard footer.extracting(droppingLast: 4).crc32c() == checksum else {
            throw file.damaged("the checksum of the footer is wrong")
        }
        guard BlockFormat.readableVersions.contains(version) else {
            throw file.damaged(
                "it has version \(version) of the format, and only up to \(BlockFormat.version) can be read")
        }
        guard byteCount == file.byteCount else {
            throw file.damaged("it has \(file.byteCount) bytes instead of \(byteCount)")
        }
        guard seriesCount <= UInt64(UInt32.max) else { throw file.damaged("it claims \(seriesCount) series") }
        summary = BlockSummary(
            number: number, generation: generation, level: level, minTime: minTime, maxTime: maxTime,
            byteCount: byteCount, seriesCount: seriesCount, sampleCount: sampleCount, footerCRC: checksum)
        self.tableOffset = tableOffset
        self.tableChecksum = tableChecksum
        self.sectionCount = Int(sectionCount)
        self.version = version
    }
}
