internal import KTSDBModel
internal import Synchronization

/// Puts the log's commits back into the head, judging their samples as they were judged when they were committed.
///
/// Commits that are already in blocks but came after the checkpoint are applied too, so that every series' newest
/// sample is known, down to the last. What they put into memory is released before the first commit that is in no
/// block.
///
/// For a group of commits, series are looked up here, in order. Their samples are applied by two threads, each of which
/// has its own slabs and keeps the log's order within them. That leaves every verdict as it was: a sample is judged by
/// its series' newest sample, by the frame's clock, and by the newest of all samples. Only the last is unknown to the
/// two threads, so a frame for which it might matter is applied by one thread, after everything before it.
struct Replay: ~Copyable {
    let head: Head
    var state: Database.CommitState
    var orphanedSamples = 0
    private var slots = SeriesNumberMap()
    /// Definitions in frames that are already in blocks; later frames may rely on them.
    private var sealed: [UInt64: Labels] = [:]
    private var frameSlots = Column<UInt32>()
    private var frameTimes = Column<Int64>()
    private var frameValues = Column<Double>()
    /// The frames that wait to be applied by two threads, with their samples.
    private let waiting = ReplayShares()
    /// An upper bound: no sample that was stored, or waits, is newer.
    private var newestBound = Int64.min
    private let hasCheckpoint: Bool
    /// Whether the open head generation holds samples that are in blocks.
    private var holdsSealed = false
    /// Whether deletions, their undoing or imports came after the checkpoint: series that had left memory by then are
    /// in the checkpoint, with a newest sample that may not be the newest that blocks show.
    private var forgetsIdle: Bool

    /// - Parameters:
    ///   - head: Where the samples go; with a checkpoint, it already has the checkpoint's series.
    ///   - state: What is known without the log.
    ///   - hasCheckpoint: Whether frames that are in blocks come with their samples.
    ///   - hasLaterImports: Whether something was imported after the checkpoint.
    init(head: Head, state: Database.CommitState, hasCheckpoint: Bool, hasLaterImports: Bool = false) {
        self.head = head
        self.state = state
        self.hasCheckpoint = hasCheckpoint
        forgetsIdle = hasCheckpoint && hasLaterImports
        if hasCheckpoint { slots = head.series.withLock { SeriesNumberMap($0) } }
    }

    /// Called after the last group.
    mutating func finish() {
        settle()
        if holdsSealed { letSealedGo() }
        if forgetsIdle { head.forgetIdleNewest() }
    }

    /// Takes a group of commits; the work that is returned has to be done before the next call.
    mutating func prepare(_ group: FrameGroup<LoggedCommit>) -> ReplayWork? {
        settle()
        if holdsSealed, !group.isSealed { letSealedGo() }
        holdsSealed = holdsSealed || (group.isSealed && hasCheckpoint)
        for index in 0..<group.count { take(group[index]) }
        guard !waiting.isEmpty else { return nil }
        let (head, waiting) = (head, waiting)
        return { waiting.apply(to: head) }
    }

    private mutating func take(_ frame: borrowing LoggedCommit) {
        let skipsSamples = frame.isSealed && !hasCheckpoint
        for definition in frame.definitions {
            head.reserveNumbers(through: definition.id)
            if skipsSamples {
                sealed[definition.id] = definition.labels
            } else if let slot = slots[definition.id] {
                if definition.corrects { correct(slot, definition) }
            } else {
                slots[definition.id] = restore(definition)
            }
        }
        if !frame.sideData.isEmpty { applySideData(of: frame) }
        guard !skipsSamples, frame.ids.count > 0 else { return }
        let orphans = resolve(frame)
        if !frame.isSealed { orphanedSamples += orphans }
        let policy = AcceptancePolicy(frame.context)
        if !share(frame, policy) {
            applyWaiting()
            let outcome = orphans == 0 ? applyAll(frame, policy) : applyKnown(frame, policy)
            state.note(outcome, at: policy.wallClock)
            newestBound = state.newest
        }
    }

    /// Returns the slot of a series that is new to this process. If its labels are already in memory under another
    /// number, they are looked up after all earlier samples have been applied.
    private mutating func restore(_ definition: SeriesDefinition) -> UInt32 {
        if let slot = head.restoreNew(definition) { return slot }
        applyWaiting()
        return head.restore(definition)
    }

    /// Sets the newest sample of a series that is known, once all earlier samples have been applied.
    private mutating func correct(_ slot: UInt32, _ definition: SeriesDefinition) {
        applyWaiting()
        guard definition.lastTime != .min else { return head.forgetNewest(of: slot) }
        head.correctNewest(of: slot, NewestSample(time: definition.lastTime, bits: definition.lastBits))
    }

    /// Looks up all series of a frame; returns how many samples have one that is not known.
    private mutating func resolve(_ frame: borrowing LoggedCommit) -> Int {
        frameSlots.removeAll()
        frameSlots.reserve(frame.ids.count)
        var orphans = 0
        for index in 0..<frame.ids.count {
            let number = frame.ids[index]
            if let slot = slots.near(number) {
                frameSlots.append(slot)
            } else if let slot = slot(of: number) {
                frameSlots.append(slot)
            } else {
                head.reserveNumbers(through: number)
                frameSlots.append(.max)
                orphans += 1
            }
        }
        return orphans
    }

    // MARK: By two threads

    /// Leaves the samples of a frame to two threads; false if their order among all series might matter.
    private mutating func share(_ frame: borrowing LoggedCommit, _ policy: AcceptancePolicy) -> Bool {
        guard frame.details.isEmpty else { return false }
        var low = Int64.max, high = Int64.min
        for index in 0..<frame.times.count {
            low = min(low, frame.times[index])
            high = max(high, frame.times[index])
        }
        let bound = max(newestBound, high)
        guard high <= policy.latest, low >= policy.earliestUndisputed(newest: bound) else { return false }
        newestBound = bound
        waiting.append(frame, slots: frameSlots, policy)
        return true
    }

    /// Applies what is waiting.
    private mutating func applyWaiting() {
        guard !waiting.isEmpty else { return }
        waiting.apply(to: head)
        settle()
    }

    /// Updates the state with the outcomes of the frames that were waiting.
    mutating func settle() {
        waiting.forEachOutcome { outcome, now in
            outcome.newest = max(outcome.newest, state.newest)
            state.note(outcome, at: now)
        }
        waiting.removeAll()
        newestBound = state.newest
    }

    // MARK: By one thread

    private mutating func applyAll(_ frame: borrowing LoggedCommit, _ policy: AcceptancePolicy) -> ApplyOutcome {
        head.apply(
            slots: frameSlots.span, times: frame.times.span, values: frame.values.span, details: frame.details,
            policy: policy, newest: state.newest)
    }

    private mutating func letSealedGo() {
        holdsSealed = false
        _ = head.startGeneration()
        head.freezeAll()
        (state.openMinTime, state.openMaxTime, state.openSince) = (.max, .min, nil)
    }

    /// Applies exemplars and metadata.
    private mutating func applySideData(of frame: borrowing LoggedCommit) {
        var sideData = frame.sideData
        for index in 0..<sideData.exemplars.count {
            sideData.exemplars.slots[index] = slot(of: sideData.exemplars.numbers[index]) ?? .max
        }
        let slots = sideData.exemplars.slots
        sideData.exemplars.filter { slots[$0] != .max }
        let isSealed = frame.isSealed, policy = AcceptancePolicy(frame.context)
        head.sideData.withLock { known in
            known.apply(sideData, policy)
            if isSealed { known.exemplars.noteAllSealed() }
        }
        forgetsIdle = forgetsIdle || (hasCheckpoint && sideData.records.spaces[DeletionRecord.space] != nil)
        for deletion in DeletionRecord.stored(by: frame.sequence, sideData.records) { removeExemplars(of: deletion) }
        guard !sideData.forgotten.isEmpty else { return }
        applyWaiting()
        for number in sideData.forgotten { if let slot = self.slots[number] { head.forgetNewest(of: slot) } }
    }

    /// Removes what the commit of a deletion removed from memory; its samples were in blocks by then.
    private func removeExemplars(of deletion: DeletionRecord) {
        do throws(ReadError) {
            let series = try head.exemplarSeries(matching: deletion.lists, in: deletion.range)
            head.removeExemplars(of: series, in: deletion.range)
        } catch {
            preconditionFailure("What is in memory can be read.")
        }
    }

    /// Applies the samples whose series are known.
    private mutating func applyKnown(_ frame: borrowing LoggedCommit, _ policy: AcceptancePolicy) -> ApplyOutcome {
        var kept = Column<UInt32>()
        frameTimes.removeAll()
        frameValues.removeAll()
        var keptRows: [Int] = []
        for index in 0..<frame.ids.count where frameSlots[index] != .max {
            kept.append(frameSlots[index])
            frameTimes.append(frame.times[index])
            frameValues.append(frame.values[index])
            keptRows.append(index)
        }
        var details = frame.details
        if !details.isEmpty { details.keep(keptRows) }
        return head.apply(
            slots: kept.span, times: frameTimes.span, values: frameValues.span, details: details, policy: policy,
            newest: state.newest)
    }

    private mutating func slot(of number: UInt64) -> UInt32? {
        if let slot = slots[number] { return slot }
        guard let labels = sealed[number] else { return nil }
        let slot = restore(SeriesDefinition(id: number, labels: labels))
        slots[number] = slot
        return slot
    }
}

/// The samples of some frames, divided into shares by slab, so that threads can apply them in parallel, one share at a
/// time each, until all are done.
///
/// `@unchecked Sendable`: filled by one thread; then each share is touched only by the thread that took it; then by the
/// first thread again.
private final class ReplayShares: @unchecked Sendable {
    private final class Share {
        var slots = Column<UInt32>()
        var times = Column<Int64>()
        var values = Column<Double>()
        /// Where the samples of each frame end.
        var ends: [Int] = []
        /// The outcome of each frame, after `apply`.
        var outcomes: [ApplyOutcome] = []
    }

    private static let count = 8
    private let shares = (0..<count).map { _ in Share() }
    private var policies: [AcceptancePolicy] = []
    private let next = Atomic(0)

    /// Whether no frame waits.
    var isEmpty: Bool { policies.isEmpty }

    /// Adds the samples of a frame whose series have these slots; those with `UInt32.max` are left out.
    func append(_ frame: borrowing LoggedCommit, slots: borrowing Column<UInt32>, _ policy: AcceptancePolicy) {
        policies.append(policy)
        var first = 0
        while first < slots.count {
            // Consecutive samples are mostly in one slab.
            let slab = slots[first] >> UInt32(Slab.capacityBits)
            var end = first + 1
            while end < slots.count, slots[end] >> UInt32(Slab.capacityBits) == slab { end += 1 }
            if slots[first] != .max {
                let share = shares[Int(slab) % Self.count]
                share.slots.append(slots.span.extracting(first..<end))
                share.times.append(frame.times.span.extracting(first..<end))
                share.values.append(frame.values.span.extracting(first..<end))
            }
            first = end
        }
        for share in shares { share.ends.append(share.slots.count) }
    }

    /// Applies shares until none is left. May be called by any number of threads at once.
    func apply(to head: Head) {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < Self.count else { return }
            apply(shares[index], to: head)
        }
    }

    private func apply(_ share: Share, to head: Head) {
        var first = 0, newest = Int64.min
        for (end, policy) in zip(share.ends, policies) {
            var outcome = ApplyOutcome(newest: newest)
            if end > first {
                outcome = head.apply(
                    slots: share.slots.span.extracting(first..<end), times: share.times.span.extracting(first..<end),
                    values: share.values.span.extracting(first..<end), details: SampleDetails(), policy: policy,
                    newest: newest)
            }
            share.outcomes.append(outcome)
            newest = outcome.newest
            first = end
        }
    }

    /// Passes on the outcome of each frame, with the clock that it was judged by.
    func forEachOutcome(_ body: (inout ApplyOutcome, Int64) -> Void) {
        for (index, policy) in policies.enumerated() {
            var sum = ApplyOutcome(newest: .min)
            for share in shares {
                let part = share.outcomes[index]
                sum.appended += part.appended
                sum.newest = max(sum.newest, part.newest)
                sum.earliestStored = min(sum.earliestStored, part.earliestStored)
                sum.latestStored = max(sum.latestStored, part.latestStored)
            }
            body(&sum, policy.wallClock)
        }
    }

    func removeAll() {
        for share in shares {
            share.slots.removeAll()
            share.times.removeAll()
            share.values.removeAll()
            share.ends.removeAll(keepingCapacity: true)
            share.outcomes.removeAll(keepingCapacity: true)
        }
        policies.removeAll(keepingCapacity: true)
        next.store(0, ordering: .relaxed)
    }
}

/// Maps the number of a series to its slot in this process. It is an array where numbers are close together, as most
/// are.
private struct SeriesNumberMap {
    /// The number of the array's first element.
    private var base: UInt64 = 0
    private var near: [UInt32] = []
    private var far: [UInt64: UInt32] = [:]

    init() {}

    /// The slots of all series in a table.
    init(_ table: borrowing SeriesTable) {
        var lowest = UInt64.max
        for slot in 0..<table.numbers.count where table.numbers[slot] != 0 { lowest = min(lowest, table.numbers[slot]) }
        if lowest != .max { self[lowest] = .max }
        for slot in 0..<table.numbers.count where table.numbers[slot] != 0 { self[table.numbers[slot]] = UInt32(slot) }
    }

    /// The slot of a series, if it is in the array.
    @inline(__always)
    func near(_ number: UInt64) -> UInt32? {
        let gap = number &- base
        guard gap < UInt64(near.count) else { return nil }
        let slot = near[Int(gap)]
        return slot == .max ? nil : slot
    }

    subscript(number: UInt64) -> UInt32? {
        get { near(number) ?? (far.isEmpty ? nil : far[number]) }
        set {
            if near.isEmpty { base = number }
            let gap = number &- base
            guard gap < UInt64(near.count * 2 + 65_536) else {
                far[number] = newValue
                return
            }
            while near.count <= Int(gap) { near.append(.max) }
            near[Int(gap)] = newValue ?? .max
        }
    }
}
