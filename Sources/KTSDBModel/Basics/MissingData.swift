/// Stored data that a read left out because it is damaged: what the read returns is not all that was stored.
public struct MissingData: Hashable, Sendable, CustomStringConvertible {
    /// Why the data cannot be read; it names the file and the place.
    public var cause: ReadError
    /// The times that samples of the damaged part may have.
    public var range: ClosedRange<Timestamp>
    /// Whether everything in the file is left out. Otherwise it is one part of it, such as a page.
    public var isWholeFile: Bool

    package init(_ cause: ReadError, _ range: ClosedRange<Timestamp>, isWholeFile: Bool) {
        self.cause = cause
        self.range = range
        self.isWholeFile = isWholeFile
    }

    /// A sentence for users: what is missing, and why.
    public var description: String {
        let (path, reason) =
            switch cause {
            case .damaged(let path, let detail): (path, "is damaged: \(detail)")
            case .file(let path, let operation, _): (path, "cannot be read: \(operation) failed")
            default: ("", cause.description)
            }
        return isWholeFile
            ? "all samples in \(path) are missing, because it \(reason)"
            : "samples in \(path) are missing, because it \(reason)"
    }
}

extension ReadError {
    /// Whether stored bytes are damaged, or the disk cannot read them: other data can be read all the same.
    package var isDamage: Bool {
        switch self {
        case .damaged: true
        case .file(_, _, let code): code == 5  // EIO
        case .viewEnded, .tooManySamples, .interrupted: false
        }
    }

    /// The damaged file; nil if it is something else that went wrong.
    package var damagedPath: String? {
        switch self {
        case .damaged(let path, _): path
        case .file(let path, _, 5): path
        default: nil
        }
    }
}
