internal import KTSDBModel

/// Numbers in the order of their changes, kept until every file that needs them has them: what a checkpoint has to
/// append to its file of series. Positions count from the journal's beginning and never change.
struct ChangeJournal: ~Copyable {
    /// Whether changes are recorded.
    var isKept = false
    private var entries = Column<UInt32>()
    /// The position of the first entry that is still kept.
    private(set) var start = 0

    /// The position after the last entry.
    var end: Int { start + entries.count }

    mutating func append(_ number: UInt32) {
        if isKept { entries.append(number) }
    }

    /// The number at a position in `start..<end`.
    subscript(position: Int) -> UInt32 { entries[position - start] }

    /// Drops the entries before `position`.
    mutating func forget(before position: Int) {
        guard position > start else { return }
        var kept = Column<UInt32>(capacity: end - position)
        kept.append(entries.span.extracting((position - start)...))
        entries = kept
        start = position
    }
}
