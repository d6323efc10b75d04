/// What the MANIFEST remembers of a block, and the block's own footer repeats.
package struct BlockSummary: Hashable, Sendable {
    /// The block's number, which names its file; never given to another block of the database.
    package var number: UInt64
    /// The last commit whose samples may be in the block. Of two samples of a series at one time, that from the block
    /// with the lower one counts.
    package var lastSequence: UInt64
    /// 0 after a seal, 1 when compacted for a window of two hours, 2 when compacted for a day.
    package var level: UInt8
    /// The times of the earliest and the latest sample, in milliseconds.
    package var minTime: Int64, maxTime: Int64
    /// Bytes of the file.
    package var byteCount: UInt64
    package var seriesCount: UInt64, sampleCount: UInt64
    /// The checksum of the footer, which has that of the section table, which has those of all sections.
    package var checksum: UInt32

    package init(
        number: UInt64, lastSequence: UInt64 = 0, level: UInt8 = 0, minTime: Int64 = 0, maxTime: Int64 = 0,
        byteCount: UInt64 = 0, seriesCount: UInt64 = 0, sampleCount: UInt64 = 0, checksum: UInt32 = 0
    ) {
        self.number = number
        self.lastSequence = lastSequence
        self.level = level
        self.minTime = minTime
        self.maxTime = maxTime
        self.byteCount = byteCount
        self.seriesCount = seriesCount
        self.sampleCount = sampleCount
        self.checksum = checksum
    }
}

extension BlockSummary: FieldLayout {
    /// What the MANIFEST stores of a block after its number.
    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.varint(&lastSequence)
        coder.field(&level)
        coder.zigzag(&minTime)
        coder.zigzag(&maxTime)
        coder.varint(&byteCount)
        coder.varint(&seriesCount)
        coder.varint(&sampleCount)
        coder.field(&checksum)
    }
}
