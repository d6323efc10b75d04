/// What has been rolled up, and what rolling up did since the database was opened.
public struct RollupStatistics: Hashable, Sendable {
    /// The state of each rule, in the order of the rules.
    public var rules: [RollupRuleStatistics] = []
    /// How many blocks of rollups there are.
    public var blocks = 0
    /// The size of these blocks, in bytes.
    public var blockBytes: UInt64 = 0
    /// How many points they have, those that have been replaced included.
    public var points: UInt64 = 0
    /// How many rounds are complete, and how many steps failed.
    public var rounds = 0, failures = 0
    /// How many points were written, and from how many raw samples they were computed.
    public var writtenPoints = 0, readSamples = 0
    /// How many raw blocks a limit of size has removed before they were rolled up.
    public var lostBlocks = 0
    /// Why the last step failed, if it did; it is tried again.
    public var failure: String?
}

/// The state of one rollup rule.
public struct RollupRuleStatistics: Hashable, Sendable {
    /// The rule's name.
    public var name: String
    /// The length of its intervals.
    public var interval: Duration
    /// How long its points are kept; nil for ever.
    public var keep: Duration?
    /// Whether its first round is complete, so that queries use its points.
    public var isComplete = false
    /// How many raw blocks wait to be rolled up.
    public var waitingBlocks = 0
}

/// What a call of ``Database/rollUp()`` did.
public struct RollupReport: Hashable, Sendable {
    /// How many blocks of rollups were written, and how many points they have.
    public var blocks = 0, points = 0
    /// How many raw samples were read for them.
    public var samples = 0
}

/// Why rolling up ended early. What was written before is kept, and the call can be repeated.
@nonexhaustive
public enum RollupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The database is only read, or is closed.
    case unavailable
    /// A block could not be read, written or published, for this reason.
    case failed(String)

    /// What happened, and what to do next.
    public var description: String {
        switch self {
        case .unavailable:
            "The database is closed, or is only read. Nothing was rolled up; open it for writing."
        case .failed(let reason): "Not everything was rolled up; what is missing is tried again. \(reason)"
        }
    }
}
