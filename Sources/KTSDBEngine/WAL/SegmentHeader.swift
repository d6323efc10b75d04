/// The beginning of every segment.
struct SegmentHeader: FixedLayout, Hashable {
    static let byteCount = 44

    var version = UInt32(LogFormat.version)
    var databaseID: UInt64 = 0
    var number: UInt64 = 0
    /// The sequence of the first commit in the segment: it supersedes frames from that sequence on in earlier segments.
    var firstSequence: UInt64 = 0
    /// The first of the segments whose definitions the frames of this one rely on: usually its own number, an earlier
    /// one if frames were moved here after a failed sync.
    var definitionsSince: UInt64 = 0
    private var checksum: UInt32 = 0

    init() {}

    init(databaseID: UInt64, number: UInt64, firstSequence: UInt64, definitionsSince: UInt64) {
        self.databaseID = databaseID
        self.number = number
        self.firstSequence = firstSequence
        self.definitionsSince = definitionsSince
        var buffer = FieldBuffer()
        encode(into: &buffer)
        checksum = buffer.bytes.extracting(first: Self.byteCount - 4).crc32c()
    }

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(0x474c_544b as UInt32)  // "KTLG"
        coder.field(&version)
        coder.field(&databaseID)
        coder.field(&number)
        coder.field(&firstSequence)
        coder.field(&definitionsSince)
        coder.field(&checksum)
    }

    /// What the beginning of a file says.
    enum Reading: Hashable {
        case header(SegmentHeader)
        case unknownVersion(UInt32)
        case damaged
    }

    static func read(_ bytes: RawSpan) -> Reading {
        guard let header = SegmentHeader(bytes),
            header.checksum == bytes.extracting(first: byteCount - 4).crc32c()
        else { return .damaged }
        guard header.version == UInt32(LogFormat.version) else { return .unknownVersion(header.version) }
        return .header(header)
    }
}
