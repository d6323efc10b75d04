package import KTSDBModel
internal import Synchronization

/// An immutable block: the samples of a window of time in one file (FORMAT.md, section 5). Any thread may read it.
///
/// Series are numbered from 0 in canonical order: by fingerprint, then by the bytes of the labels' string form. Index
/// sections are mapped, and each piece is checked when it is first used. Pages are read and checked whenever they are
/// not in the cache. Damage is reported with its place and never trusted; no bytes make a reader trap.
package final class Block: Sendable {
    /// What the MANIFEST says of the block.
    package let summary: BlockSummary
    let file: BlockFile
    /// Ascending by kind.
    private let sections: [BlockSection]
    private let indexOffset: UInt64
    /// The checksum of each section, from the section table.
    private let sectionChecksums: [UInt32]
    let labelTable = Mutex<BlockLabelTable?>(nil)
    let timeCache: TimeColumnCache
    /// What is hidden; nil if nothing is. Everything else is shared with the same block under other masks.
    let mask: BlockMask?
    /// The series by retention class; nil without rules, and if the index cannot be read.
    let classes: BlockClasses?
    let pages: PageCache
    /// The key of this block's pages in `pages`.
    let cacheID: UInt64
    private let cachedPages: CachedPages
    /// Filled by read views if series of several blocks share a fingerprint.
    let joinKeys: JoinKeys

    /// Opens the block at `path` and checks that it is the one that `summary` describes. Keeps pages in `pages`, which
    /// blocks of several stores may share.
    package static func open(
        fileSystem: any FileSystem, path: String, summary: BlockSummary, pages: PageCache = PageCache(byteLimit: 0)
    ) throws(ReadError) -> Block {
        try Block(BlockFile(fileSystem, path, damage: pages.damage), summary, pages)
    }

    private init(_ file: BlockFile, _ summary: BlockSummary, _ pages: PageCache) throws(ReadError) {
        self.pages = pages
        cacheID = pages.newFile()
        cachedPages = CachedPages(pages, cacheID)
        timeCache = TimeColumnCache()
        (mask, classes) = (nil, nil)
        let table = try SectionTable(file, summary)
        self.file = file
        self.summary = summary
        joinKeys = JoinKeys(count: Int(summary.seriesCount))
        indexOffset = table.entries[0].offset
        let region = try file.map(from: table.entries[0].offset)
        let checksums = try table.readChecksums(file)
        var sections: [BlockSection] = []
        var firstPiece = 0
        for entry in table.entries where entry.kind != .checksums {
            sections.append(
                BlockSection(
                    entry.kind, region, offset: Int(entry.offset - table.entries[0].offset), byteCount: entry.byteCount,
                    fileOffset: entry.offset, path: file.path, damage: file.damage, checksums: checksums,
                    firstPiece: firstPiece))
            firstPiece += entry.pieceCount
        }
        let groupCount = (Int(summary.seriesCount) + BlockFormat.groupCount - 1) / BlockFormat.groupCount
        for (kind, byteCount) in [
            (BlockSectionKind.fingerprints, Int(summary.seriesCount) * 8), (.seriesGroups, groupCount * 8),
        ] where sections[Int(kind.rawValue) - 1].byteCount != byteCount {
            throw file.damaged("the section \(kind.title) is not that of \(summary.seriesCount) series")
        }
        self.sections = sections
        sectionChecksums = table.entries.map(\.checksum)
        // The header repeats a part of the footer: damage in it is reported and costs nothing.
        try? verifyHeader()
    }

    /// The same block under another mask, and with other classes.
    init(_ block: Block, _ mask: BlockMask?, _ classes: BlockClasses?) {
        self.mask = mask
        self.classes = classes
        summary = block.summary
        file = block.file
        sections = block.sections
        indexOffset = block.indexOffset
        sectionChecksums = block.sectionChecksums
        timeCache = block.timeCache
        pages = block.pages
        cacheID = block.cacheID
        cachedPages = block.cachedPages
        joinKeys = block.joinKeys
        let known = block.labelTable.withLock { $0 }
        labelTable.withLock { $0 = known }
    }

    /// Returns the block with this mask in place of its own. It shares the file and all caches.
    func masked(by mask: BlockMask?) -> Block { Block(self, mask, classes) }

    /// The times of the first and the last sample.
    var times: ClosedRange<Timestamp> { summary.times }

    /// The number of series.
    package var seriesCount: Int { Int(summary.seriesCount) }

    /// The bytes after the pages and their copies: index sections, section table and footer.
    package var indexByteCount: Int { Int(summary.byteCount - indexOffset) }

    /// The bytes that the block keeps in memory apart from pages, about.
    var memoryByteCount: Int {
        let labels = labelTable.withLock { $0 }
        return 1024 + (labels?.memoryByteCount ?? 0) + timeCache.byteCount + joinKeys.byteCount
            + sections.reduce(0) { $0 + $1.byteCount / BlockFormat.checkedByteCount * 5 }
    }

    /// Drops decoded times, which are made again when they are needed.
    func dropCaches() { timeCache.removeAll() }

    /// Returns the bytes that samples take: pages and their copies, the tables of pages and time columns, and the
    /// series' column entries. Reads the whole directory.
    package func sampleByteCount() throws(ReadError) -> Int {
        var count = Int(indexOffset) - BlockFormat.headerByteCount
        for kind in [BlockSectionKind.pages, .copies, .timeColumns] { count += section(kind).byteCount }
        for series in 0..<UInt32(seriesCount) {
            count += try withRecord(of: series) { bytes, cursor throws(ReadError) in
                let start = cursor.position
                guard ColumnEntry.skipAll(&cursor, in: bytes) else {
                    throw section(.series).damaged("the entries of series \(series) are cut short")
                }
                return cursor.position - start
            }
        }
        return count
    }

    /// Compares every section with its checksum.
    func verifySections() throws(ReadError) {
        for (section, checksum) in zip(sections, sectionChecksums) { try section.verify(checksum) }
    }

    /// Reads the header and all index sections and compares them with their checksums. Returns how many parts are
    /// damaged, and the bytes that were read.
    func scrubIndex() -> (findings: Int, bytes: Int) {
        var findings = 0
        do throws(ReadError) { try verifyHeader() } catch { findings += 1 }
        for section in sections { findings += section.damagedPieceCount() }
        return (findings, indexByteCount + BlockFormat.headerByteCount)
    }

    @inline(__always)
    func section(_ kind: BlockSectionKind) -> BlockSection { sections[Int(kind.rawValue) - 1] }
}

/// The pages of a block in a cache: they are dropped when the last reader of the block is gone.
private final class CachedPages: Sendable {
    private let pages: PageCache
    private let file: UInt64

    init(_ pages: PageCache, _ file: UInt64) {
        self.pages = pages
        self.file = file
    }

    deinit { pages.removeAll(of: file) }
}

/// The section table of a block, found through the footer. Both are checked.
struct SectionTable {
    struct Entry {
        var kind: BlockSectionKind
        var checksum: UInt32
        var offset: UInt64
        var byteCount: Int

        /// How many pieces of the section have a checksum.
        var pieceCount: Int {
            kind == .checksums ? 0 : (byteCount + BlockFormat.checkedByteCount - 1) / BlockFormat.checkedByteCount
        }
    }

    private(set) var entries: [Entry] = []

    /// - Throws: ``ReadError``, also if the file is not the block of `summary`.
    init(_ file: BlockFile, _ summary: BlockSummary) throws(ReadError) {
        guard file.byteCount == summary.byteCount else {
            throw file.damaged("it has \(file.byteCount) bytes instead of \(summary.byteCount)")
        }
        let footer = try BlockFooter(file)
        guard footer.summary == summary else { throw file.damaged("it is another block than the MANIFEST names") }
        let kinds = BlockSectionKind.allCases
        guard footer.tableOffset <= footer.offset,
            footer.offset - footer.tableOffset == UInt64(kinds.count * BlockFormat.tableEntryByteCount)
        else { throw file.damaged("the footer names a section table that cannot be") }
        let table = try file.read(at: footer.tableOffset, count: Int(footer.offset - footer.tableOffset))
        guard table.bytes.crc32c() == footer.tableChecksum else {
            throw file.damaged("the checksum of the section table is wrong")
        }
        try read(table.bytes, kinds, through: footer.tableOffset, file)
    }

    /// Reads the entries: all kinds in order, the sections end to end, the last one up to the table.
    private mutating func read(
        _ table: RawSpan, _ kinds: [BlockSectionKind], through tableOffset: UInt64, _ file: BlockFile
    ) throws(ReadError) {
        var cursor = FieldCursor(0..<table.byteCount)
        var end: UInt64?
        for kind in kinds {
            guard let number = cursor.littleEndian(UInt32.self, in: table), number == kind.rawValue,
                let checksum = cursor.littleEndian(UInt32.self, in: table),
                let offset = cursor.littleEndian(UInt64.self, in: table),
                let byteCount = cursor.littleEndian(UInt64.self, in: table),
                offset >= UInt64(BlockFormat.headerByteCount), offset == end ?? offset, offset <= tableOffset,
                byteCount <= tableOffset - offset
            else { throw file.damaged("the section table does not name \(kind.title) where it can be") }
            entries.append(Entry(kind: kind, checksum: checksum, offset: offset, byteCount: Int(byteCount)))
            end = offset + byteCount
        }
        guard end == tableOffset else { throw file.damaged("the sections do not end where their table begins") }
    }

    /// Returns the checksums of all pieces of all sections, in order.
    func readChecksums(_ file: BlockFile) throws(ReadError) -> [UInt32] {
        let entry = entries[entries.count - 1]
        let count = entries.reduce(0) { $0 + $1.pieceCount }
        guard entry.byteCount == count * 4 else { throw file.damaged("there are not as many checksums as pieces") }
        let buffer = try file.read(at: entry.offset, count: entry.byteCount)
        guard buffer.bytes.crc32c() == entry.checksum else { throw file.damaged("the checksums are damaged") }
        var checksums: [UInt32] = []
        checksums.reserveCapacity(count)
        var cursor = FieldCursor(0..<entry.byteCount)
        while let checksum = cursor.littleEndian(UInt32.self, in: buffer.bytes) { checksums.append(checksum) }
        return checksums
    }
}
