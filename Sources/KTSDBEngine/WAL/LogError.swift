internal import CLibrary

/// Why the log could not do what it was asked to.
package enum LogError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no room on the disk. Nothing was changed; the same call succeeds when there is room again.
    case diskFull(path: String)
    /// A call of the system failed. Nothing was changed by the commit that met it.
    case failed(FileError)
    /// Commits from this one on are in memory and perhaps on the disk, but a sync failed and writing them to a fresh
    /// segment failed too. Until that succeeds, which every later call tries, appends are refused with this error.
    case notDurable(sequence: UInt64, FileError)
    /// One commit has more bytes than a frame can have.
    case frameTooLarge(byteCount: Int)
    /// The log was closed.
    case closed
    /// A newer version has written this segment. Nothing was changed.
    case unsupportedVersion(path: String, found: UInt32)
    /// A frame has the right checksum but not the form of this version. Nothing was changed.
    case malformed(path: String, offset: UInt64)

    package var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): the disk is full. Nothing was written; appending goes on by itself when there is room."
        case .failed(let error): "\(error). The commit was not made."
        case .notDurable(let sequence, let error):
            "Commit \(sequence) and those after it are not known to be on the disk: \(error). "
                + "Appends are refused until a retry succeeds; queries go on."
        case .frameTooLarge(let byteCount):
            "A commit of \(byteCount) bytes is larger than the log takes (\(LogFormat.bodyByteLimit)). Split it."
        case .closed: "The log is closed."
        case .unsupportedVersion(let path, let found):
            "\(path) has version \(found) of the log's format; this program reads version \(LogFormat.version). "
                + "Use a newer program. Nothing was changed."
        case .malformed(let path, let offset):
            "\(path) has a frame at byte \(offset) that this program cannot read though its checksum is right. "
                + "Nothing was changed."
        }
    }

    /// The error for a failed call: a full disk is a case of its own.
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
