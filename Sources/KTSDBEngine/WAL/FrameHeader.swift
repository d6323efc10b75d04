/// The beginning of every frame.
struct FrameHeader: FixedLayout, Hashable {
    static let magic: UInt32 = 0x9e46_4bd7  // a first byte that is not text, then "KF"
    static let byteCount = 68

    private var flags: UInt8 = 0
    private var bodyLength: UInt32 = 0
    private(set) var bodyChecksum: UInt32 = 0
    /// The checksum of the frame before this one in the segment; the segment's seed for the first.
    private(set) var previousChecksum: UInt32 = 0
    private var policyFlags: UInt32 = 0
    /// The commit's number; a mark repeats that of the commit before it.
    private(set) var sequence: UInt64 = 0
    /// The highest commit that was known to be synced when the frame was built.
    private(set) var syncedSequence: UInt64 = 0
    /// The wall clock of a commit; in a mark, the next segment.
    private var wallClock: Int64 = 0
    private var maxFutureMilliseconds: Int64 = 0, windowMilliseconds: Int64 = 0
    /// The checksum over the segment's seed and all of the above.
    private(set) var checksum: UInt32 = 0

    init() {}

    /// The header of a commit's frame.
    init(
        bodyByteCount: Int, bodyChecksum: UInt32, previousChecksum: UInt32, sequence: UInt64,
        syncedSequence: UInt64, context: FrameContext
    ) {
        bodyLength = UInt32(bodyByteCount)
        self.bodyChecksum = bodyChecksum
        self.previousChecksum = previousChecksum
        policyFlags = context.flags
        self.sequence = sequence
        self.syncedSequence = syncedSequence
        wallClock = context.wallClock
        maxFutureMilliseconds = context.maxFutureMilliseconds
        windowMilliseconds = context.windowMilliseconds
    }

    /// The header of a mark: no commit, but a note of what is synced.
    init(markAfter sequence: UInt64, synced: UInt64, nextSegment: UInt64, previousChecksum: UInt32) {
        self.init(
            bodyByteCount: 0, bodyChecksum: 0, previousChecksum: previousChecksum, sequence: sequence,
            syncedSequence: synced, context: FrameContext(wallClock: Int64(bitPattern: nextSegment)))
        flags = 1
    }

    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.constant(Self.magic)
        coder.constant(LogFormat.version)
        coder.field(&flags)
        coder.constant(UInt16(Self.byteCount))
        coder.field(&bodyLength)
        coder.field(&bodyChecksum)
        coder.field(&previousChecksum)
        coder.field(&policyFlags)
        coder.field(&sequence)
        coder.field(&syncedSequence)
        coder.field(&wallClock)
        coder.field(&maxFutureMilliseconds)
        coder.field(&windowMilliseconds)
        coder.field(&checksum)
    }

    var isMark: Bool { flags == 1 }
    var bodyByteCount: Int { Int(bodyLength) }
    /// In a mark: the segment after this one, which is on the disk; 0 if none is known.
    var nextSegment: UInt64 { isMark ? UInt64(bitPattern: wallClock) : 0 }
    var context: FrameContext {
        FrameContext(
            wallClock: isMark ? 0 : wallClock, maxFutureMilliseconds: maxFutureMilliseconds,
            windowMilliseconds: windowMilliseconds, flags: policyFlags)
    }

    /// Turns it into the header of a frame in another place of the log.
    mutating func link(to previousChecksum: UInt32, synced: UInt64) {
        self.previousChecksum = previousChecksum
        syncedSequence = synced
    }

    /// Appends the header and returns its checksum.
    @discardableResult
    func encode(seed: UInt32, into buffer: inout FieldBuffer) -> UInt32 {
        let start = buffer.count
        encode(into: &buffer)
        let checksum = buffer.bytes.extracting(start..<(buffer.count - 4)).crc32c(continuing: seed)
        buffer.replace(at: buffer.count - 4, littleEndian: checksum)
        return checksum
    }

    /// Reads the header at `offset`; nil if its values or its checksum are not valid. Without a `seed`, the checksum is
    /// not checked: for bytes that never left this process.
    init?(at offset: Int, of bytes: RawSpan, seed: UInt32?) {
        self.init(bytes, at: offset)
        guard flags <= 1, bodyByteCount <= LogFormat.bodyByteLimit, flags == 0 || bodyByteCount == 0 else { return nil }
        guard let seed else { return }
        let expected = bytes.extracting(offset..<(offset + Self.byteCount - 4)).crc32c(continuing: seed)
        guard checksum == expected else { return nil }
    }
}
