/// What the MANIFEST remembers of a block, and the block's own footer repeats.
package struct BlockSummary: Hashable, Sendable {
    /// The block's number, never given to another block of the database.
    package var number: UInt64
    /// The commit sequence through which a seal moved everything into blocks; the highest of the inputs after a merge.
    package var generation: UInt64
    /// 0 after a seal, 1 when merged for a window of two hours, 2 when merged for a day.
    package var level: UInt8
    /// The times of the earliest and the latest sample.
    package var minTime: Int64, maxTime: Int64
    /// Bytes of the file.
    package var byteCount: UInt64
    package var seriesCount: UInt64, sampleCount: UInt64
    /// The checksum of the footer, which has that of the section table, which has those of all sections.
    package var footerCRC: UInt32

    package init(
        number: UInt64, generation: UInt64, level: UInt8, minTime: Int64, maxTime: Int64, byteCount: UInt64,
        seriesCount: UInt64, sampleCount: UInt64, footerCRC: UInt32
    ) {
        self.number = number
        self.generation = generation
        self.level = level
        self.minTime = minTime
        self.maxTime = maxTime
        self.byteCount = byteCount
        self.seriesCount = seriesCount
        self.sampleCount = sampleCount
        self.footerCRC = footerCRC
    }
}
