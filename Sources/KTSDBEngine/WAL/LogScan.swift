internal import KTSDBModel

/// The contents of one segment: every frame and every stretch of other bytes, in order. It decides nothing.
struct LogScan {
    /// A frame whose checksums match.
    struct Frame {
        var offset: Int
        var byteCount: Int
        var sequence: UInt64
        var syncedSequence: UInt64
        var isMark: Bool
        /// The checksum of its header, to which the next frame's header refers, and that of its body.
        var checksum: UInt32, bodyChecksum: UInt32
        /// In a mark: the segment after this one, which was on the disk; 0 if none is known.
        var nextSegment: UInt64
    }
    /// Bytes that are not a frame.
    struct Gap {
        var bytes: Range<Int>
        /// The commit that a readable header names, when only the body is damaged.
        var sequence: UInt64?
        var reason: LogReport.Reason
    }
    enum Item {
        case frame(Frame)
        case gap(Gap)
    }

    var number: UInt64
    var path: String
    /// Where reading began: 0, or the end of a frame that was read before.
    var start = 0
    /// Where reading ended: the length of the file at that time.
    var byteCount: Int
    /// The segment's header; nil when it is damaged or belongs to another segment.
    var header: SegmentHeader?
    var isForeign = false
    var items: [Item] = []

    /// Whether the segment begins with a mark: recovery writes such segments, and they replace whatever earlier
    /// segments hold from their first sequence on.
    var beginsWithMark: Bool {
        guard header != nil, case .frame(let frame) = items.first else { return false }
        return frame.isMark
    }

    /// Reads a segment.
    ///
    /// - Throws: ``LogError/unsupportedVersion(path:found:)``.
    init(_ bytes: RawSpan, number: UInt64, path: String, databaseID: UInt64) throws(LogError) {
        self.number = number
        self.path = path
        byteCount = bytes.byteCount
        switch SegmentHeader.read(bytes) {
        case .unknownVersion(let version): throw .unsupportedVersion(path: path, found: version)
        case .header(let header) where header.databaseID == databaseID && header.number == number: self.header = header
        case .header:
            isForeign = true
            return
        case .damaged:
            guard !bytes.isEmpty else { return }
            let end = min(bytes.byteCount, SegmentHeader.byteCount)
            items.append(.gap(Gap(bytes: 0..<end, sequence: nil, reason: .segmentHeader)))
        }
        let seed = LogFormat.seed(databaseID: databaseID, segment: number)
        scanFrames(bytes, from: SegmentHeader.byteCount, after: seed, seed: seed)
    }

    /// Reads the rest of a segment.
    ///
    /// - Parameters:
    ///   - rest: The bytes from `start` on.
    ///   - start: Where the last frame ends that was read before.
    ///   - previous: The checksum of that frame's header.
    ///   - header: The segment's header.
    ///   - path: Its path.
    init(
        rest: RawSpan, from start: Int, after previous: UInt32, of header: SegmentHeader, path: String
    ) {
        number = header.number
        self.path = path
        self.start = start
        byteCount = start + rest.byteCount
        self.header = header
        let seed = LogFormat.seed(databaseID: header.databaseID, segment: header.number)
        scanFrames(rest, from: 0, after: previous, seed: seed)
    }

    /// Reads frames from a position in `bytes` on; `previous` is the checksum of the frame before it, or the seed.
    private mutating func scanFrames(_ bytes: RawSpan, from first: Int, after previous: UInt32, seed: UInt32) {
        // Nil after damage, when the chain of checksums has to be picked up again.
        var previous: UInt32? = previous
        var position = first
        while position < bytes.byteCount {
            if let header = FrameHeader(at: position, of: bytes, seed: seed),
                previous == nil || header.previousChecksum == previous
            {
                let end = position + FrameHeader.byteCount + header.bodyByteCount
                let isWhole =
                    end <= bytes.byteCount
                    && bytes.extracting((position + FrameHeader.byteCount)..<end).crc32c() == header.bodyChecksum
                if isWhole {
                    items.append(
                        .frame(
                            Frame(
                                offset: start + position, byteCount: end - position, sequence: header.sequence,
                                syncedSequence: header.syncedSequence, isMark: header.isMark,
                                checksum: header.checksum, bodyChecksum: header.bodyChecksum,
                                nextSegment: header.nextSegment)))
                } else {
                    let range = (start + position)..<min(start + end, byteCount)
                    items.append(.gap(Gap(bytes: range, sequence: header.sequence, reason: .frameBody)))
                }
                previous = header.checksum
                position = end
            } else {
                let next = Self.nextHeader(in: bytes, from: position + 1, seed: seed)
                items.append(
                    .gap(Gap(bytes: (start + position)..<(start + next), sequence: nil, reason: .frameHeader)))
                previous = nil
                position = next
            }
        }
    }

    /// Returns where the next valid frame header begins, or the end. Its first byte is only a hint; the checksum
    /// decides.
    private static func nextHeader(in bytes: RawSpan, from start: Int, seed: UInt32) -> Int {
        let hint = UInt8(truncatingIfNeeded: FrameHeader.magic)
        var position = start
        while position < bytes.byteCount, let found = bytes.offset(of: hint, from: position) {
            if FrameHeader(at: found, of: bytes, seed: seed) != nil { return found }
            position = found + 1
        }
        return bytes.byteCount
    }
}
