internal import CLibrary
internal import KTSDBModel

/// Why samples were not imported. Nothing of the import is stored, unless the case says otherwise.
@nonexhaustive
public enum ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full.
    case diskFull(path: String)
    /// The samples in memory could not be written into blocks first.
    case sealFailed(String)
    /// A file could not be read or written.
    case failed(String)
    /// The MANIFEST could not be written, and neither could be made sure that it does not name the import: when the
    /// database is opened again, all of the import is stored or nothing.
    case undecided(String)
    /// The database is closed, or is being closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): no space left on the disk. Nothing was imported; make room and import again."
        case .sealFailed(let reason):
            "The samples in memory could not be written into blocks. Nothing was imported; try again. \(reason)"
        case .failed(let reason): "Nothing was imported; try again. \(reason)"
        case .undecided(let reason):
            "Whether the import is stored is known when the database has been opened again: wholly or not at all. "
                + "\(reason)"
        case .closed: "The database is closed. Nothing was imported; open it again."
        }
    }
}

extension ImportError {
    init(_ error: FileError) {
        if error.code == ENOSPC || error.code == EDQUOT {
            self = .diskFull(path: error.path)
        } else {
            self = .failed(error.description)
        }
    }

    init(_ error: LogError) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .closed: self = .closed
        default: self = .failed(error.description)
        }
    }

    init(_ error: ManifestError) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .undecided: self = .undecided(error.description)
        default: self = .failed(error.description)
        }
    }

    init(_ error: CompactionFailure) {
        switch error {
        case .cancelled: self = .closed
        case .output(let error): self = ImportError(error)
        case .noRoom(let path, _, _): self = .diskFull(path: path)
        case .input(_, let error), .result(let error): self = .failed(error.description)
        case .manifest(let error): self = ImportError(error)
        }
    }

    init(_ error: SealError) {
        if case .file(let error) = error { self.init(error) } else { self = .sealFailed(error.description) }
    }
}
