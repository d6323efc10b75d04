internal import KTSDBModel

/// Numbers in the order in which they were given out, until every file that wants them has them: what a checkpoint has
/// to add to its file of series. Positions count from the journal's beginning and never change.
struct ChangeJournal: ~Copyable {
    /// Whether anybody wants to know.
    var isKept = false
    private var entries = Column<UInt32>()
    /// The position of the first entry that is still there.
    private(set) var start = 0

    /// The position after the last entry.
    var end: Int { start + entries.count }

    mutating func append(_ number: UInt32) {
        if isKept { entries.append(number) }
    }

    /// The number at a position from `start` to `end`.
    subscript(position: Int) -> UInt32 { entries[position - start] }

    /// Forgets what is before `position`.
    mutating func forget(before position: Int) {
        guard position > start else { return }
        var kept = Column<UInt32>(capacity: end - position)
        kept.append(entries.span.extracting((position - start)...))
        entries = kept
        start = position
    }
}
