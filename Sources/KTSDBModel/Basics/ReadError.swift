internal import CLibrary

/// The reason why stored samples could not be read.
@nonexhaustive
public enum ReadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stored bytes are not what was written; nothing was changed.
    case damaged(path: String, detail: String)
    /// The file could not be read; `code` is the system's errno.
    case file(path: String, operation: String, code: Int32)
    /// The view's memory was needed by appends; take a new one.
    case viewEnded
    /// A series has more samples, at least `needed`, than the reader has room for.
    case tooManySamples(needed: Int)
    /// The limits of the read ended it.
    case interrupted

    /// A sentence that says what happened, where, and what to do next.
    public var description: String {
        switch self {
        case .damaged(let path, let detail):
            "\(path) is damaged: \(detail). Nothing was changed; restore the file from a snapshot or remove the block."
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). Nothing was changed; check the disk and try again."
        case .viewEnded: "The read view was ended because its memory was needed. Take a new view and try again."
        case .tooManySamples(let needed):
            "One series has \(needed) samples or more, which is more than there is room for. Read a shorter range."
        case .interrupted: "The read was ended by its limits. Ask for less, or raise them."
        }
    }
}
