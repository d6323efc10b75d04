internal import KTSDBModel

/// The end of a block's file: what the block is and where its section table is (FORMAT.md, section 5).
struct BlockFooter: FixedLayout {
    static let byteCount = BlockFormat.footerByteCount

    private(set) var summary = BlockSummary(number: 0)
    private(set) var tableOffset: UInt64 = 0, tableChecksum: UInt32 = 0
    private var version = BlockFormat.version
    private var sections = UInt8(BlockSectionKind.allCases.count)
    private var magic = BlockFormat.footerMagic

    init() {}

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.field(&summary.number)
        coder.field(&summary.lastSequence)
        coder.field(&summary.minTime)
        coder.field(&summary.maxTime)
        coder.field(&summary.seriesCount)
        coder.field(&summary.sampleCount)
        coder.field(&summary.byteCount)
        coder.field(&tableOffset)
        coder.field(&tableChecksum)
        coder.field(&version)
        coder.field(&summary.levelAndFlag)
        coder.field(&sections)
        coder.field(&magic)
        coder.field(&summary.checksum)
    }

    /// Creates the footer of a block, and computes the checksum that its summary lacks.
    init(_ summary: BlockSummary, tableOffset: UInt64, tableChecksum: UInt32) {
        self.summary = summary
        self.tableOffset = tableOffset
        self.tableChecksum = tableChecksum
        var buffer = FieldBuffer()
        encode(into: &buffer)
        self.summary.checksum = buffer.bytes.extracting(droppingLast: 4).crc32c()
    }

    /// Where the footer begins and the section table ends.
    var offset: UInt64 { summary.byteCount - UInt64(Self.byteCount) }

    /// Reads the footer and checks it against its checksum and the length of the file.
    init(_ file: BlockFile) throws(ReadError) {
        let smallest = UInt64(BlockFormat.headerByteCount + Self.byteCount)
        guard file.byteCount >= smallest else { throw file.damaged("it is too short for a block") }
        let bytes = try file.read(at: file.byteCount - UInt64(Self.byteCount), count: Self.byteCount)
        guard let footer = BlockFooter(bytes.bytes) else { throw file.damaged("the footer is cut short") }
        self = footer
        guard magic == BlockFormat.footerMagic else { throw file.damaged("it does not end like a block") }
        guard bytes.bytes.extracting(droppingLast: 4).crc32c() == summary.checksum else {
            throw file.damaged("the checksum of the footer is wrong")
        }
        guard version == BlockFormat.version else {
            throw file.damaged("it has version \(version) of the format, and only \(BlockFormat.version) can be read")
        }
        guard summary.byteCount == file.byteCount else {
            throw file.damaged("it has \(file.byteCount) bytes instead of \(summary.byteCount)")
        }
        guard summary.seriesCount <= UInt64(UInt32.max) else {
            throw file.damaged("it claims \(summary.seriesCount) series")
        }
        guard Int(sections) == BlockSectionKind.allCases.count else {
            throw file.damaged("it claims \(sections) sections")
        }
    }
}
