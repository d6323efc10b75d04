/// Statistics of a database as it is now.
public struct DatabaseStatistics: Hashable, Sendable {
    /// The last commit, and the last one that is known to be on the disk together with all before it.
    public var sequence: UInt64 = 0, durableSequence: UInt64 = 0
    /// Series, distinct label strings and bytes of their index in memory.
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
    /// The size of the log, in bytes.
    public var logBytes: UInt64 = 0
    /// How many places of blocks, mostly pages, readers have found damaged since the database was opened; each counts
    /// once.
    public var damagedPlaces = 0
    /// Why nothing can be stored at the moment; nil when it can.
    public var storageFault: StorageFault?
    /// Times of the earliest and newest sample, in milliseconds since the Unix epoch; nil without samples.
    public var minTime: Int64?, maxTime: Int64?
    /// The time of the earliest sample in memory, or of the newest sample ever if all are in blocks, in milliseconds
    /// since the Unix epoch; nil without samples.
    public var headMinTime: Int64?
    /// Chunks of encoded samples in memory.
    public var headChunks = 0
    /// Why the last seal failed, if it did; it is tried again.
    public var sealFailure: String?
    /// Checkpoints written since the database was opened, their bytes, and the last commit in the newest one.
    public var checkpoints = 0, checkpointBytes: UInt64 = 0, checkpointSequence: UInt64 = 0
    /// What compactions have done since the database was opened.
    public var compactions = CompactionStatistics()
    /// The state of retention.
    public var retention = RetentionStatistics()
    /// How many bytes of the log an opening would have to read now.
    public var replayBytes: UInt64 = 0
    /// Why the last checkpoint failed, if it did; it is tried again, and nothing is lost without it.
    public var checkpointFailure: String?
}
