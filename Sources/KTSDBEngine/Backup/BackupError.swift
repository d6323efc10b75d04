internal import CLibrary
internal import KTSDBModel

/// Why a backup, a restore or a clone was not made. Earlier backups are as they were; what was written of a new one was
/// removed, as far as the disk allowed, and is removed by the next backup otherwise.
@nonexhaustive
public enum BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The snapshot that is to be copied could not be made.
    case snapshot(SnapshotError)
    /// A file or directory could not be read or written; `code` is the system's errno.
    case file(path: String, operation: String, code: Int32)
    /// The disk has no room.
    case diskFull(path: String)
    /// A file does not match its checksums.
    case damaged(path: String, detail: String)
    /// The directory that is to be written has files already.
    case notEmpty(path: String)
    /// The directory has files, and is not a store of backups.
    case notStore(path: String)
    /// The store has no such backup; without a name, it has none at all.
    case unknown(name: String?, path: String)
    /// The directory is not a snapshot. Either samples were written to it, or it does not contain a database.
    case notSnapshot(path: String)
    /// Another process is writing to the store.
    case locked(path: String)

    /// What happened, where, and what to do next.
    public var description: String {
        switch self {
        case .snapshot(let error): error.description
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). Nothing was published; check the disk and try again."
        case .diskFull(let path): "\(path): no space left on the disk. Nothing was published; make room and try again."
        case .damaged(let path, let detail):
            "\(path) is damaged: \(detail). Nothing was published; earlier backups are as they were."
        case .notEmpty(let path):
            "\(path) is not empty. Nothing was changed; give a directory that is empty or does not exist."
        case .notStore(let path):
            "\(path) has files and is not a store of backups. Nothing was changed; give an empty or a new directory."
        case .unknown(let name?, let path): "\(path) has no backup \(name). List the backups that it has."
        case .unknown(nil, let path): "\(path) has no backups."
        case .notSnapshot(let path):
            "\(path) is not a snapshot, or samples were added to it. Make a snapshot of it first."
        case .locked(let path): "\(path) is in use by another backup. Try again when that has ended."
        }
    }
}

extension BackupError {
    init(_ error: FileError) {
        self =
            switch error.code {
            case ENOSPC, EDQUOT: .diskFull(path: error.path)
            case EWOULDBLOCK where error.operation == "lock": .locked(path: FilePath.parent(of: error.path) ?? ".")
            default: .file(path: error.path, operation: error.operation, code: error.code)
            }
    }

    init(_ error: ReadError) {
        self =
            switch error {
            case .damaged(let path, let detail): .damaged(path: path, detail: detail)
            case .file(let path, let operation, let code): .file(path: path, operation: operation, code: code)
            default: .damaged(path: "", detail: error.description)
            }
    }

    init(_ error: ManifestError, path: String) {
        self =
            switch error {
            case .diskFull(let path): .diskFull(path: path)
            case .failed(let error), .undecided(let error): Self(error)
            case .missing: .notSnapshot(path: path)
            default: .damaged(path: "\(path)/\(FileName.manifest)", detail: error.description)
            }
    }

    init(_ error: LogError, path: String) {
        self =
            switch error {
            case .diskFull(let path): .diskFull(path: path)
            case .failed(let error), .notDurable(_, let error): Self(error)
            default: .damaged(path: FileName.directory(path, .log), detail: error.description)
            }
    }
}
