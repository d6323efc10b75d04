/// The bytes of the write-ahead log: FORMAT.md, section 3.
enum LogFormat {
    /// The version of segments that are written. Version 2 brought histograms and start times, version 3
    /// exemplars and metadata.
    static let version: UInt8 = 3
    static let readableVersions: ClosedRange<UInt8> = 1...3
    /// The version of frames, the same in all segments so far.
    static let frameVersion: UInt8 = 1
    /// The section kinds of a frame's body.
    static let floats: UInt8 = 1, series: UInt8 = 2, histograms: UInt8 = 3, exemplars: UInt8 = 4, metadata: UInt8 = 5

    /// The place of a section of this kind among those of a frame; 0 for an unknown kind.
    static func order(of kind: UInt8) -> Int {
        switch kind {
        case floats: 1
        case histograms: 2
        case exemplars: 3
        case metadata: 4
        case series: 5
        default: 0
        }
    }
    /// The longest body that is written; longer ones are taken for damage.
    static let bodyByteLimit = 1 << 30

    /// Where a segment's header checksums start, so that no frame of another segment or database is valid in it.
    static func seed(databaseID: UInt64, segment: UInt64) -> UInt32 {
        var buffer = FieldBuffer()
        buffer.append(littleEndian: databaseID)
        buffer.append(littleEndian: segment)
        return buffer.bytes.crc32c()
    }
}

/// The beginning of every segment.
struct SegmentHeader: Hashable {
    static let magic: UInt32 = 0x474c_544b  // "KTLG"
    static let byteCount = 44

    var databaseID: UInt64
    var number: UInt64
    /// The sequence of the first commit in the segment: it supersedes frames from there on in earlier segments.
    var firstSequence: UInt64
    /// The first of the segments whose definitions the frames of this one count on; its own number as a rule, an
    /// earlier one where frames were moved here after a failed sync.
    var definitionsSince: UInt64

    func encode(into buffer: inout FieldBuffer) {
        let start = buffer.count
        buffer.append(littleEndian: Self.magic)
        buffer.append(littleEndian: UInt32(LogFormat.version))
        buffer.append(littleEndian: databaseID)
        buffer.append(littleEndian: number)
        buffer.append(littleEndian: firstSequence)
        buffer.append(littleEndian: definitionsSince)
        let checksum = buffer.bytes.extracting(start..<buffer.count).crc32c()
        buffer.append(littleEndian: checksum)
    }

    /// What the beginning of a file says.
    enum Reading: Hashable {
        case header(SegmentHeader)
        case unknownVersion(UInt8)
        case damaged
    }

    static func read(_ bytes: RawSpan) -> Reading {
        var cursor = FieldCursor(0..<min(bytes.byteCount, byteCount))
        guard bytes.byteCount >= byteCount,
            let magic = cursor.littleEndian(UInt32.self, in: bytes),
            let version = cursor.littleEndian(UInt32.self, in: bytes),
            let databaseID = cursor.littleEndian(UInt64.self, in: bytes),
            let number = cursor.littleEndian(UInt64.self, in: bytes),
            let firstSequence = cursor.littleEndian(UInt64.self, in: bytes),
            let definitionsSince = cursor.littleEndian(UInt64.self, in: bytes),
            let checksum = cursor.littleEndian(UInt32.self, in: bytes),
            magic == Self.magic, checksum == bytes.extracting(first: byteCount - 4).crc32c()
        else { return .damaged }
        guard let known = UInt8(exactly: version), LogFormat.readableVersions.contains(known) else {
            return .unknownVersion(UInt8(truncatingIfNeeded: version))
        }
        return .header(
            SegmentHeader(
                databaseID: databaseID, number: number, firstSequence: firstSequence, definitionsSince: definitionsSince
            ))
    }
}

/// The beginning of every frame.
struct FrameHeader: Hashable {
    static let magic: UInt32 = 0x9e46_4bd7  // a first byte that is not text, then "KF"
    static let byteCount = 68

    /// Whether the frame is a mark: no commit, but a record of what is synced.
    var isMark: Bool
    var bodyByteCount: Int
    var bodyChecksum: UInt32
    /// The checksum of the frame before this one in the segment; the segment's seed for the first.
    var previousChecksum: UInt32
    /// The commit's number; a mark repeats that of the commit before it.
    var sequence: UInt64
    /// The highest commit that was known to be synced when the frame was built.
    var syncedSequence: UInt64
    var context: FrameContext
    /// In a mark: the segment behind this one, which is on the disk; 0 for nothing known.
    var nextSegment: UInt64 = 0
    /// Over the segment's seed and all of the above.
    var checksum: UInt32 = 0

    /// Appends the header and returns its checksum.
    @discardableResult
    func encode(seed: UInt32, into buffer: inout FieldBuffer) -> UInt32 {
        let start = buffer.count
        buffer.append(littleEndian: Self.magic)
        buffer.append(LogFormat.frameVersion)
        buffer.append(isMark ? 1 : 0)
        buffer.append(littleEndian: UInt16(Self.byteCount))
        buffer.append(littleEndian: UInt32(bodyByteCount))
        buffer.append(littleEndian: bodyChecksum)
        buffer.append(littleEndian: previousChecksum)
        buffer.append(littleEndian: context.flags)
        buffer.append(littleEndian: sequence)
        buffer.append(littleEndian: syncedSequence)
        buffer.append(littleEndian: isMark ? Int64(bitPattern: nextSegment) : context.wallClock)
        buffer.append(littleEndian: context.maxFutureMilliseconds)
        buffer.append(littleEndian: context.maxAgeMilliseconds)
        let checksum = buffer.bytes.extracting(start..<buffer.count).crc32c(continuing: seed)
        buffer.append(littleEndian: checksum)
        return checksum
    }

    /// The header at `offset`, or nil when there is none with valid values and checksum. Without a `seed`, the
    /// checksum is not looked at: for bytes that never left this process.
    init?(at offset: Int, of bytes: RawSpan, seed: UInt32?) {
        guard offset >= 0, bytes.byteCount - offset >= Self.byteCount else { return nil }
        var cursor = FieldCursor(offset..<(offset + Self.byteCount))
        guard let magic = cursor.littleEndian(UInt32.self, in: bytes), magic == Self.magic,
            let version = cursor.byte(in: bytes), version == LogFormat.frameVersion,
            let flags = cursor.byte(in: bytes), flags <= 1,
            let headerByteCount = cursor.littleEndian(UInt16.self, in: bytes), headerByteCount == Self.byteCount,
            let bodyByteCount = cursor.littleEndian(UInt32.self, in: bytes), bodyByteCount <= LogFormat.bodyByteLimit,
            let bodyChecksum = cursor.littleEndian(UInt32.self, in: bytes),
            let previousChecksum = cursor.littleEndian(UInt32.self, in: bytes),
            let policyFlags = cursor.littleEndian(UInt32.self, in: bytes),
            let sequence = cursor.littleEndian(UInt64.self, in: bytes),
            let syncedSequence = cursor.littleEndian(UInt64.self, in: bytes),
            let wallClock = cursor.littleEndian(Int64.self, in: bytes),
            let maxFuture = cursor.littleEndian(Int64.self, in: bytes),
            let maxAge = cursor.littleEndian(Int64.self, in: bytes),
            let checksum = cursor.littleEndian(UInt32.self, in: bytes),
            flags == 0 || bodyByteCount == 0
        else { return nil }
        if let seed {
            let expected = bytes.extracting(offset..<(offset + Self.byteCount - 4)).crc32c(continuing: seed)
            guard checksum == expected else { return nil }
        }
        isMark = flags == 1
        self.bodyByteCount = Int(bodyByteCount)
        self.bodyChecksum = bodyChecksum
        self.previousChecksum = previousChecksum
        self.sequence = sequence
        self.syncedSequence = syncedSequence
        nextSegment = isMark ? UInt64(bitPattern: wallClock) : 0
        self.context = FrameContext(
            wallClock: isMark ? 0 : wallClock, maxFutureMilliseconds: maxFuture, maxAgeMilliseconds: maxAge,
            flags: policyFlags)
        self.checksum = checksum
    }

    init(
        isMark: Bool = false, bodyByteCount: Int = 0, bodyChecksum: UInt32 = 0, previousChecksum: UInt32,
        sequence: UInt64, syncedSequence: UInt64, context: FrameContext, nextSegment: UInt64 = 0
    ) {
        self.isMark = isMark
        self.bodyByteCount = bodyByteCount
        self.bodyChecksum = bodyChecksum
        self.previousChecksum = previousChecksum
        self.sequence = sequence
        self.syncedSequence = syncedSequence
        self.context = context
        self.nextSegment = nextSegment
    }
}
