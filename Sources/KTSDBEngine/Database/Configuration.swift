public import KTSDBModel

extension Database {
    /// How a database behaves; every value has a default that suits an application.
    public struct Configuration: Sendable {
        /// What a commit promises when it returns.
        public var durability: Durability = .interval(.seconds(1))
        /// How long samples are kept, counted back from the clock or the newest sample, whichever is earlier; nil keeps
        /// all. Queries show nothing older. Blocks are removed whole, when their newest sample is older; a block holds
        /// a day's samples at most, or two hours' if retention is below ten days. A clock that jumps removes nothing
        /// (``RetentionStatistics``). Can be changed later: ``Database/setRetention(_:)-(Duration?)``.
        public var retention: Duration? {
            get { retentionLimits.age }
            set { retentionLimits.age = newValue }
        }
        /// All limits on what is kept: ``retention`` is their ``RetentionLimits/age``. When the database takes more
        /// bytes than it may, the oldest blocks are removed, whole, but never the newest one. Can be changed later:
        /// ``Database/setRetention(_:)-(RetentionLimits)``.
        public var retentionLimits = RetentionLimits()
        /// Which series are rolled up, so that queries over long ranges need not read every sample and are answered
        /// beyond the retention of raw samples. Can be changed later: ``Database/setRollupRules(_:)``.
        public var rollupRules = RollupRules.none
        /// How long a deletion can be undone; until then its samples take room. They are removed when this time has
        /// passed, or by ``Database/reclaim()``.
        public var deletionUndoPeriod: Duration = .seconds(86_400)
        /// How far ahead of the clock a sample may be; nil for no limit.
        public var maximumFuture: Duration?
        /// How much older than the newest of all samples a late sample may be, one that is not newer than its series'
        /// newest: nil for no limit, which is the default, `.zero` to refuse late samples as Prometheus does by
        /// default (``RejectionReason/outOfOrder``). Other samples may be that old too, and in any case an hour. Can be
        /// changed later: ``Database/setOutOfOrderWindow(_:)``.
        ///
        /// A late sample costs 22 bytes in memory until the next seal, which writes it into the block of its time;
        /// queries see it at once, as if it had come in order. Exemplars that come before the newest of their series
        /// may be as old as late samples.
        public var outOfOrderWindow: Duration?
        /// What happens to a sample if its series has another value at the same time. A batch may decide otherwise for
        /// itself (``Batch/duplicates``). What is stored does not change when this changes.
        public var duplicates = DuplicatePolicy.reject
        /// How many series may be in memory at once; further ones are refused (``RejectionReason/seriesLimit``).
        public var seriesLimit: Int = .max
        /// How many series groups of series may have in memory, and how many of them may be new in a day. Can be
        /// changed later: ``Database/setSeriesLimits(_:)``.
        public var seriesLimits: [SeriesLimit] = []
        /// How many labels a series may have, and how long; samples of others are refused
        /// (``RejectionReason/labelLimit``). What is already stored stays and can be read, whatever the limits.
        public var labelLimits = LabelLimits.standard
        /// How many bytes are reserved on the disk, in the file `RESERVE`, but never more than a hundredth of the disk;
        /// 0 for none. When the disk is full, they are given up, so that samples in memory can be sealed, and retention
        /// and deletions can make room. Appends throw ``AppendError/diskFull(path:)`` until there is room again.
        public var diskReserveByteLimit = 64 << 20
        /// The number of bytes of encoded samples in memory beyond which they are sealed into blocks, unless
        /// ``openBytesPerSeries`` allows more.
        public var openByteLimit = 64 << 20
        /// How many bytes of encoded samples each series in memory may have, on average, before they are sealed: about
        /// fifty samples. With many series, smaller blocks would be mostly index.
        public var openBytesPerSeries = 128
        /// Memory for the block pages that were read last, in bytes; 0 keeps none.
        public var pageCacheByteLimit = 16 << 20
        /// What the database may hold in memory, in bytes: samples, series, caches, seals and compactions, and queries
        /// of a `PromQLEngine` that has the database's ledger (``Database/memory``). nil: no limit.
        ///
        /// Only the database's own structures are counted, not the rest of the process. When they come near the limit,
        /// samples are sealed early and caches shrink; then new series are refused (``RejectionReason/memoryLimit``),
        /// and queries get no more memory. Appends to series in memory always work. The marks are `MemoryMarks`.
        public var memoryLimit: Int?
        /// A ledger that counts more than this database, in place of one of its own; ``memoryLimit`` is not used then.
        public var memory: MemoryLedger?
        /// The time span of samples in memory beyond which they are sealed into blocks.
        public var openSpanLimit: Duration = .seconds(3600)
        /// How many exemplars are kept in memory, those of all series together that came last; 0 keeps none, not even
        /// in blocks. Each takes about 100 bytes, allocated as exemplars arrive. Can be changed later:
        /// ``Database/setExemplarLimit(_:)``.
        public var exemplarLimit = 100_000
        /// Whether the database syncs, seals and compacts on threads of its own. Otherwise, call `maintain()`.
        public var runsMaintenance = true
        /// How many bytes a second are read in the background to find damage before somebody needs the data; 0 for
        /// none. Without threads for maintenance, call ``Database/scrub(progress:)``.
        public var scrubBytesPerSecond = 4 << 20
        /// How long after the beginning of one pass over all files the next one begins.
        public var scrubInterval: Duration = .seconds(7 * 86_400)
        /// What time it is; tests replace it.
        public var clock = DatabaseClock.system
        /// Called with what an operator should know at once, on any thread, one call at a time for each kind of event.
        /// It should return soon, and must not call the database.
        public var onEvent: (@Sendable (DatabaseEvent) -> Void)?
        /// The number of bytes at which the log begins a new segment.
        package var logSegmentByteLimit = LogOptions().segmentByteLimit
        /// How many bytes of commits may be unsynced before appends wait for a sync.
        package var logKeptByteLimit = LogOptions().keptByteLimit
        /// Bytes that one commit may have in the log.
        package var logBodyByteLimit = LogOptions().bodyByteLimit
        /// Bytes of the log that are replayed together, by two threads.
        package var replayGroupByteLimit = LogOptions().replayGroupByteLimit
        /// How many bytes of the log since the last checkpoint make another one due, whatever the samples in memory.
        package var checkpointLogByteLimit = 32 << 20
        /// How many deletions may wait until their samples are removed.
        package var deletionLimit = 4096
        /// Whether rollups are made when that is due; otherwise only ``rollUp()`` does it.
        package var rollsUpWhenDue = true
        /// How many raw series one block of rollups has at most when it is made.
        package var rollupSeriesLimit = 16_384
        /// Whether blocks are compacted when that is due; otherwise only ``compact()`` does it.
        package var compactsWhenDue = true
        /// The number of rows of a series beyond which a compaction does not hold all of them in memory at once.
        package var compactionSliceRows = BlockMerger.sliceRows
        /// The wall clock, in milliseconds since the Unix epoch. Tests replace it, which replaces the monotonic clock
        /// too.
        package var wallClock: @Sendable () -> Int64 {
            get { clock.wall }
            set { clock = DatabaseClock(wall: newValue, monotonic: newValue) }
        }
        /// A clock that only goes forward, in milliseconds, also while the machine sleeps. Tests that make the wall
        /// clock jump replace it after ``wallClock``.
        package var monotonicClock: @Sendable () -> Int64 {
            get { clock.monotonic }
            set { clock = DatabaseClock(wall: clock.wall, monotonic: newValue) }
        }

        /// Creates a configuration with the defaults.
        public init() {}
    }
}

extension HeadConfiguration {
    init(_ configuration: Database.Configuration) {
        self.init()
        if let ledger = configuration.memory { memory = ledger }
        now = configuration.wallClock
        seriesLimit = configuration.seriesLimit
        labelLimits = configuration.labelLimits
    }
}
