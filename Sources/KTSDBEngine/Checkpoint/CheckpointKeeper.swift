internal import CLibrary
internal import KTSDBModel

/// What the maintenance of an open database remembers of its checkpoints.
///
/// Two are kept, each with its own file of series, so that damage in any file leaves one of them intact. A new one is
/// appended to the older one's file of series, and then takes the older one's place.
struct CheckpointKeeper {
    /// The newest checkpoint that is known to be good, and its file of series.
    var latest: (record: CheckpointRecord, file: SeriesFile)?
    /// The file of series of the one before it, which the next one continues; nil to begin a new file.
    var spare: SeriesFile?
    /// Whether the newest checkpoint's file of series may be damaged, so that no other continues it.
    var isSuspect = false
    /// Whether a checkpoint is due whatever the log's length.
    var isDue = false
    /// When to try again after a failure.
    var retryAt: Int64 = 0
    /// The highest number that an attempt has used.
    var lastNumber: UInt64 = 0

    init() {}

    /// Creates the state after opening, with the checkpoint that was loaded.
    init(_ restored: (record: CheckpointRecord, contents: CheckpointContents)?, isDue: Bool) {
        latest = restored.map { ($0.record, $0.contents.file) }
        self.isDue = isDue
    }
}

/// Figures about seals and checkpoints since the database was opened, which can be read while one is being written.
struct MaintenanceFigures {
    var sealFailure: String?
    var seals = 0, failedSeals = 0
    /// The number of checkpoints and of attempts that failed, their bytes, the last commit in the newest, and why the
    /// last attempt failed.
    var count = 0, failedCount = 0
    var byteCount: UInt64 = 0
    var sequence: UInt64 = 0
    var failure: String?
}

/// Why a checkpoint was not written; it is tried again.
enum CheckpointError: Error, CustomStringConvertible {
    case file(FileError)
    case log(LogError)
    case manifest(ManifestError)

    /// Whether the disk had no room.
    var isDiskFull: Bool {
        switch self {
        case .file(let error): error.code == ENOSPC || error.code == EDQUOT
        case .log(.diskFull), .manifest(.diskFull): true
        case .log, .manifest: false
        }
    }

    var description: String {
        switch self {
        case .file(let error): error.description
        case .log(let error): error.description
        case .manifest(let error): error.description
        }
    }
}
