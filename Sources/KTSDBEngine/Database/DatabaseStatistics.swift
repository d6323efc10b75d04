public import KTSDBModel

/// Statistics of a database as it is now.
public struct DatabaseStatistics: Hashable, Sendable {
    /// The last commit.
    public var sequence: UInt64 = 0
    /// The last commit that is known to be on the disk together with all before it.
    public var durableSequence: UInt64 = 0
    /// How many series are in memory.
    public var series = 0
    /// How many series came into memory since the database was created.
    public var createdSeries: UInt64 = 0
    /// How many distinct label names and values are in memory.
    public var symbols = 0
    /// The size of the index in memory, in bytes.
    public var indexBytes = 0
    /// Bytes of encoded samples in memory.
    public var chunkBytes = 0
    /// What the limits on groups of series have counted, without their groups.
    public var seriesLimits: [SeriesLimitStatistics] = []
    /// What is held in memory, and what was refused because of it.
    public var memory = MemoryStatistics()
    /// Samples stored since the database was opened.
    public var appendedSamples = 0
    /// How many of them were late: their series had a newer sample, or another value at the same time.
    public var lateSamples = 0
    /// Exemplars and metadata in memory.
    public var exemplars = ExemplarStatistics()
    /// Records, of all spaces together.
    public var records = 0
    /// Samples rejected since the database was opened, by reason.
    public var rejectedSamples: [RejectionReason: Int] = [:]
    /// How many blocks there are.
    public var blocks = 0
    /// The size of all blocks, in bytes.
    public var blockBytes: UInt64 = 0
    /// How many samples all blocks have.
    public var blockSamples: UInt64 = 0
    /// The size of the log, in bytes.
    public var logBytes: UInt64 = 0
    /// The number of the log's segment that the next commit goes to; 0 without a log.
    public var logSegment: UInt64 = 0
    /// How many places of blocks, mostly pages, readers have found damaged since the database was opened; each counts
    /// once.
    public var damagedPlaces = 0
    /// Why nothing can be stored at the moment; nil when it can.
    public var storageFault: StorageFault?
    /// Whether the disk is full, and what is reserved on it.
    public var diskSpace = DiskSpaceStatistics()
    /// What was read in the background to find damage.
    public var scrubbing = ScrubStatistics()
    /// The time of the earliest sample; nil without samples.
    public var minTime: Timestamp?
    /// The time of the newest sample; nil without samples.
    public var maxTime: Timestamp?
    /// The time of the earliest sample in memory, or of the newest sample ever if all are in blocks; nil without
    /// samples.
    public var headMinTime: Timestamp?
    /// Chunks of encoded samples in memory.
    public var headChunks = 0
    /// Why the last seal failed, if it did; it is tried again.
    public var sealFailure: String?
    /// How many seals have turned what was in memory into blocks since the database was opened, and how many failed.
    public var seals = 0, failedSeals = 0
    /// How many checkpoints were written since the database was opened, and how many failed.
    public var checkpoints = 0, failedCheckpoints = 0
    /// The bytes that were written for them.
    public var checkpointBytes: UInt64 = 0
    /// The last commit in the newest checkpoint.
    public var checkpointSequence: UInt64 = 0
    /// Deletions whose samples are not all removed yet.
    public var deletions = 0
    /// What compactions have done since the database was opened.
    public var compactions = CompactionStatistics()
    /// The state of retention.
    public var retention = RetentionStatistics()
    /// What has been rolled up.
    public var rollups = RollupStatistics()
    /// How many bytes of the log an opening would have to read now.
    public var replayBytes: UInt64 = 0
    /// Why the last checkpoint failed, if it did; it is tried again, and nothing is lost without it.
    public var checkpointFailure: String?
}

extension MaintenanceFigures {
    /// Fills in what statistics have of seals and checkpoints.
    func add(to statistics: inout DatabaseStatistics) {
        statistics.sealFailure = sealFailure
        statistics.seals = seals
        statistics.failedSeals = failedSeals
        statistics.checkpoints = count
        statistics.failedCheckpoints = failedCount
        statistics.checkpointBytes = byteCount
        statistics.checkpointSequence = sequence
        statistics.checkpointFailure = failure
    }
}
