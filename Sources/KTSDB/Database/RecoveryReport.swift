/// What opening a database found and did.
public struct RecoveryReport: Hashable, Sendable, CustomStringConvertible {
    /// What was read back from the log, and what of it was damaged or cut.
    public var log = LogReport()
    /// Blocks that could not be opened, with the reason. They are left where they are, and queries go on without them.
    public var damagedBlocks: [String] = []
    /// Samples in the log whose series is not known, because the frame that named it was damaged.
    public var orphanedSamples = 0
    /// Bytes of a MANIFEST edit that was never finished, and was cut.
    public var cutManifestBytes = 0

    /// Whether anything was lost or cut that may have been stored once.
    public var foundDamage: Bool {
        !log.damage.isEmpty || log.cutTail != nil || !damagedBlocks.isEmpty || orphanedSamples > 0
    }

    /// The report as a reader of a server's log wants it.
    public var description: String {
        var lines = [log.description]
        lines += damagedBlocks.map { "block left out: \($0)" }
        if orphanedSamples > 0 { lines.append("\(orphanedSamples) samples of series whose definition was damaged") }
        if cutManifestBytes > 0 {
            lines.append("\(cutManifestBytes) bytes of an unfinished edit cut from the MANIFEST")
        }
        return lines.joined(separator: "; ")
    }
}

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
    /// Samples rejected since the database was opened, by reason.
    public var rejectedSamples: [RejectionReason: Int] = [:]
    /// Blocks, their bytes and samples.
    public var blocks = 0
    public var blockBytes: UInt64 = 0, blockSamples: UInt64 = 0
    /// Bytes of the log.
    public var logBytes: UInt64 = 0
    /// Times of the earliest and newest sample, in milliseconds since the Unix epoch; nil when there is none.
    public var minTime: Int64?, maxTime: Int64?
    /// Why the last seal failed, when it did; it is tried again.
    public var sealFailure: String?
}
