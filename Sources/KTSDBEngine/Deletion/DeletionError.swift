/// Why samples were not deleted, a deletion was not undone, or space was not reclaimed. Nothing was changed, unless the
/// case says otherwise.
@nonexhaustive
public enum DeletionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call names no matcher, or one of its lists is empty.
    case noMatchers
    /// The matchers have more bytes than one deletion may have.
    case matchersTooLong(byteCount: Int, limit: Int)
    /// Too many deletions are waiting for their samples to be removed.
    case tooMany(limit: Int)
    /// The samples in memory could not be written into blocks.
    case sealFailed(String)
    /// A file could not be read or written. What was reclaimed before that stays reclaimed; the call can be repeated.
    case failed(String)
    /// The change is in force but could not be synced to the disk: it survives the process, not a power cut.
    case notDurable(sequence: UInt64)
    /// No deletion has this number, or its samples have been removed.
    case unknown(id: UInt64)
    /// The deletion can no longer be undone.
    case isFinal(id: UInt64)
    /// The database is closed, or is being closed.
    case closed

    /// What happened and what to do next.
    public var description: String {
        switch self {
        case .noMatchers:
            "A deletion needs at least one matcher in each list. Nothing was deleted. To delete all series, match "
                + #"`__name__=~".*"`."#
        case .matchersTooLong(let byteCount, let limit):
            "The matchers have \(byteCount) bytes; one deletion may have \(limit). Nothing was deleted; make several "
                + "deletions of it."
        case .tooMany(let limit):
            "\(limit) deletions are waiting for their samples to be removed, which is the limit. Nothing was deleted; "
                + "reclaim their space first."
        case .sealFailed(let reason):
            "The samples in memory could not be written into blocks. Nothing was deleted; try again. \(reason)"
        case .failed(let reason): "Nothing further was changed; try again. \(reason)"
        case .notDurable(let sequence):
            "Commit \(sequence) is in force but could not be synced to the disk. Check the disk; until it works a power "
                + "cut may undo it."
        case .unknown(let id):
            "There is no deletion \(id), or its samples are removed for good. Nothing was changed."
        case .isFinal(let id):
            "Deletion \(id) can no longer be undone: its samples are being removed. Nothing was changed."
        case .closed: "The database is closed. Nothing was changed; open it again."
        }
    }
}
