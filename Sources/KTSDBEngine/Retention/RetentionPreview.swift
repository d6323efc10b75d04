public import KTSDBModel

/// What limits would remove of what is in blocks now: see ``Database/retentionPreview(_:readLimits:)``.
public struct RetentionPreview: Hashable, Sendable {
    /// What would go, of one class of series or of whole blocks.
    public struct Loss: Hashable, Sendable {
        /// How many series would lose samples.
        public var series = 0
        /// How many samples would go, those that deletions hide included.
        public var samples: UInt64 = 0
        /// The bytes that these samples take, about: their share of each block.
        public var bytes: UInt64 = 0
        /// How many blocks have such samples.
        public var blocks = 0
        /// The times of the first and the last of them, to the ends of blocks; nil without any.
        public var times: ClosedRange<Timestamp>?

        /// Creates a loss of nothing.
        public init() {}
    }

    /// What one rule would remove, or, without a name, the limit of age for series that no rule matches.
    public struct Class: Hashable, Sendable {
        /// The rule's name; nil for series that no rule matches.
        public var name: String?
        /// How long its series are kept; nil for ever.
        public var keep: Duration?
        /// Samples of its series before this time would go; nil if none would.
        public var horizon: Timestamp?
        /// How many series of blocks are in the class.
        public var series = 0
        /// What would go.
        public var loss = Loss()
    }

    /// The rules in their order, and at last the series that no rule matches.
    public var classes: [Class] = []
    /// The limit of size in bytes; nil without one.
    public var byteLimit: UInt64?
    /// What the database takes now, in bytes, as the limit of size counts it.
    public var usedBytes: UInt64 = 0
    /// What the limit of size would remove after that: whole blocks.
    public var size = Loss()
    /// Whether the clock has jumped, so that nothing goes for its age before it is back or was confirmed.
    public var isPaused = false
    /// The blocks whose series could not be read: nothing is known of what would go in them.
    public var unread: [UInt64] = []
}

extension RetentionPreview.Loss {
    /// Adds what would go of a block.
    mutating func add(samples: UInt64, bytes: UInt64, times range: ClosedRange<Int64>) {
        self.samples += samples
        self.bytes += bytes
        blocks += 1
        let first = Timestamp(milliseconds: range.lowerBound), last = Timestamp(milliseconds: range.upperBound)
        times = min(times?.lowerBound ?? first, first)...max(times?.upperBound ?? last, last)
    }
}
