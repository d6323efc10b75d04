internal import CLibrary

/// Why a batch was not committed. Nothing of it was stored, unless the case says otherwise.
@nonexhaustive
public enum AppendError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk is full, or was a moment ago (``DatabaseStatistics/diskSpace``). Queries continue; appends work again
    /// as soon as there is room, without any further call.
    case diskFull(path: String)
    /// The log could not be written; `code` is the system's errno.
    case file(path: String, operation: String, code: Int32)
    /// The data directory is gone, was replaced or cannot be written, or a sync failed. Nothing is stored until that is
    /// over, which the database notices by itself (``Database/storageFault``). Queries continue.
    case unavailable(StorageFault)
    /// The commit is stored and visible, but could not be made durable: it survives the process, not a power cut.
    case notDurable(sequence: UInt64)
    /// The batch has more bytes than one commit may have.
    case batchTooLarge(byteCount: Int)
    /// With this batch all records together would have more bytes than they may have.
    case recordsTooLarge(byteCount: Int, limit: Int)
    /// The database was closed.
    case closed

    /// Whether the same batch can be appended again later: what failed may pass, or can be repaired, while the database
    /// is open.
    public var isRetryable: Bool {
        switch self {
        case .diskFull, .file, .unavailable: true
        case .notDurable, .batchTooLarge, .recordsTooLarge, .closed: false
        }
    }

    /// What happened, where, what to do next, and whether any data was changed.
    public var description: String {
        switch self {
        case .diskFull(let path):
            "\(path): no space left on the disk. Nothing of the batch was stored; append it again when there is room."
        case .file(let path, let operation, let code):
            "\(path): \(operation) failed (\(SystemCall.message(code))). Nothing of the batch was stored; check the disk."
        case .unavailable(let fault): "Nothing of the batch was stored. \(fault)"
        case .notDurable(let sequence):
            "Commit \(sequence) is stored but could not be synced to the disk. Check the disk; until it works a power "
                + "cut may lose it."
        case .batchTooLarge(let byteCount):
            "A batch of \(byteCount) bytes is more than one commit may have. Nothing of it was stored; split it."
        case .recordsTooLarge(let byteCount, let limit):
            "All records together would have \(byteCount) bytes; the limit is \(limit). Nothing of the batch was stored; "
                + "remove records first."
        case .closed: "The database is closed. Nothing of the batch was stored; open it again."
        }
    }
}
