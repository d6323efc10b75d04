/// Work for a group of commits that two threads do by calling it at the same time; it is done when both calls have
/// returned.
typealias ReplayWork = @Sendable () -> Void

/// Consecutive commits of the log, decoded; the memory is reused for the next group.
///
/// Either all of them are in blocks already, or none are.
///
/// `@unchecked Sendable`: it is passed from thread to thread, and used by one at a time.
final class FrameGroup<Body: LoggedBody & ~Copyable>: @unchecked Sendable {
    private final class Slot { var frame = Body() }

    private var slots: [Slot] = []
    /// The number of commits.
    private(set) var count = 0
    /// The number of rows of all commits.
    private(set) var rowCount = 0
    /// Whether the commits are already in blocks.
    var isSealed = false
    /// Why not all of them could be read.
    var failure: LogError?

    /// The most commits that a group may have.
    private static var frameLimit: Int { 1024 }
    /// The number of rows beyond which a frame gives its memory back.
    private static var keptRows: Int { 1 << 15 }

    subscript(index: Int) -> Body {
        _read {
            precondition(index < count, "A group of \(count) commits has none at \(index).")
            yield slots[index].frame
        }
    }

    /// Divides commits into groups of up to `byteLimit` bytes; a commit that is larger is a group of its own.
    static func ranges(
        of commits: [LogPlan.PlannedCommit], sealedThrough: UInt64, byteLimit: Int
    ) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var first = 0, byteCount = 0
        for (index, commit) in commits.enumerated() {
            let isApart =
                byteCount + commit.frame.byteCount > byteLimit || index - first == frameLimit
                || (commit.frame.sequence > sealedThrough) != (commits[first].frame.sequence > sealedThrough)
            if index > first, isApart {
                ranges.append(first..<index)
                (first, byteCount) = (index, 0)
            }
            byteCount += commit.frame.byteCount
        }
        if first < commits.count { ranges.append(first..<commits.count) }
        return ranges
    }

    func removeAll() {
        for slot in slots[..<count] where slot.frame.rowCount > Self.keptRows { slot.frame = Body() }
        (count, rowCount, failure) = (0, 0, nil)
    }

    /// Adds a commit that `decode` reads.
    func append(_ decode: (inout Body) throws(LogError) -> Void) throws(LogError) {
        if count == slots.count { slots.append(Slot()) }
        try decode(&slots[count].frame)
        rowCount += slots[count].frame.rowCount
        count += 1
    }
}
