/// Figures of a database as it is now.
public struct DatabaseStatistics: Hashable, Sendable {
    /// The last commit, and the last that is known to be on the disk with all before it.
    public var sequence: UInt64 = 0, durableSequence: UInt64 = 0
    /// Series, distinct label values and bytes of their index in memory.
    public var series = 0, symbols = 0, indexBytes = 0
    /// Bytes of encoded samples in memory.
    public var chunkBytes = 0
    /// Samples stored since the database was opened.
    public var appendedSamples = 0
    /// Exemplars and metadata in memory.
    public var exemplars = ExemplarStatistics()
    /// Records, of all spaces together.
    public var records = 0
    /// Samples rejected since the database was opened, by reason.
    public var rejectedSamples: [RejectionReason: Int] = [:]
    /// Blocks, their bytes and samples.
    public var blocks = 0
    public var blockBytes: UInt64 = 0, blockSamples: UInt64 = 0
    /// Bytes of the log.
    public var logBytes: UInt64 = 0
    /// Places of blocks, mostly pages, that readers found damaged since the database was opened; each counts once.
    public var damagedPlaces = 0
    /// Why nothing can be stored at the moment; nil when it can.
    public var storageFault: StorageFault?
    /// Times of the earliest and newest sample, in milliseconds since the Unix epoch; nil when there is none.
    public var minTime: Int64?, maxTime: Int64?
    /// The time of the earliest sample in memory, or of the newest sample ever when all are in blocks; nil when there
    /// is none.
    public var headMinTime: Int64?
    /// Chunks of encoded samples in memory.
    public var headChunks = 0
    /// Why the last seal failed, when it did; it is tried again.
    public var sealFailure: String?
    /// Checkpoints written since the database was opened, their bytes, and the last commit in the newest one.
    public var checkpoints = 0, checkpointBytes: UInt64 = 0, checkpointSequence: UInt64 = 0
    /// What became of merges of blocks since the database was opened.
    public var merges = CompactionStatistics()
    /// How retention goes on.
    public var retention = RetentionStatistics()
    /// Bytes of the log that a start now would have to read.
    public var replayBytes: UInt64 = 0
    /// Why the last checkpoint failed, when it did; it is tried again, and nothing is lost without it.
    public var checkpointFailure: String?
}
