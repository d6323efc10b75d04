/// What opening a database found and did.
public struct RecoveryReport: Hashable, Sendable, CustomStringConvertible {
    /// What was read back from the log, and what of it was damaged or cut.
    public var log = LogReport()
    /// The checkpoint that was loaded; nil when there was none, or none that could be used.
    public var checkpoint: LoadedCheckpoint?
    /// Checkpoints that could not be used, newest first. An earlier one, or the log alone, stood in.
    public var damagedCheckpoints: [DamagedCheckpoint] = []
    /// Blocks that could not be opened, with the reason. They are left where they are, and queries go on without them.
    public var damagedBlocks: [String] = []
    /// Samples in the log whose series is not known, because the frame that named it was damaged.
    public var orphanedSamples = 0
    /// Bytes of a MANIFEST edit that was never finished, and was cut.
    public var cutManifestBytes = 0
    /// What was damaged, missing or out of date in the MANIFEST or its copy, in sentences. The other one stood in.
    public var manifestFindings: [String] = []
    /// Blocks and checkpoints that the MANIFEST lacked and that belong to the database by what they say of themselves, by
    /// number.
    public var adoptedBlocks: [UInt64] = [], adoptedCheckpoints: [UInt64] = []
    /// Files that were moved out of the way, below `set-aside/` in the data directory, instead of being removed.
    public var setAside: [SetAsideFile] = []
    /// How long it took to load the checkpoint, and to read the log behind it.
    public var loadDuration = Duration.zero, replayDuration = Duration.zero

    /// Whether anything was damaged, lost or cut that may have been stored once.
    public var foundDamage: Bool {
        !log.damage.isEmpty || !damagedCheckpoints.isEmpty || log.cutTail != nil || !damagedBlocks.isEmpty
            || orphanedSamples > 0 || !log.setAside.isEmpty || !manifestFindings.isEmpty
            || setAside.contains { $0.reason != .redundant && $0.reason != .unfinished }
    }

    /// The report as a reader of a server's log wants it.
    public var description: String {
        var lines = [log.description]
        if let checkpoint { lines.insert(checkpoint.description, at: 0) }
        lines += damagedCheckpoints.map(\.description)
        lines += damagedBlocks.map { "block left out: \($0)" }
        if orphanedSamples > 0 { lines.append("\(orphanedSamples) samples of series whose definition was damaged") }
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
        return lines.joined(separator: "; ")
    }
}

/// A file that was moved out of the way when the database was opened.
public struct SetAsideFile: Hashable, Sendable, CustomStringConvertible {
    /// Where it was and where it is now, in the data directory.
    public var path: String, newPath: String
    /// Why it was not used.
    public var reason: Reason

    /// Why a file was not used.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The MANIFEST does not name it, and it had been damaged, cut, or was not the newest one.
        case unknown
        /// The same, and the file cannot be read.
        case unreadable
        /// All that is in it is in other files too.
        case redundant
        /// It is what is left of a seal or a checkpoint that was never finished; the log has what is in it.
        case unfinished
        /// It is a segment of the log whose commits come after missing ones.
        case behindMissing
    }

    /// What happened, and what can be done.
    public var description: String {
        let why =
            switch reason {
            case .unknown: "no readable MANIFEST names it"
            case .unreadable: "no readable MANIFEST names it, and it cannot be read"
            case .redundant: "what is in it is in other files too"
            case .unfinished: "it was never finished, or a newer file has taken its place"
            case .behindMissing: "commits before those in it are missing"
            }
        return newPath == path
            ? "\(path) was left out: \(why)" : "\(path) was moved to \(newPath): \(why)"
    }
}

/// A checkpoint that was loaded when the database was opened.
public struct LoadedCheckpoint: Hashable, Sendable, CustomStringConvertible {
    /// Its number, and the last commit in it.
    public var number: UInt64, sequence: UInt64
    /// Series that it had, and samples that were taken from it; none when they are in blocks already.
    public var series: Int, samples: Int

    /// One sentence about it.
    public var description: String {
        "Checkpoint \(number) with \(series) series and \(samples) samples was loaded, up to commit \(sequence)."
    }
}

/// A checkpoint that could not be used when the database was opened.
public struct DamagedCheckpoint: Hashable, Sendable, CustomStringConvertible {
    /// Its number, and the last commit in it.
    public var number: UInt64, sequence: UInt64
    /// The file that could not be used.
    public var path: String
    /// What is wrong with it.
    public var reason: Reason

    /// What can be wrong with a file of a checkpoint.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// It is not there.
        case missing
        /// It has not the length that the MANIFEST says.
        case length
        /// The system could not read it; `code` is the system's errno.
        case unreadable(code: Int32)
        /// Its bytes are not those that were written.
        case checksum
        /// Its checksums are right, but what it says makes no sense or does not fit the other files.
        case malformed
    }

    /// What happened, and what stood in.
    public var description: String {
        let what =
            switch reason {
            case .missing: "is missing"
            case .length: "has a wrong length"
            case .unreadable(let code): "cannot be read: error \(code) (\(systemMessage(code)))"
            case .checksum: "is damaged"
            case .malformed: "makes no sense"
            }
        return "\(path) \(what): checkpoint \(number) was not used, but what came before it and the log."
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
    /// Exemplars and metadata in memory.
    public var exemplars = ExemplarStatistics()
    /// Samples rejected since the database was opened, by reason.
    public var rejectedSamples: [RejectionReason: Int] = [:]
    /// Blocks, their bytes and samples.
    public var blocks = 0
    public var blockBytes: UInt64 = 0, blockSamples: UInt64 = 0
    /// Bytes of the log.
    public var logBytes: UInt64 = 0
    /// Places of blocks, mostly pages, that readers found damaged since the database was opened; each counts once.
    public var damagedPlaces = 0
    /// Why nothing can be stored at the moment; nil when it can.
    public var storageFault: StorageFault?
    /// Times of the earliest and newest sample, in milliseconds since the Unix epoch; nil when there is none.
    public var minTime: Int64?, maxTime: Int64?
    /// The time of the earliest sample in memory, or of the newest sample ever when all are in blocks; nil when there is none.
    public var headMinTime: Int64?
    /// Chunks of encoded samples in memory.
    public var headChunks = 0
    /// Why the last seal failed, when it did; it is tried again.
    public var sealFailure: String?
    /// Checkpoints written since the database was opened, their bytes, and the last commit in the newest one.
    public var checkpoints = 0, checkpointBytes: UInt64 = 0, checkpointSequence: UInt64 = 0
    /// What became of merges of blocks since the database was opened.
    public var merges = MergeStatistics()
    /// How retention goes on.
    public var retention = RetentionStatistics()
    /// Bytes of the log that a start now would have to read.
    public var replayBytes: UInt64 = 0
    /// Why the last checkpoint failed, when it did; it is tried again, and nothing is lost without it.
    public var checkpointFailure: String?
}
