public import KTSDBModel

extension Database {
    /// How a database behaves; every value has a default that suits an application.
    public struct Configuration: Sendable {
        /// What a commit promises when it returns.
        public var durability: Durability = .interval(.seconds(1))
        /// How long samples are kept, counted back from the clock or the newest sample, whichever is earlier; nil keeps
        /// all. Queries show nothing older. Blocks go as a whole, when their newest sample is older; one has a day's
        /// samples at most, below ten days of retention those of two hours. A clock that jumps removes nothing
        /// (``RetentionStatistics``). Can be changed later: ``Database/setRetention(_:)``.
        public var retention: Duration?
        /// How far ahead of the clock a sample may be; nil for any.
        public var maximumFuture: Duration?
        /// How far behind the newest of all samples a sample may be; nil for any.
        public var maximumAge: Duration?
        /// How many series may be in memory at once; further ones are refused (``RejectionReason/seriesLimit``).
        public var seriesLimit: Int = .max
        /// How many and how long labels a series may have; samples of others are refused
        /// (``RejectionReason/labelLimit``). What is stored already stays and is read, whatever the limits.
        public var labelLimits = LabelLimits.standard
        /// Encoded samples in memory beyond which they are sealed into blocks, in bytes, unless ``openBytesPerSeries``
        /// allows more.
        public var openByteLimit = 64 << 20
        /// Encoded samples that each series in memory may have, on average, before they are sealed, in bytes: some
        /// fifty samples. With many series, smaller blocks would be mostly index.
        public var openBytesPerSeries = 128
        /// Memory for pages of blocks that were read last, in bytes; 0 keeps none.
        public var pageCacheByteLimit = 16 << 20
        /// The span of time in memory beyond which samples are sealed into blocks.
        public var openSpanLimit: Duration = .seconds(3600)
        /// How many exemplars are kept in memory, the newest of all series together; 0 keeps none, in blocks neither.
        /// They take some 100 bytes each, as they come. Can be changed later: ``Database/setExemplarLimit(_:)``.
        public var exemplarLimit = 100_000
        /// Whether threads of its own sync, seal and merge. Without them, call `maintain()`.
        public var runsMaintenance = true
        /// What time it is; tests replace it.
        public var clock = DatabaseClock.system
        /// Called with what an operator should know of at once, by any thread and one call at a time for each kind of
        /// event. It should return soon, and must not call the database.
        public var onEvent: (@Sendable (DatabaseEvent) -> Void)?
        /// Bytes at which the log begins a new segment.
        package var logSegmentByteLimit = LogOptions().segmentByteLimit
        /// Bytes that one commit may have in the log.
        package var logBodyByteLimit = LogOptions().bodyByteLimit
        /// Bytes of the log that are replayed together, by two threads.
        package var replayGroupByteLimit = LogOptions().replayGroupByteLimit
        /// Bytes of the log since the last checkpoint from which on another one is due, whatever the samples in memory.
        package var checkpointLogByteLimit = 32 << 20
        /// Whether blocks are merged when that is due; else only by ``compact()``.
        package var compactsWhenDue = true
        /// Rows of a series beyond which a merge does not hold all of them in memory at once.
        package var compactionSliceRows = BlockMerger.sliceRows
        /// The wall clock, in milliseconds since the Unix epoch; tests replace it, and the other one with it.
        package var wallClock: @Sendable () -> Int64 {
            get { clock.wall }
            set { clock = DatabaseClock(wall: newValue, monotonic: newValue) }
        }
        /// A clock that only goes forward, in milliseconds, also while the machine sleeps. Tests that have the wall
        /// clock jump replace it after ``wallClock``.
        package var monotonicClock: @Sendable () -> Int64 {
            get { clock.monotonic }
            set { clock = DatabaseClock(wall: clock.wall, monotonic: newValue) }
        }

        /// The defaults.
        public init() {}
    }
}

extension HeadConfiguration {
    init(_ configuration: Database.Configuration) {
        self.init()
        seriesLimit = configuration.seriesLimit
        labelLimits = configuration.labelLimits
    }
}
