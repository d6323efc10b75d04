internal import KTSDBModel

/// What the MANIFEST says of a block. The block's footer repeats it.
package struct BlockSummary: Hashable, Sendable {
    /// The block's number, which is its file name. No other block of the database ever gets it.
    package var number: UInt64
    /// The highest commit whose samples may be in the block. If two blocks have a sample of one series at one time, the
    /// sample of the block with the lower number here counts.
    package var lastSequence: UInt64
    /// 0 from a seal, 1 compacted for a window of two hours, 2 compacted for a day. Blocks of imports have the level of
    /// their span from the beginning; 0 if it was not over.
    package var level: UInt8
    /// Whether the block's samples count instead of those that blocks of a lower ``lastSequence`` have at the same
    /// times; otherwise those count.
    package var replaces: Bool
    /// The times of the earliest and the latest sample, in milliseconds.
    package var minTime: Int64, maxTime: Int64
    /// The length of the file.
    package var byteCount: UInt64
    package var seriesCount: UInt64, sampleCount: UInt64
    /// The checksum of the footer, which vouches for the section table, which vouches for all sections.
    package var checksum: UInt32

    package init(
        number: UInt64, lastSequence: UInt64 = 0, level: UInt8 = 0, replaces: Bool = false, minTime: Int64 = 0,
        maxTime: Int64 = 0, byteCount: UInt64 = 0, seriesCount: UInt64 = 0, sampleCount: UInt64 = 0,
        checksum: UInt32 = 0
    ) {
        self.number = number
        self.lastSequence = lastSequence
        self.level = level
        self.replaces = replaces
        self.minTime = minTime
        self.maxTime = maxTime
        self.byteCount = byteCount
        self.seriesCount = seriesCount
        self.sampleCount = sampleCount
        self.checksum = checksum
    }
}

extension BlockSummary {
    /// Which of the block's samples count when others have the same series and time.
    var rank: SampleRank { SampleRank(sequence: lastSequence, replaces: replaces) }

    private static let replacesFlag: UInt8 = 0x80

    /// The level as files have it, with a flag for a block that replaces.
    var levelAndFlag: UInt8 {
        get { level | (replaces ? Self.replacesFlag : 0) }
        set {
            level = newValue & ~Self.replacesFlag
            replaces = newValue & Self.replacesFlag != 0
        }
    }
}

extension BlockSummary: FieldLayout {
    /// What the MANIFEST stores of a block after its number.
    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.varint(&lastSequence)
        coder.field(&levelAndFlag)
        coder.zigzag(&minTime)
        coder.zigzag(&maxTime)
        coder.varint(&byteCount)
        coder.varint(&seriesCount)
        coder.varint(&sampleCount)
        coder.field(&checksum)
    }
}

extension BlockSummary {
    /// The times of the first and the last sample.
    var times: ClosedRange<Timestamp> {
        Timestamp(milliseconds: min(minTime, maxTime))...Timestamp(milliseconds: maxTime)
    }
}
