internal import CLibrary
public import KTSDBModel

/// Why a database stores nothing at the moment. Queries continue, and it stores again by itself once the fault is gone.
public struct StorageFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The file or directory no longer exists: it was removed or renamed, or its mount is gone.
        case missing
        /// The name leads to another file or directory than the one that the database has open.
        case replaced
        /// The file or directory can no longer be written; `code` is the system's errno.
        case readOnly(code: Int32)
        /// A system call failed; `code` is its errno.
        case failed(operation: String, code: Int32)
    }

    /// The file or directory.
    public var path: String
    /// What is wrong with it.
    public var reason: Reason

    package init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// What happened, and what to do next.
    public var description: String {
        let what =
            switch reason {
            case .missing: "is gone"
            case .replaced: "is not the one that this database has open"
            case .readOnly(let code): "cannot be written any more (\(SystemCall.message(code)))"
            case .failed(let operation, let code):
                "cannot be written: \(operation) failed (\(SystemCall.message(code)))"
            }
        let remedy =
            switch reason {
            case .missing, .replaced: "Put the data directory back as it was, or stop and start again"
            case .readOnly: "Make the data directory writable again"
            case .failed: "Check the disk"
            }
        return "\(path) \(what). \(remedy); until then nothing is stored, and queries continue."
    }
}

extension StorageFault {
    init(_ error: FileError) {
        let reason: Reason =
            switch (error.operation, error.code) {
            case (WatchedName.operation, ENOENT): .missing
            case (WatchedName.operation, ESTALE): .replaced
            case (_, EROFS), (_, EACCES), (_, EPERM): .readOnly(code: error.code)
            default: .failed(operation: error.operation, code: error.code)
            }
        self.init(path: error.path, reason: reason)
    }
}

/// What happens in an open database that its operator should know at once.
@nonexhaustive
public enum DatabaseEvent: Hashable, Sendable, CustomStringConvertible {
    /// From now on nothing is stored.
    case storageLost(StorageFault)
    /// What is appended is stored again.
    case storageRestored
    /// The disk has no room any more: the reserve was given up, and commits are refused until there is room again.
    case diskFull(path: String)
    /// The disk has room again, and commits are stored again.
    case diskHasRoom
    /// A deletion that could still have been undone was made final, because the disk is full.
    case deletionMadeFinal(UInt64)
    /// A reader found stored bytes that differ from what was written, or that cannot be read. Reported once for each
    /// damaged page.
    case damageFound(ReadError)
    /// What is too old or too much cannot be removed; it is tried again.
    case retentionFailed(String)
    /// Retention does its work again.
    case retentionRestored
    /// This many blocks were removed for the limit of size before they were rolled up.
    case rollupsLost(blocks: Int)

    /// The event in one line.
    public var description: String {
        switch self {
        case .storageLost(let fault): "nothing is stored any more: \(fault)"
        case .storageRestored: "samples are stored again"
        case .diskFull(let path):
            "\(path): the disk is full. No more samples are stored until there is room; queries and retention continue."
        case .diskHasRoom: "the disk has room again: samples are stored again"
        case .deletionMadeFinal(let id):
            "deletion \(id) was made final before its time, to make room on a full disk: it cannot be undone any more"
        case .damageFound(let error): "a reader found damage: \(error)"
        case .retentionFailed(let reason): "retention fails: \(reason)"
        case .retentionRestored: "retention works again"
        case .rollupsLost(let blocks):
            "the limit of size removed \(blocks) blocks before they were rolled up: rollups have gaps there"
        }
    }
}
