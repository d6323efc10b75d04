internal import KTSDBModel
internal import Synchronization

/// The state of a series' chunks in the head: one cache line.
struct SeriesState: BitwiseCopyable {
    /// The series' number; 0 for a slot without a series.
    var number: UInt64 = 0
    /// The encoder's state. Its last time and value are those of the series' newest sample in chunks of any generation.
    var xor = XORState(lastTime: .min, lastValue: 0)
    /// The open chunk's buffer; valid if `xor.sampleCount` is not 0.
    var buffer: UInt32 = 0
    /// Samples in the open generation.
    var sampleCount: UInt32 = 0
    /// The index of the newest full chunk in the slab's list, or -1.
    var lastClosed: Int32 = -1
    /// The epoch of the last append.
    var epoch: UInt32 = 0
    /// The size class of the open chunk's buffer.
    var sizeClass: UInt8 = 0

    /// A chunk ends at whichever limit it reaches first.
    static var maximumSamples: Int { 240 }
    static var maximumBytes: Int { 256 }

    /// The largest length in bytes of the open chunk at which one more sample surely fits.
    var room: Int {
        @inline(__always) get { ChunkArena.capacity(ofClass: sizeClass) &- XORChunk.maximumSampleBytes }
    }

    /// Whether there is no open chunk with room for one more sample.
    var isFull: Bool {
        @inline(__always)
        get { xor.sampleCount == 0 || xor.byteCount > room || xor.sampleCount >= Self.maximumSamples }
    }
}

/// What a commit reads and writes of each series, apart from the rest so that it is read in order.
struct NewestSample: BitwiseCopyable {
    /// `Int64.min` for a series that never had a sample.
    var time: Int64 = .min
    var bits: UInt64 = 0

    /// Whether it is the newest sample of a series whose chunks are in this state.
    func isValid(after state: SeriesState) -> Bool { time >= state.xor.lastTime }

    /// The value of a newest sample that is not known: one that no real sample has.
    static let unknownBits: UInt64 = 0x7ff0_dead_beef_0001
}

/// How many samples a series had when a view was opened; saved by the first append after that.
struct UndoEntry: BitwiseCopyable {
    var epoch: UInt32
    var generation: UInt32
    var sampleCount: UInt32
}

/// The newest samples of 1,024 series: the unit of locking, of growing and of freezing.
///
/// Slot s is place s % 1024 of slab s / 1024. Series that are created together share slabs, so a batch takes few locks.
/// Nothing moves when the head grows.
final class Slab: Sendable {
    static let capacityBits = 10
    static let capacity = 1 << capacityBits
    /// The bytes of all states of a slab, without chunks and samples that wait.
    static let stateByteCount =
        capacity * (MemoryLayout<SeriesState>.stride + MemoryLayout<NewestSample>.stride + MemoryLayout<UInt32>.stride)

    let index: Int
    let content: Mutex<SlabContent>

    init(index: Int, generation: HeadGeneration) {
        self.index = index
        content = Mutex(SlabContent(index: index, generation: generation))
    }
}

/// The contents of a slab, guarded by its lock.
struct SlabContent: ~Copyable {
    let index: Int
    private(set) var generation: HeadGeneration
    private var states = FixedArray(repeating: SeriesState(), count: Slab.capacity)
    private var newest = FixedArray(repeating: NewestSample(), count: Slab.capacity)
    /// The newest log segment known to define a series; 0 if nothing defines it, `inCheckpoint` if a checkpoint does.
    private var definedIn = FixedArray<UInt32>(repeating: 0, count: Slab.capacity)
    /// Accepted samples that are not in chunks yet. All belong to the open generation and came after the last pin.
    private var pending: PendingSamples
    /// How many of them are counted by the generation.
    private var announced = 0
    var arena: ChunkArena
    private(set) var closed: [ClosedChunk] = []
    /// Series with an open chunk.
    private var openChunkCount = 0
    private var undo: [SlabPlace: [UndoEntry]] = [:]
    /// Only of series that have any.
    private(set) var details: [SlabPlace: SeriesDetails] = [:]
    private var detailsCharge: ByteCharge
    /// Whether a series has start times: then samples without one must be noted, too.
    private(set) var hasStarts = false
    /// Whether the times of a series in the open generation may go backwards from one chunk to the next.
    var goesBack = false
    /// The late samples of the open generation.
    private(set) var late = LateSamples()
    /// The bytes of late samples that are counted.
    private var chargedLateBytes = 0
    /// The epoch of the last late sample.
    private var lateEpoch: UInt32 = 0
    /// How many late samples there were when views were opened.
    private var lateUndo: [UndoEntry] = []
    /// The newest samples of series whose chunks end with another one: a late sample has replaced that, or it is known
    /// from elsewhere. Valid unless the chunks have a later one by now.
    private var corrections: [SlabPlace: NewestSample] = [:]
    /// Series whose next definition in the log has to say what their newest sample is.
    private var corrected: Set<SlabPlace> = []
    /// The generation's last pin that the slab has seen.
    private var pin: UInt32
    /// The states at that pin, if the slab has changed since and the pin has not ended; otherwise empty.
    private var pinned: [SeriesState] = []
    /// The same of late samples and corrections.
    private var pinnedLateCount = 0, pinnedCorrections: [SlabPlace: NewestSample] = [:]

    static let inCheckpoint = UInt32.max

    init(index: Int, generation: HeadGeneration) {
        self.index = index
        self.generation = generation
        pending = PendingSamples(gauge: generation.gauge.total)
        arena = ChunkArena(gauge: generation.gauge)
        detailsCharge = ByteCharge(generation.gauge)
        pin = generation.pin
    }
}

extension SlabContent {
    /// The state of the series at `place`. It covers the samples in chunks; after `flush`, all samples.
    subscript(place: SlabPlace) -> SeriesState { states[place] }

    /// Puts a series, or none, at `place`. No sample of the previous one may be pending.
    mutating func put(_ state: SeriesState, at place: SlabPlace) {
        if state.xor.sampleCount > 0 { openChunkCount += 1 }
        states[place] = state
        newest[place] = NewestSample(time: state.xor.lastTime, bits: state.xor.lastValue)
    }

    /// Starts a series at `place`. If it has a newest sample already, that is in blocks.
    mutating func start(_ place: SlabPlace, number: UInt64, lastTime: Int64, lastBits: UInt64) {
        var state = SeriesState()
        state.number = number
        state.xor = XORState(lastTime: lastTime, lastValue: lastBits)
        put(state, at: place)
        definedIn[place] = 0
        forgetDetails(place)
        forgetCorrections(of: place)
    }

    /// Removes the series at `place`, of which only the newest sample is in memory.
    mutating func clear(_ place: SlabPlace) { start(place, number: 0, lastTime: .min, lastBits: 0) }

    /// Drops the histograms and start times of the series at `place`.
    mutating func forgetDetails(_ place: SlabPlace) {
        if !details.isEmpty { details[place] = nil }
    }

    /// Notes that the log's `segment` defines the series at `place`. Returns false if a segment from `first` on, or a
    /// checkpoint, defines it already.
    mutating func define(_ place: SlabPlace, in segment: UInt32, since first: UInt32) -> Bool {
        guard definedIn[place] < first || (!corrected.isEmpty && corrected.contains(place)) else { return false }
        definedIn[place] = segment
        return true
    }

    /// Whether the series' next definition corrects what is known of its newest sample. Called when it is made.
    mutating func takeCorrection(_ place: SlabPlace) -> Bool {
        !corrected.isEmpty && corrected.remove(place) != nil
    }

    /// Whether a segment of the log, or a checkpoint, defines the series at `place`.
    func isDefined(_ place: SlabPlace) -> Bool {
        return definedIn[place] != 0
    }

    /// Notes that nothing defines the series at `place`.
    mutating func undefine(_ place: SlabPlace, corrects: Bool = false) {
        definedIn[place] = 0
        if corrects { corrected.insert(place) }
    }

    /// Notes that a checkpoint defines the series at `place`.
    mutating func noteCheckpoint(_ place: SlabPlace) {
        definedIn[place] = Self.inCheckpoint
    }

    /// Notes that a checkpoint defines the series whose newest definition is in a segment before `segment`.
    mutating func noteCheckpoint(before segment: UInt32) {
        for place in SlabPlace.all {
            if definedIn[place] > 0 && definedIn[place] < segment { noteCheckpoint(place) }
        }
    }

    /// Moves to `newer` if that is not the slab's generation yet, which freezes what it holds. Called before every
    /// change that a commit makes: the first one after a pin saves the states.
    @inline(__always)
    mutating func advance(to newer: HeadGeneration) {
        if _slowPath(generation.number < newer.number) { move(to: newer) }
        if _slowPath(pin != newer.pin) { keepStates(at: newer.pin) }
    }

    private mutating func keepStates(at newPin: UInt32) {
        flush()
        pin = newPin
        pinned = Array(states.span)
        (pinnedLateCount, pinnedCorrections) = (late.count, corrections)
    }

    /// The state of the series at `place` at the last pin, until that ends.
    func pinnedState(_ place: SlabPlace) -> SeriesState { pinned.isEmpty ? self[place] : pinned[place.index] }

    /// Drops the states saved for a pin.
    mutating func endPin(_ number: UInt32) {
        pin = number
        pinned = []
        pinnedCorrections = [:]
    }

    /// How many late samples there were at the last pin, until that ends.
    var pinnedLate: Int { pinned.isEmpty ? late.count : pinnedLateCount }

    private mutating func move(to newer: HeadGeneration) {
        flush()
        pending.release()
        if !arena.isEmpty || !late.isEmpty {
            var series = [SeriesChunks](repeating: SeriesChunks(), count: Slab.capacity)
            let frozenDetails = details
            for (place, held) in frozenDetails { details[place] = held.next(after: self[place].sampleCount) }
            for place in SlabPlace.all {
                series[place.index] = chunks(at: place)
                guard series[place.index].sampleCount > 0 else { continue }
                states[place].sampleCount = 0
                states[place].lastClosed = -1
                states[place].xor.restart()
            }
            generation.freeze(
                FrozenSlab(
                    series: series, closed: closed, pages: arena.pagesCopy,
                    details: frozenDetails.filter { !$0.value.isEmpty }, late: late,
                    charge: detailsCharge, chunkCount: closed.count + openChunkCount), at: index)
            closed = []
            openChunkCount = 0
            late = LateSamples()
            chargedLateBytes = 0
            if !corrections.isEmpty { corrections = corrections.filter { $0.value.isValid(after: self[$0.key]) } }
        }
        arena = ChunkArena(gauge: newer.gauge)
        detailsCharge = ByteCharge(newer.gauge)
        hasStarts = false
        goesBack = false
        generation = newer
        endPin(newer.pin)
    }

    /// Returns the chunks of the series at `place` in the open generation. The bytes of the open chunk may still
    /// change.
    func chunks(at place: SlabPlace) -> SeriesChunks {
        let state = self[place]
        guard state.sampleCount > 0 else { return SeriesChunks(number: state.number) }
        return SeriesChunks(
            number: state.number, sampleCount: state.sampleCount, lastClosed: state.lastClosed,
            openBuffer: state.buffer, openByteCount: UInt16(state.xor.byteCount),
            openSampleCount: state.xor.sampleCount, openLastTime: state.xor.lastTime)
    }

    /// The number of chunks of the open generation, including those that pending samples will begin.
    var chunkCount: Int {
        var isCounted = [Bool](repeating: false, count: Slab.capacity), count = closed.count + openChunkCount
        pending.forEachPlace { place in
            if isCounted[place.index] || self[place].xor.sampleCount > 0 { return }
            isCounted[place.index] = true
            count += 1
        }
        return count
    }

    /// The time and the bits of the series' newest sample. The time is `Int64.min` if it never had one.
    @inline(__always)
    func last(_ place: SlabPlace) -> (time: Int64, bits: UInt64) {
        let sample = newest[place]
        return (sample.time, sample.bits)
    }

    /// The places of the series that have ended.
    mutating func endedPlaces(_ end: SeriesEnd) -> [SlabPlace] {
        var places: [SlabPlace] = []
        for place in SlabPlace.all where end.isPast(newest[place].time, newest[place].bits) {
            // Empty places look as if they had ended.
            if states[place].number != 0 { places.append(place) }
        }
        if !places.isEmpty { flush() }
        return places
    }

    /// Stores an accepted sample.
    @inline(__always)
    mutating func store(_ place: SlabPlace, time: Int64, bits: UInt64, epoch: CommitEpoch) {
        newest[place] = NewestSample(time: time, bits: bits)
        if _fastPath(pending.append(place, time: time, bits: bits, epoch: epoch)) { return }
        flush()
        _ = pending.append(place, time: time, bits: bits, epoch: epoch)
    }

    /// Ends the open chunk of the series at `place`: its next sample goes back in time, and times ascend within a
    /// chunk.
    @inline(never)
    mutating func beginPart(_ place: SlabPlace) {
        flush()
        goesBack = true
        forgetCorrections(of: place)
        details[place]?.forgetLast()
        guard states[place].xor.sampleCount > 0 else { return }
        closeOpenChunk(at: place)
        openChunkCount -= 1
    }

    /// Updates the generation's count of pending samples. Called at the end of each append.
    @inline(__always)
    mutating func announce() {
        let change = pending.count - announced
        if change != 0 { generation.addWaiting(change) }
        announced = pending.count
        if _slowPath(late.byteCount != chargedLateBytes) { chargeLate() }
    }

    private mutating func chargeLate() {
        detailsCharge.add(late.byteCount - chargedLateBytes)
        chargedLateBytes = late.byteCount
    }

    /// Moves all pending samples to the chunks. Must be called before chunks are read.
    @inline(__always)
    mutating func flush() {
        if pending.count > 0 { writePending() }
    }

    @inline(never)
    private mutating func writePending() {
        var pending = PendingSamples(gauge: generation.gauge.total)
        swap(&pending, &self.pending)
        pending.drain { samples, place, numbers in
            prefetchChunk(place.advanced(by: 4))
            write(numbers, of: samples, at: place)
        }
        swap(&pending, &self.pending)
        announce()
    }

    /// Appends the samples with these numbers, all of one series, to its chunks.
    @inline(__always)
    private mutating func write(_ numbers: Span<UInt16>, of samples: borrowing PendingSamples, at place: SlabPlace) {
        let oneEpoch = samples.onlyEpoch
        if let oneEpoch, oneEpoch.epoch != states[place].epoch {
            Self.note(oneEpoch, at: place, after: 0, &states[place], &undo, generation)
        }
        var index = 0
        while index < numbers.count {
            if _slowPath(states[place].isFull) { makeRoom(place) }
            let lastBit = 8 &* states[place].room, first = index
            var xor = states[place].xor
            var writer = BitWriter(
                arena.mutableBytes(of: states[place].buffer, class: states[place].sizeClass),
                bitCount: Int(xor.bitCount))
            repeat {
                let number = numbers[index]
                if _slowPath(oneEpoch == nil) {
                    let mark = samples.epoch(of: number)
                    Self.note(mark, at: place, after: index &- first, &states[place], &undo, generation)
                }
                let (time, bits) = samples.sample(number)
                XORChunk.append(time, bits, to: &xor, &writer)
                index &+= 1
            } while index < numbers.count && writer.bitCount <= lastBit
                && xor.sampleCount < SeriesState.maximumSamples
            states[place].xor = xor
            states[place].sampleCount &+= UInt32(truncatingIfNeeded: index &- first)
        }
    }

    /// Notes the epoch of a series' next sample. If a view may need it, saves the number of samples before: that of the
    /// state, and `extra` more.
    @inline(never)
    private static func note(
        _ mark: CommitEpoch, at place: SlabPlace, after extra: Int, _ state: inout SeriesState,
        _ undo: inout [SlabPlace: [UndoEntry]], _ generation: HeadGeneration
    ) {
        guard state.epoch != mark.epoch else { return }
        state.epoch = mark.epoch
        guard mark.keepsUndo else { return }
        let count = state.sampleCount &+ UInt32(truncatingIfNeeded: extra)
        undo[place, default: []].append(
            UndoEntry(epoch: mark.epoch, generation: generation.number, sampleCount: count))
    }

    /// Gives the series at `place` an open chunk that has room for one more sample.
    @inline(never)
    private mutating func makeRoom(_ place: SlabPlace) {
        let sizeClass = states[place].sizeClass
        if states[place].xor.sampleCount == 0 {
            openChunk(at: place)
            openChunkCount += 1
        } else if states[place].xor.sampleCount >= SeriesState.maximumSamples
            || ChunkArena.capacity(ofClass: sizeClass) >= SeriesState.maximumBytes
        {
            closeOpenChunk(at: place)
            openChunk(at: place)
        } else {
            states[place].buffer = grow(states[place].buffer, class: sizeClass)
            states[place].sizeClass = sizeClass + 1
        }
    }

    /// Stores the histogram and start time of the sample stored last in the series at `place`.
    mutating func storeDetails(_ place: SlabPlace, _ histogram: Histogram?, start: Int64) {
        flush()
        if histogram == nil, start == 0, details[place] == nil { return }
        let row = self[place].sampleCount - 1
        let before = details[place]?.byteCount ?? 0
        details[place, default: SeriesDetails()].note(start: start, row: row)
        if let histogram { details[place]!.append(histogram, row: row) }
        hasStarts = hasStarts || start != 0
        detailsCharge.add(details[place]!.byteCount - before)
    }

    // MARK: Late samples

    /// Stores a late sample. If `replaces`, it counts instead of what is stored at its time.
    @inline(never)
    mutating func storeLate(
        _ place: SlabPlace, time: Int64, bits: UInt64, replaces: Bool, _ histogram: Histogram?, start: Int64,
        epoch: CommitEpoch
    ) {
        if lateEpoch != epoch.epoch {
            lateEpoch = epoch.epoch
            if epoch.keepsUndo {
                lateUndo.append(
                    UndoEntry(
                        epoch: epoch.epoch, generation: generation.number, sampleCount: UInt32(clamping: late.count)))
            }
        }
        var histogram = histogram
        // What comes before it is not known until it is read.
        if let hint = histogram?.storedHint(after: nil) { histogram?.counterResetHint = hint }
        late.append(place, time: time, bits: bits, replaces: replaces, histogram, start: start)
        if replaces, time == newest[place].time { correct(place, NewestSample(time: time, bits: bits)) }
    }

    /// Restores a late sample from a checkpoint.
    mutating func restoreLate(_ place: SlabPlace, _ sample: LateSamples.Sample, _ details: LateDetails?) {
        late.append(
            place, time: sample.time, bits: sample.bits, replaces: sample.replaces, details?.histogram,
            start: details?.start ?? 0)
    }

    /// Sets the newest sample by which the series at `place` is judged, which its chunks need not have.
    mutating func correct(_ place: SlabPlace, _ sample: NewestSample) {
        newest[place] = sample
        corrections[place] = sample
    }

    /// Sets the newest sample, and notes that the log has to say so.
    mutating func correctInLog(_ place: SlabPlace, _ sample: NewestSample) {
        flush()
        correct(place, sample)
        corrected.insert(place)
    }

    /// Forgets the newest sample of the series at `place`: nothing is known of one.
    mutating func forgetNewest(_ place: SlabPlace) {
        flush()
        if states[place].xor.sampleCount > 0 {
            closeOpenChunk(at: place)
            openChunkCount -= 1
            goesBack = true
        }
        states[place].xor = XORState(lastTime: .min, lastValue: 0)
        newest[place] = NewestSample()
        forgetCorrections(of: place)
        details[place]?.forgetLast()
    }

    /// Forgets the newest sample, and notes that the log has to say so.
    mutating func forgetNewestInLog(_ place: SlabPlace) {
        forgetNewest(place)
        corrected.insert(place)
    }

    private mutating func forgetCorrections(of place: SlabPlace) {
        if !corrections.isEmpty { corrections[place] = nil }
        if !corrected.isEmpty { corrected.remove(place) }
    }

    /// Returns the correction that held for the series at `place` at the last pin, where `state` was its state.
    func pinnedCorrection(of place: SlabPlace, at state: SeriesState) -> NewestSample? {
        let known = pinned.isEmpty ? corrections : pinnedCorrections
        guard !known.isEmpty, let correction = known[place], correction.isValid(after: state) else { return nil }
        return correction
    }

    /// How many late samples of the open generation a view of `epoch` sees.
    func visibleLate(epoch: UInt32) -> Int {
        guard lateEpoch >= epoch else { return late.count }
        return frozenLateCount(generation: generation.number, epoch: epoch, full: late.count)
    }

    /// How many late samples of a frozen generation with `full` of them a view of `epoch` sees.
    func frozenLateCount(generation: UInt32, epoch: UInt32, full: Int) -> Int {
        lateUndo.first { $0.epoch >= epoch && $0.generation == generation }.map { Int($0.sampleCount) } ?? full
    }

    /// Restores the histograms and start times of the series at `place` from a checkpoint.
    mutating func restoreDetails(_ place: SlabPlace, _ restored: SeriesDetails) {
        details[place] = restored
        hasStarts = hasStarts || !restored.starts.isEmpty
        detailsCharge.add(restored.byteCount)
    }

    /// Adds a full chunk from a checkpoint to a series' chunks.
    mutating func appendClosed(_ chunk: ClosedChunk, to state: inout SeriesState) {
        closed.append(chunk)
        state.lastClosed = Int32(closed.count - 1)
    }

    /// Hints that the end of a series' open chunk will be written soon.
    @inline(__always)
    private func prefetchChunk(_ place: SlabPlace) {
        guard states[place].xor.sampleCount > 0 else { return }
        arena.prefetch(states[place].buffer, at: states[place].xor.byteCount)
    }

    /// Gives the series at `place` a buffer for a new chunk.
    private mutating func openChunk(at place: SlabPlace) {
        states[place].sizeClass = 0
        states[place].buffer = arena.allocate(class: 0)
    }

    /// Moves the open chunk of the series at `place` to the full ones.
    private mutating func closeOpenChunk(at place: SlabPlace) {
        let state = states[place]
        closed.append(
            ClosedChunk(
                firstTime: XORChunk.firstTime(arena.bytes(of: state.buffer, count: 8)), lastTime: state.xor.lastTime,
                buffer: state.buffer, byteCount: UInt16(state.xor.byteCount), sampleCount: state.xor.sampleCount,
                previous: state.lastClosed))
        states[place].lastClosed = Int32(closed.count - 1)
        states[place].xor.restart()
    }

    /// Moves the contents of a buffer to one of the next size.
    private mutating func grow(_ old: UInt32, class oldClass: UInt8) -> UInt32 {
        let new = arena.allocate(class: oldClass + 1)
        arena.copy(old, to: new, count: ChunkArena.capacity(ofClass: oldClass))
        arena.free(old, class: oldClass)
        return new
    }

    /// How many samples of the series at `place` in the open generation a view of `epoch` sees.
    func visibleCount(_ place: SlabPlace, epoch: UInt32) -> UInt32 {
        let state = self[place]
        guard state.epoch >= epoch else { return state.sampleCount }
        // The first append after the view was opened saved the count. Entries ascend by epoch.
        return undo[place]?.first { $0.epoch >= epoch && $0.generation == generation.number }?.sampleCount
            ?? state.sampleCount
    }

    /// How many samples of a frozen generation with `full` samples a view of `epoch` sees.
    func frozenCount(_ place: SlabPlace, generation: UInt32, epoch: UInt32, full: UInt32) -> UInt32 {
        undo[place]?.first { $0.epoch >= epoch && $0.generation == generation }?.sampleCount ?? full
    }

    /// Drops the entries that no open view needs: those of epochs before `oldest`, or all if no view is open.
    mutating func forgetUndo(before oldest: UInt32?) {
        if !lateUndo.isEmpty { lateUndo.removeAll { $0.epoch < oldest ?? .max } }
        guard !undo.isEmpty else { return }
        guard let oldest else { return undo.removeAll() }
        for (place, entries) in undo {
            let kept = entries.filter { $0.epoch >= oldest }
            if kept.count < entries.count { undo[place] = kept.isEmpty ? nil : kept }
        }
    }
}
