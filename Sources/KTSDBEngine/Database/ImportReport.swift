/// What an import brought.
public struct ImportReport: Hashable, Sendable {
    /// How many samples were taken; of those of a series at one time, one counts.
    public var samples = 0
    /// How many samples were not taken, by reason.
    public var rejections: [RejectionReason: Int] = [:]
    /// How many series they belong to.
    public var series = 0
    /// How many blocks were made.
    public var blocks = 0
    /// How many samples the blocks have.
    public var storedSamples: UInt64 = 0
    /// How many bytes the blocks have.
    public var bytes: UInt64 = 0
}

/// How far an import has come.
public struct ImportProgress: Hashable, Sendable {
    /// How many samples were taken so far.
    public var samples = 0
    /// How many blocks will be made at most; 0 while samples are still collected.
    public var plannedBlocks = 0
    /// How many of them are done.
    public var writtenBlocks = 0
}
