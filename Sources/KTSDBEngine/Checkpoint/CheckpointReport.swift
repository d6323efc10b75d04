internal import CLibrary

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
