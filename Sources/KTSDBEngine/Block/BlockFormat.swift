/// Numbers of the block format (FORMAT.md, section 5).
enum BlockFormat {
    /// Raised with every new section, column kind or head bit.
    static let version: UInt16 = 1
    /// `KTSBLOCK` and `KTSBFOOT`, lowest byte first.
    static let headerMagic: UInt64 = 0x4b43_4f4c_4253_544b, footerMagic: UInt64 = 0x544f_4f46_4253_544b
    static let headerByteCount = 32, footerByteCount = 84, tableEntryByteCount = 24

    /// A page is closed if another column would make it longer than this. A column that is longer itself gets its own
    /// page.
    static let pageTarget = 4096
    /// The most bytes that a page may have.
    static let pageLimit = 1 << pageOffsetBits
    /// A column's position is the number of its page and, in the lowest bits, its offset in the page.
    static let pageOffsetBits = 14
    static let pageRecordByteCount = 16, copyRecordByteCount = 16, timeColumnRecordByteCount = 24
    /// The page number of a regular time column, which has no bytes on pages.
    static let noPage = UInt32.max

    /// Index sections are checked in pieces of this size.
    static let checkedByteCount = 4096
    /// Series in a group of the directory, and terms in a run. A reader walks a group or run to find one of them.
    static let groupCount = 16, runCount = 16

    /// The parts of the head byte of a column's entry.
    static let kindMask: UInt8 = 0x1f, wholeFlag: UInt8 = 0x20, startsFlag: UInt8 = 0x40

    /// Returns the number of bits in which numbers below `count` are written.
    static func width(below count: Int) -> Int { count < 2 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount }
}

/// The sections of a block's index, in the order of the section table and of the file. The checksums come last,
/// whatever kinds are added.
enum BlockSectionKind: UInt32, CaseIterable {
    case pages = 1, copies, timeColumns, fingerprints, series, seriesGroups, names, shapes, postings, terms, termRuns
    case exemplars, metadata, origin
    case checksums = 255

    /// The name used in error messages.
    var title: String {
        switch self {
        case .pages: "page table"
        case .copies: "table of page copies"
        case .timeColumns: "time column table"
        case .fingerprints: "fingerprints"
        case .series: "series directory"
        case .seriesGroups: "series group table"
        case .names: "label names"
        case .shapes: "label shapes"
        case .postings: "postings"
        case .terms: "terms"
        case .termRuns: "term run table"
        case .exemplars: "exemplars"
        case .metadata: "metadata"
        case .origin: "origin"
        case .checksums: "checksums"
        }
    }
}
