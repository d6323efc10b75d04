internal import KTSDBModel

/// A deletion as the database keeps it: a record of the space `ktsdb.deletions` (FORMAT.md, section 12).
///
/// It says what was deleted, not where that is. Blocks say of themselves up to which commit they go, so from the
/// record and the index of a block follows what it hides there, at each opening and in each compacted block anew.
struct DeletionRecord: Hashable, Sendable {
    /// The records of deletions.
    static let space: RecordSpace = "ktsdb.deletions"

    /// Names the deletion; later ones have higher numbers.
    var id: UInt64
    /// Series are meant that match all matchers of at least one list. No list is empty.
    var lists: [[LabelMatcher]]
    /// In milliseconds, both ends inclusive.
    var range: ClosedRange<Int64>
    /// Hides samples of blocks whose last commit is at most this one. At the time of the deletion, everything else that
    /// is meant was in no block, or came later.
    var through: UInt64
    /// The commit that stored the deletion. Exemplars in memory were removed by it.
    var sequence: UInt64
    /// When it was stored, in milliseconds since the Unix epoch.
    var createdAt: Int64
    /// Whether samples may be removed for good, so that the deletion can no longer be undone.
    var isFinal: Bool

    /// The key of the record.
    var key: String { FileName.digits(id) }

    /// The change that stores the deletion.
    func set(in changes: inout RecordChanges) { changes.set(key, encoded, in: Self.space) }

    /// The change that removes the deletion.
    func remove(from changes: inout RecordChanges) { changes.set(key, nil, in: Self.space) }

    /// Returns the deletions among the changes of a commit that this commit was the first to store.
    static func stored(by sequence: UInt64, _ changes: RecordChanges) -> [DeletionRecord] {
        guard let records = changes.spaces[space] else { return [] }
        return records.compactMap { key, bytes in
            guard let bytes, let record = DeletionRecord(key: key, bytes), record.sequence == sequence else {
                return nil
            }
            return record
        }
    }
}
