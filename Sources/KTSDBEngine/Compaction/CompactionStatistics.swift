/// What became of merges of blocks since the database was opened.
public struct CompactionStatistics: Hashable, Sendable {
    /// Merges that were finished; that failed, for whatever reason; that were given up because the database was closed.
    public var completed = 0, failed = 0, cancelled = 0
    /// Blocks that were merged, and samples that the results have.
    public var inputBlocks = 0, samples: UInt64 = 0
    /// Bytes of the merged blocks and of the results: the difference is room that was gained.
    public var bytesRead: UInt64 = 0, bytesWritten: UInt64 = 0
    /// The most bytes that the samples and the index of one merge took in memory at once, about.
    public var peakBufferBytes = 0
    /// The merge that is under way.
    public var current: CompactionProgress?
    /// Why the last merge failed, when it did. All samples are where they were.
    public var failure: String?
    /// Blocks that could not be read whole when they were to be merged. They stay as they are, queries go on using
    /// them, and they are not tried again before the database is opened again.
    public var setAside: [UInt64] = []
}

/// How far a merge is.
public struct CompactionProgress: Hashable, Sendable {
    /// The level of the result: 1 for a window of two hours, 2 for a day.
    public var level: Int
    /// The blocks that are merged.
    public var blocks: Int
    /// Series that are done, and all of them; 0 at first.
    public var series = 0, totalSeries = 0
}

/// Why blocks could not be merged. The database is as before, and the merge is tried again.
@nonexhaustive
public enum CompactionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk has no room for the merged block, beside the blocks that it is made of.
    case diskFull(String)
    /// A file could not be written or read.
    case failed(String)
    /// The database is closed, or is being closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .diskFull(let reason), .failed(let reason): "Blocks could not be merged. \(reason)"
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
