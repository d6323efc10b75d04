internal import KTSDBModel
internal import Synchronization

/// Puts the log's commits back into the head, judging their samples as the first time.
///
/// Commits that are in blocks already but came after the checkpoint are applied too: so the series' newest samples are
/// known to the last one. What they put into memory is let go before the first commit that is in no block.
struct Replay: ~Copyable {
    let head: Head
    var state: Database.CommitState
    var orphanedSamples = 0
    private var slots = SeriesNumberMap()
    /// Definitions in frames that are in blocks already; later frames may count on them.
    private var sealed: [UInt64: Labels] = [:]
    private var frameSlots = Column<UInt32>()
    private var frameTimes = Column<Int64>()
    private var frameValues = Column<Double>()
    private let hasCheckpoint: Bool
    /// Whether the open generation holds samples that are in blocks.
    private var holdsSealed = false

    /// - Parameters:
    ///   - head: Where the samples go; with a checkpoint, the series that it had are in it.
    ///   - state: What is known without the log.
    ///   - hasCheckpoint: Whether frames that are in blocks come with their samples.
    init(head: Head, state: Database.CommitState, hasCheckpoint: Bool) {
        self.head = head
        self.state = state
        self.hasCheckpoint = hasCheckpoint
        if hasCheckpoint { slots = head.series.withLock { SeriesNumberMap($0) } }
    }

    /// Called after the last frame.
    mutating func finish() {
        if holdsSealed { letSealedGo() }
    }

    private mutating func letSealedGo() {
        holdsSealed = false
        _ = head.startGeneration()
        head.freezeAll()
        (state.openMinTime, state.openMaxTime, state.openSince) = (.max, .min, nil)
    }

    mutating func apply(_ frame: borrowing LogFrame) {
        if holdsSealed, !frame.isSealed { letSealedGo() }
        let skipsSamples = frame.isSealed && !hasCheckpoint
        holdsSealed = holdsSealed || (frame.isSealed && hasCheckpoint)
        for definition in frame.definitions {
            head.reserveNumbers(through: definition.id)
            if skipsSamples {
                sealed[definition.id] = definition.labels
            } else if slots[definition.id] == nil {
                slots[definition.id] = head.restore(
                    definition.labels, number: definition.id, lastTime: definition.lastTime,
                    lastBits: definition.lastBits)
            }
        }
        if !frame.notes.isEmpty { applyNotes(of: frame) }
        guard !skipsSamples, frame.ids.count > 0 else { return }
        frameSlots.removeAll()
        frameSlots.reserve(frame.ids.count)
        var orphans = 0
        for index in 0..<frame.ids.count {
            guard let slot = slot(of: frame.ids[index]) else {
                head.reserveNumbers(through: frame.ids[index])
                frameSlots.append(.max)
                orphans += 1
                continue
            }
            frameSlots.append(slot)
        }
        let policy = AcceptancePolicy(
            wallClock: frame.context.wallClock, maximumFuture: frame.context.maxFutureMilliseconds,
            maximumAge: frame.context.maxAgeMilliseconds)
        let outcome: ApplyOutcome
        if orphans == 0 {
            outcome = head.apply(
                slots: frameSlots.span, times: frame.times.span, values: frame.values.span, extras: frame.extras,
                policy: policy, newest: state.newest)
        } else {
            if !frame.isSealed { orphanedSamples += orphans }
            outcome = applyKnown(frame, policy)
        }
        state.note(outcome, at: policy.wallClock)
    }

    /// Applies exemplars and metadata.
    private mutating func applyNotes(of frame: borrowing LogFrame) {
        var notes = frame.notes
        for index in 0..<notes.exemplars.count {
            notes.exemplars.slots[index] = slot(of: notes.exemplars.numbers[index]) ?? .max
        }
        let slots = notes.exemplars.slots
        notes.exemplars.filter { slots[$0] != .max }
        let isSealed = frame.isSealed
        head.notes.withLock { known in
            known.apply(notes)
            if isSealed { known.exemplars.noteAllSealed() }
        }
    }

    /// Applies the samples whose series are known.
    private mutating func applyKnown(_ frame: borrowing LogFrame, _ policy: AcceptancePolicy) -> ApplyOutcome {
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
        var extras = frame.extras
        if !extras.isEmpty { extras.keep(keptRows) }
        return head.apply(
            slots: kept.span, times: frameTimes.span, values: frameValues.span, extras: extras, policy: policy,
            newest: state.newest)
    }

    private mutating func slot(of number: UInt64) -> UInt32? {
        if let slot = slots[number] { return slot }
        guard let labels = sealed[number] else { return nil }
        let slot = head.restore(labels, number: number, lastTime: .min, lastBits: 0)
        slots[number] = slot
        return slot
    }
}

/// Which slot the series of a number got in this process: an array where numbers are close together, as they mostly are.
private struct SeriesNumberMap {
    private var base: UInt64?
    private var near: [UInt32] = []
    private var far: [UInt64: UInt32] = [:]

    init() {}

    /// The slots of all series in a table.
    init(_ table: borrowing SeriesTable) {
        var lowest = UInt64.max
        for slot in 0..<table.numbers.count where table.numbers[slot] != 0 { lowest = min(lowest, table.numbers[slot]) }
        base = lowest == .max ? nil : lowest
        for slot in 0..<table.numbers.count where table.numbers[slot] != 0 { self[table.numbers[slot]] = UInt32(slot) }
    }

    subscript(number: UInt64) -> UInt32? {
        get {
            if let base, number >= base, number - base < UInt64(near.count) {
                let slot = near[Int(number - base)]
                if slot != .max { return slot }
            }
            return far.isEmpty ? nil : far[number]
        }
        set {
            if base == nil { base = number }
            let gap = number &- base!
            guard number >= base!, gap < UInt64(near.count * 2 + 65_536) else {
                far[number] = newValue
                return
            }
            while near.count <= Int(gap) { near.append(.max) }
            near[Int(gap)] = newValue ?? .max
        }
    }
}
