internal import KTSDBModel

/// A deletion as the database stores it: a record in the space `ktsdb.deletions` (FORMAT.md, section 12).
///
/// It says what was deleted, not where that is stored. Each block names its last commit, so the record and the index of
/// a block determine what the deletion hides in that block. This is worked out at each opening, and for each compacted
/// block.
struct DeletionRecord: Hashable, Sendable {
    /// The space with the records of deletions.
    static let space: RecordSpace = "ktsdb.deletions"

    /// Identifies the deletion; later deletions have higher numbers.
    var id: UInt64
    /// A series is meant if it matches all matchers of at least one list. No list is empty.
    var lists: [[LabelMatcher]]
    /// In milliseconds, both ends inclusive.
    var range: ClosedRange<Int64>
    /// The deletion hides samples in blocks whose last commit is at most this one: the last commit in any block when
    /// the deletion was made. Samples that were appended later are not meant.
    var through: UInt64
    /// The commit that stored the deletion, and removed its exemplars from memory.
    var sequence: UInt64
    /// When it was stored, in milliseconds since the Unix epoch.
    var createdAt: Int64
    /// Whether its samples may be removed for good, so that the deletion can no longer be undone.
    var isFinal: Bool
    /// Whether this is not a deletion but a region of rollups that has to be computed again, because a deletion was
    /// undone. It is not stored: regions are in a space of their own.
    var isRegion = false

    /// The key of the record.
    var key: String { FileName.digits(id) }

    /// Adds the change that stores the deletion.
    func set(in changes: inout RecordChanges) { changes.set(key, encoded, in: Self.space) }

    /// Adds the change that removes the deletion.
    func remove(from changes: inout RecordChanges) { changes.set(key, nil, in: Self.space) }

    /// Returns the deletions that a commit was the first to store, among its changes of records.
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
