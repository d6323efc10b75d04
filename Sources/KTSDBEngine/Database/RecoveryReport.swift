/// What opening a database found and did.
public struct RecoveryReport: Hashable, Sendable, CustomStringConvertible {
    /// What was read back from the log, and which parts of it were damaged or cut.
    public var log = LogReport()
    /// The checkpoint that was loaded; nil when there was none, or none that could be used.
    public var checkpoint: LoadedCheckpoint?
    /// Checkpoints that could not be used, newest first. An earlier one, or the log alone, was used instead.
    public var damagedCheckpoints: [DamagedCheckpoint] = []
    /// Blocks that could not be opened, with the reason. They are left where they are, and queries continue without
    /// them.
    public var damagedBlocks: [String] = []
    /// Records of deletions that cannot be read, by their keys: what they hid is visible. They are kept, because a
    /// newer version may be able to read them.
    public var damagedDeletions: [String] = []
    /// Samples in the log whose series is not known because the frame that defined it was damaged.
    public var orphanedSamples = 0
    /// Bytes of a MANIFEST edit that was never finished, and was cut.
    public var cutManifestBytes = 0
    /// What was damaged, missing or out of date in the MANIFEST or its copy, in sentences. The other one was used.
    public var manifestFindings: [String] = []
    /// Blocks and checkpoints, by number, that the MANIFEST lacked and that belong to the database according to their
    /// own contents.
    public var adoptedBlocks: [UInt64] = [], adoptedCheckpoints: [UInt64] = []
    /// Files that were set aside instead of being removed: they are in `set-aside/` of the data directory.
    public var setAside: [SetAsideFile] = []
    /// Whether the process that had the directory open before closed it; true for a new directory.
    public var followsClose = true
    /// How long it took to load the checkpoint, and to read the log after it.
    public var loadDuration = Duration.zero, replayDuration = Duration.zero

    /// Whether anything was damaged, lost or cut that may once have been stored.
    public var foundDamage: Bool {
        !log.damage.isEmpty || !damagedCheckpoints.isEmpty || log.cutTail != nil || !damagedBlocks.isEmpty
            || !damagedDeletions.isEmpty || orphanedSamples > 0 || !log.setAside.isEmpty || !manifestFindings.isEmpty
            || setAside.contains { $0.reason != .redundant && $0.reason != .unfinished }
    }

    /// The checkpoints, blocks, deletions and samples that could not be used, a line each.
    var unusable: [String] {
        var lines = damagedCheckpoints.map(\.description)
        lines += damagedBlocks.map { "block left out: \($0)" }
        lines += damagedDeletions.map { "deletion not in force, its record cannot be read: \($0)" }
        if orphanedSamples > 0 { lines.append("\(orphanedSamples) samples of series whose definition was damaged") }
        return lines
    }

    /// The report, in the words of a server's log.
    public var description: String {
        var lines = [log.description]
        if let checkpoint { lines.insert(checkpoint.description, at: 0) }
        lines += unusable
        if cutManifestBytes > 0 {
            lines.append("\(cutManifestBytes) bytes of an unfinished edit cut from the MANIFEST")
        }
        lines += manifestFindings
        if !adoptedBlocks.isEmpty {
            let numbers = adoptedBlocks.map { String($0, radix: 16) }.joined(separator: ", ")
            lines.append("blocks that the MANIFEST lacked: \(numbers)")
        }
        if !adoptedCheckpoints.isEmpty {
            let numbers = adoptedCheckpoints.map { String($0, radix: 16) }.joined(separator: ", ")
            lines.append("checkpoints that the MANIFEST lacked: \(numbers)")
        }
        lines += setAside.map(\.description)
        // Some lines are sentences of their own.
        return lines.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }.joined(separator: "; ")
    }
}
