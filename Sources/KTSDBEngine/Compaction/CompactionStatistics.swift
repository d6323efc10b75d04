/// What compactions have done since the database was opened.
public struct CompactionStatistics: Hashable, Sendable {
    /// How many compactions were completed, failed for any reason, or were given up because the database was closed.
    public var completed = 0, failed = 0, cancelled = 0
    /// How many blocks were compacted, and how many samples the results have.
    public var inputBlocks = 0, samples: UInt64 = 0
    /// The bytes of the compacted blocks and of the results. The difference is the space gained.
    public var bytesRead: UInt64 = 0, bytesWritten: UInt64 = 0
    /// The most bytes that the samples and the index of one compaction took in memory at once, about.
    public var peakBufferBytes = 0
    /// The running compaction, if any.
    public var current: CompactionProgress?
    /// Why the last compaction failed, if it did. All samples are where they were.
    public var failure: String?
    /// Blocks that could not be read whole when they were to be compacted. They stay where they are, and queries
    /// continue to use them, but compactions leave them out until the database is opened again.
    public var leftOut: [UInt64] = []
}

/// How far a compaction has got.
public struct CompactionProgress: Hashable, Sendable {
    /// The level of the result: 1 for a window of two hours, 2 for a day.
    public var level: Int
    /// How many blocks are compacted.
    public var blocks: Int
    /// How many series are done, and how many there are; both are 0 at first.
    public var series = 0, totalSeries = 0
}

/// Why blocks could not be compacted. These blocks are unchanged; compactions before this one are kept.
@nonexhaustive
public enum CompactionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk has no room for the compacted block next to the blocks that it is made of.
    case diskFull(String)
    /// A file could not be written or read.
    case failed(String)
    /// The database is closed, or is being closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .diskFull(let reason), .failed(let reason): "Blocks could not be compacted. \(reason)"
        case .closed: "The database is closed. Open it again."
        }
    }
}

extension CompactionError {
    init(_ error: CompactionFailure) {
        if case .cancelled = error {
            self = .closed
        } else {
            self = error.isDiskFull ? .diskFull(error.description) : .failed(error.description)
        }
    }
}
