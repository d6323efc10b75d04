internal import CLibrary

/// Why the log could not do what was asked of it.
package enum LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk has no room. Nothing was written; the same call succeeds when there is room again.
    case diskFull(path: String)
    /// A system call failed. The commit that met the failure changed nothing.
    case failed(FileError)
    /// A sync failed, and so did writing the unsynced commits, from this one on, to a fresh segment: they are in memory
    /// and perhaps on the disk. Until that succeeds, which every later call tries, appends are refused with this error.
    case notDurable(sequence: UInt64, FileError)
    /// A commit has more bytes than a frame can have.
    case frameTooLarge(byteCount: Int)
    /// The log was closed.
    case closed
    /// The segment was written by a newer version. It was left as it is.
    case unsupportedVersion(path: String, found: UInt32)
    /// A frame has the right checksum but is malformed for this version. It was left as it is.
    case malformed(path: String, offset: UInt64)

    package var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): the disk is full. Nothing was written; appends continue by themselves when there is room."
        case .failed(let error): "\(error). The commit was not made."
        case .notDurable(let sequence, let error):
            "Commit \(sequence) and those after it are not known to be on the disk: \(error). "
                + "Appends are refused until a retry succeeds; queries continue."
        case .frameTooLarge(let byteCount):
            "A commit of \(byteCount) bytes is larger than the log accepts (\(LogFormat.bodyByteLimit) bytes). "
                + "Nothing was written; split it."
        case .closed: "The log is closed. Nothing was written."
        case .unsupportedVersion(let path, let found):
            "\(path) has version \(found) of the log's format; this program reads version \(LogFormat.version). "
                + "Use a newer program. The file was left as it is."
        case .malformed(let path, let offset):
            "\(path) has a frame at byte \(offset) that this program cannot read although its checksum is right. "
                + "The file was left as it is."
        }
    }

    /// Makes the error for a failed call: a full disk is a case of its own.
    init(_ error: FileError) {
        self = error.code == ENOSPC || error.code == EDQUOT ? .diskFull(path: error.path) : .failed(error)
    }
}

extension StorageFault {
    /// What kept the log in `path` from being closed with all that was committed.
    init(_ error: LogError, path: String) {
        switch error {
        case .failed(let error), .notDurable(_, let error): self.init(error)
        case .diskFull(let path): self.init(FileError(path, "write", ENOSPC))
        default: self.init(FileError(path, "close", EIO))
        }
    }
}
