internal import CLibrary

/// A checkpoint that was loaded when the database was opened.
public struct LoadedCheckpoint: Hashable, Sendable, CustomStringConvertible {
    /// The checkpoint's number, and the last commit in it.
    public var number: UInt64, sequence: UInt64
    /// How many series it had, and how many samples were taken from it: 0 if they are already in blocks.
    public var series: Int, samples: Int

    /// A sentence that says what was loaded.
    public var description: String {
        "Checkpoint \(number) with \(series) series and \(samples) samples was loaded, up to commit \(sequence)."
    }
}

/// A checkpoint that could not be used when the database was opened.
public struct DamagedCheckpoint: Hashable, Sendable, CustomStringConvertible {
    /// The checkpoint's number, and the last commit in it.
    public var number: UInt64, sequence: UInt64
    /// The file that could not be used.
    public var path: String
    /// What is wrong with it.
    public var reason: Reason

    /// What can be wrong with a file of a checkpoint.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The file does not exist.
        case missing
        /// The file does not have the length that the MANIFEST states.
        case length
        /// The system could not read it; `code` is the system's errno.
        case unreadable(code: Int32)
        /// The file's bytes do not match their checksums.
        case checksum
        /// The checksums match, but the contents are malformed or do not fit the other files.
        case malformed
    }

    /// What happened, and what was used instead.
    public var description: String {
        let what =
            switch reason {
            case .missing: "is missing"
            case .length: "has a wrong length"
            case .unreadable(let code): "cannot be read: error \(code) (\(systemMessage(code)))"
            case .checksum: "is damaged"
            case .malformed: "is malformed"
            }
        return "\(path) \(what): checkpoint \(number) was not used; an earlier one, or the log alone, took its place."
    }
}
