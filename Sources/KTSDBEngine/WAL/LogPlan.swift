internal import KTSDBModel

/// Decides what recovery does with the segments of a log: which commits are replayed, where the log is cut, what is
/// reported.
///
/// It is a pure function of the scans, so that every case can be tested without a disk. The rules, in the order in
/// which they apply:
///
/// 1. *Known* is the highest sequence that any readable frame or mark records as synced, or that is in blocks or in the
///    checkpoint.
/// 2. If a segment begins with a mark, the commits of earlier segments from its first sequence on do not count: an
///    earlier recovery has cut them off. Of two frames with the same sequence, the one in the later segment counts.
/// 3. A missing commit up to *known* was once on the disk: that is damage, which is reported and skipped. The first
///    missing commit beyond *known* ends the log: what comes after was never promised, and is cut off.
struct LogPlan {
    /// A commit to replay.
    struct PlannedCommit {
        var segment: Int
        var frame: LogScan.Frame
    }
    /// A segment that stays: its first bytes, up to `byteCount`.
    struct Kept {
        var segment: Int
        var byteCount: Int
        /// The commits in it that count, from the first to the last; nil if it has none.
        var sequences: ClosedRange<UInt64>?
        /// Whether damage in it was reported; such a segment is not removed.
        var isDamaged: Bool
    }

    let scans: [LogScan]
    let sealedThrough: UInt64
    /// Commits up to this one are not needed and may be missing: they are in the checkpoint, or in blocks if there is
    /// no checkpoint.
    let start: UInt64
    /// The commits to replay, in the order of their sequences.
    private(set) var commits: [PlannedCommit] = []
    /// The first commit that is cut off; nil when nothing is cut off except unreadable bytes at the end.
    private(set) var cutSequence: UInt64?
    /// The sequence of the next commit.
    private(set) var nextSequence: UInt64 = 1
    private(set) var kept: [Kept] = []
    private(set) var damage: [LogReport.Damage] = []
    private(set) var cutTail: LogReport.CutTail?
    /// Whether readable frames are cut off, so that the decision must be on the disk before they are removed.
    private(set) var cutsFrames = false

    /// The newest segment, if it was on the disk and is gone.
    private(set) var missingSegment: UInt64?

    private let known: UInt64
    /// Sequences up to `known` that no frame holds, ascending.
    private var holes: [ClosedRange<UInt64>] = []

    /// - Parameters:
    ///   - scans: The segments, ascending by number.
    ///   - sealedThrough: The highest sequence that is in blocks.
    ///   - checkpoint: The highest sequence that is in the checkpoint; nil without one.
    ///   - newestSegment: A segment that was on the disk according to the MANIFEST; 0 if the MANIFEST names none.
    ///   - keepsAll: Whether the log ends with its last readable commit, whatever is missing before it: used when
    ///     `sealedThrough` may be out of date.
    init(
        _ scans: [LogScan], sealedThrough: UInt64, checkpoint: UInt64? = nil, newestSegment: UInt64 = 0,
        keepsAll: Bool = false
    ) {
        self.scans = scans
        self.sealedThrough = sealedThrough
        start = checkpoint ?? sealedThrough
        let frames = scans.lazy.flatMap(\.frames)
        known = frames.map { keepsAll ? max($0.sequence, $0.syncedSequence) : $0.syncedSequence }.reduce(
            max(start, sealedThrough), max)
        let newest = frames.map(\.nextSegment).filter { $0 < .max }.reduce(newestSegment, max)
        if newest > scans.last?.number ?? 0 { missingSegment = newest }
        collectCommits()
        findHoles()
        commits.removeAll { $0.frame.sequence >= cutSequence ?? .max }
        for index in scans.indices { review(index) }
        reportMissing()
    }

    /// Applies rule 2.
    private mutating func collectCommits() {
        var limit = UInt64.max
        for index in scans.indices.reversed() {
            for frame in scans[index].frames.reversed() where !frame.isMark && frame.sequence < limit {
                commits.append(PlannedCommit(segment: index, frame: frame))
            }
            if scans[index].beginsWithMark { limit = min(limit, scans[index].header!.firstSequence) }
        }
        commits.reverse()
        // They are mostly in order already; equal sequences stay in the order of their segments.
        let isSorted = zip(commits, commits.dropFirst()).allSatisfy { $0.frame.sequence < $1.frame.sequence }
        guard !isSorted else { return }
        commits.sort { ($0.frame.sequence, $0.segment) < ($1.frame.sequence, $1.segment) }
        var unique: [PlannedCommit] = []
        for commit in commits {
            if unique.last?.frame.sequence == commit.frame.sequence { unique.removeLast() }
            unique.append(commit)
        }
        commits = unique
    }

    /// Applies rule 3.
    private mutating func findHoles() {
        var next = start + 1
        for commit in commits where commit.frame.sequence >= next {
            if commit.frame.sequence > next, isCut(by: next...(commit.frame.sequence - 1)) { return }
            next = commit.frame.sequence + 1
        }
        if let last = lastEvidence, last >= next {
            if isCut(by: next...last) { return }
            next = last + 1
        }
        nextSequence = next
    }

    /// The highest commit that anything readable mentions, whether that commit exists or not.
    private var lastEvidence: UInt64? {
        var last = known
        for scan in scans {
            if let header = scan.header { last = max(last, header.firstSequence - 1) }
            for item in scan.items {
                switch item {
                case .frame(let frame) where frame.isMark: last = max(last, frame.sequence)
                case .gap(let gap): last = max(last, gap.sequence ?? 0)
                case .frame: break
                }
            }
        }
        return last > 0 ? last : nil
    }

    /// Records what is missing; true when the log ends there.
    private mutating func isCut(by hole: ClosedRange<UInt64>) -> Bool {
        if hole.lowerBound <= known { holes.append(hole.lowerBound...min(hole.upperBound, known)) }
        guard hole.upperBound > known else { return false }
        cutSequence = max(hole.lowerBound, known + 1)
        nextSequence = cutSequence!
        return true
    }

    // MARK: One segment

    /// Decides how much of a segment stays, and reports what is damaged in that part.
    private mutating func review(_ index: Int) {
        let scan = scans[index]
        guard !scan.isForeign else {
            report(scan, 0..<scan.byteCount, .foreignSegment, sequences: nil)
            return
        }
        let limit = sequenceLimit(of: index)
        let isGivenUp = isGivenUp(index)
        var keep = scan.header == nil ? 0 : SegmentHeader.byteCount
        var first: UInt64?, last: UInt64?
        var pending: [(gap: LogScan.Gap, above: UInt64)] = []
        var isDamaged = false
        var below = scan.header.map { $0.firstSequence - 1 } ?? sequenceBefore(index)

        // Reports the gaps before the next frame, if commits are lost with them or their bytes were once synced.
        func settle(below upper: UInt64, wasSynced: Bool) {
            for (gap, lower) in pending {
                let lost = lostSequences(above: lower, below: upper, gap: gap)
                guard lost != nil || wasSynced else { continue }
                report(scan, gap.bytes, gap.reason, sequences: lost)
                isDamaged = true
                keep = max(keep, gap.bytes.upperBound)
            }
            pending = []
        }
        for item in scan.items {
            switch item {
            case .gap(let gap): pending.append((gap, below))
            case .frame(let frame) where frame.sequence >= limit:
                if frame.sequence >= cutSequence ?? .max { cutsFrames = true }
            case .frame(let frame):
                settle(
                    below: frame.isMark ? frame.sequence + 1 : frame.sequence,
                    wasSynced: frame.sequence <= known && !isGivenUp)
                below = frame.sequence
                keep = frame.offset + frame.byteCount
                guard !frame.isMark else { continue }
                first = first ?? frame.sequence
                last = frame.sequence
            }
        }
        settle(below: sequenceAfter(index), wasSynced: false)
        countCut(scan, from: keep, isLast: index == scans.count - 1)
        let sequences = first.flatMap { first in last.map { first...max(first, $0) } }
        kept.append(Kept(segment: index, byteCount: keep, sequences: sequences, isDamaged: isDamaged))
    }

    /// Returns the sequence from which on the commits of a segment do not count.
    private func sequenceLimit(of index: Int) -> UInt64 {
        var limit = cutSequence ?? .max
        for scan in scans[(index + 1)...] where scan.beginsWithMark { limit = min(limit, scan.header!.firstSequence) }
        return limit
    }

    /// Whether a sync of the segment failed, so that a later one holds what was not synced.
    private func isGivenUp(_ index: Int) -> Bool {
        scans[(index + 1)...].contains { scan in
            guard let header = scan.header else { return false }
            return header.definitionsSince <= scans[index].number && header.definitionsSince < header.number
        }
    }

    /// The first sequence that a later segment mentions.
    private func sequenceAfter(_ index: Int) -> UInt64 {
        for scan in scans[(index + 1)...] {
            if let header = scan.header { return header.firstSequence }
            if let frame = scan.frames.first { return frame.isMark ? frame.sequence + 1 : frame.sequence }
        }
        return .max
    }

    /// The last sequence that an earlier segment mentions.
    private func sequenceBefore(_ index: Int) -> UInt64 {
        for scan in scans[..<index].reversed() {
            if let frame = scan.frames.last { return frame.sequence }
            if let header = scan.header { return header.firstSequence - 1 }
        }
        return 0
    }

    /// Returns which commits between two existing ones are lost with a gap: those that no segment holds. Sealed ones
    /// may have been removed on purpose, so of those only the ones that the gap itself names or encloses are returned.
    private func lostSequences(above lower: UInt64, below upper: UInt64, gap: LogScan.Gap) -> ClosedRange<UInt64>? {
        if let sequence = gap.sequence { return holds(sequence) || sequence > known ? nil : sequence...sequence }
        guard lower < upper, upper - lower > 1 else { return nil }
        var found: ClosedRange<UInt64>?
        if upper <= start + 1 {
            // Between two readable frames of one segment, nothing was left out on purpose.
            return holds(lower + 1) ? nil : (lower + 1)...(upper - 1)
        }
        for hole in holes where hole.lowerBound < upper && hole.upperBound > lower {
            let part = max(hole.lowerBound, lower + 1)...min(hole.upperBound, upper - 1)
            found = min(found?.lowerBound ?? .max, part.lowerBound)...max(found?.upperBound ?? 0, part.upperBound)
        }
        return found
    }

    /// Whether a commit is among those that count.
    private func holds(_ sequence: UInt64) -> Bool {
        let low = (0..<commits.count).partitionPoint { commits[$0].frame.sequence < sequence }
        return low < commits.count && commits[low].frame.sequence == sequence
    }

    // MARK: The report

    /// Whether commits are in blocks or in the checkpoint, so that no sample is lost without their frames.
    private func isStoredElsewhere(_ sequences: ClosedRange<UInt64>) -> Bool {
        sequences.upperBound <= max(start, sealedThrough)
    }

    private mutating func report(
        _ scan: LogScan, _ bytes: Range<Int>, _ reason: LogReport.Reason, sequences: ClosedRange<UInt64>?
    ) {
        damage.append(
            LogReport.Damage(
                segment: scan.number, path: scan.path, bytes: UInt64(bytes.lowerBound)..<UInt64(bytes.upperBound),
                sequences: sequences, isSealed: sequences.map(isStoredElsewhere) ?? false,
                reason: reason))
    }

    /// Counts the bytes of a segment from `offset` on as cut off, if they are part of the log's unsynced end. What an
    /// earlier recovery or a later segment has replaced is removed without a report.
    private mutating func countCut(_ scan: LogScan, from offset: Int, isLast: Bool) {
        guard offset < scan.byteCount, isLast || cutSequence != nil else { return }
        var commits = 0
        for item in scan.items {
            switch item {
            case .frame(let frame): commits += frame.offset >= offset && !frame.isMark ? 1 : 0
            case .gap(let gap): commits += gap.bytes.lowerBound >= offset && gap.sequence ?? 0 >= nextSequence ? 1 : 0
            }
        }
        cutTail = LogReport.CutTail(
            firstSequence: nextSequence, commits: (cutTail?.commits ?? 0) + commits,
            byteCount: (cutTail?.byteCount ?? 0) + UInt64(scan.byteCount - offset))
    }

    /// Reports holes that no damaged bytes explain.
    private mutating func reportMissing() {
        for hole in holes {
            let explained = damage.contains { $0.sequences.map { $0.overlaps(hole) } ?? false }
            guard !explained else { continue }
            let next = scans.firstIndex { ($0.header?.firstSequence ?? 0) > hole.upperBound } ?? scans.count - 1
            let scan = scans.indices.contains(next) ? scans[next] : nil
            damage.append(
                LogReport.Damage(
                    segment: scan?.number ?? 0, path: scan?.path ?? "", bytes: 0..<0, sequences: hole,
                    isSealed: isStoredElsewhere(hole), reason: .missing))
        }
    }
}

extension LogScan {
    /// The readable frames, in order.
    var frames: [Frame] {
        items.compactMap { item in
            guard case .frame(let frame) = item else { return nil }
            return frame
        }
    }
}
