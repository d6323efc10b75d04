internal import CLibrary

/// Why a snapshot was not made. No sample was lost; samples in memory may have been sealed. The unfinished snapshot was
/// removed, as far as the disk allowed.
@nonexhaustive
public enum SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The samples in memory could not be written into blocks.
    case sealFailed(String)
    /// A file or directory could not be written.
    case file(path: String, operation: String, code: Int32)
    /// The list of blocks of the snapshot could not be written.
    case manifest(String)
    /// The database is in memory, or is only read: it has no directory to write into.
    case noDirectory
    /// The database was closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .sealFailed(let reason):
            "The samples in memory could not be written into blocks. No snapshot was made; try again. \(reason)"
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). No snapshot was made; check the disk and try again."
        case .manifest(let reason): reason
        case .noDirectory:
            "No snapshot was made: the database is in memory or is only read. Open a directory for writing to make one."
        case .closed: "No snapshot was made: the database is closed. Open it again."
        }
    }
}

extension SnapshotError {
    init(_ error: FileError) { self = .file(path: error.path, operation: error.operation, code: error.code) }
}

extension SnapshotError {
    init(_ error: LogError) {
        switch error {
        case .failed(let error), .notDurable(_, let error): self.init(error)
        case .diskFull(let path): self.init(FileError(path, "write", ENOSPC))
        default: self = .manifest(error.description)
        }
    }
}
