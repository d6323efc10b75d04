/// What the MANIFEST knows of one checkpoint: how much of two files belongs to it, and their checksums.
package struct CheckpointRecord: Hashable, Sendable {
    /// The checkpoint's number, which names its file of samples; higher than those of all earlier ones.
    package var number: UInt64
    /// The last commit in it: the log is needed from the next one on.
    package var sequence: UInt64
    /// The number that names its file of series, and how many bytes of that belong to it.
    package var seriesFile: UInt64, seriesByteCount: UInt64
    /// The length of its file of samples, in bytes.
    package var samplesByteCount: UInt64
    /// The CRC-32C at the end of each file.
    package var seriesChecksum: UInt32, samplesChecksum: UInt32

    package init(
        number: UInt64, sequence: UInt64 = 0, seriesFile: UInt64 = 0, seriesByteCount: UInt64 = 0,
        samplesByteCount: UInt64 = 0, seriesChecksum: UInt32 = 0, samplesChecksum: UInt32 = 0
    ) {
        self.number = number
        self.sequence = sequence
        self.seriesFile = seriesFile
        self.seriesByteCount = seriesByteCount
        self.samplesByteCount = samplesByteCount
        self.seriesChecksum = seriesChecksum
        self.samplesChecksum = samplesChecksum
    }
}

extension CheckpointRecord: FieldLayout {
    /// What the MANIFEST stores of a checkpoint after its number.
    mutating func fields<Coder: FieldCoder & ~Copyable & ~Escapable>(_ coder: inout Coder) {
        coder.varint(&sequence)
        coder.varint(&seriesFile)
        coder.varint(&seriesByteCount)
        coder.varint(&samplesByteCount)
        coder.field(&seriesChecksum)
        coder.field(&samplesChecksum)
    }
}
