internal import KTSDBModel
internal import Synchronization

/// What the head keeps of a series' chunks: one cache line.
struct SeriesState: BitwiseCopyable {
    /// The series' number; 0 for a slot without a series.
    var number: UInt64 = 0
    /// The encoder's memory. Its last time and value are the series' newest sample in chunks, in whatever generation
    /// that is.
    var xor = XORState(lastTime: .min, lastValue: 0)
    /// The open chunk's buffer, when `xor.sampleCount` is not 0.
    var buffer: UInt32 = 0
    /// Samples in the open generation.
    var sampleCount: UInt32 = 0
    /// The place of the newest full chunk in the slab's list, or -1.
    var lastClosed: Int32 = -1
    /// The view epoch of the last append.
    var epoch: UInt32 = 0
    /// The size class of the open chunk's buffer.
    var sizeClass: UInt8 = 0
}

/// What a commit must know of a series, and no more: columns of their own, read and written in order.
struct NewestSample: BitwiseCopyable {
    /// `Int64.min` for a series that never had a sample.
    var time: Int64 = .min
    var bits: UInt64 = 0
}

/// How many samples a series had when a view was opened: saved by the first append after that.
struct UndoEntry: BitwiseCopyable {
    var epoch: UInt32
    var generation: UInt32
    var sampleCount: UInt32
}

/// The newest samples of 1,024 series: the unit of locking, of growing and of freezing.
///
/// Slot s is series s % 1024 of slab s / 1024. Series that are made together lie together, so a batch touches few slabs
/// and takes few locks; nothing ever moves when the head grows.
final class Slab: Sendable {
    static let capacityBits = 10
    static let capacity = 1 << capacityBits

    let index: Int
    let content: Mutex<SlabContent>

    init(index: Int, generation: HeadGeneration) {
        self.index = index
        content = Mutex(SlabContent(index: index, generation: generation))
    }
}

/// What the slab's lock guards.
struct SlabContent: ~Copyable {
    let index: Int
    private(set) var generation: HeadGeneration
    private var states = FixedArray(repeating: SeriesState(), count: Slab.capacity)
    private var newest = FixedArray(repeating: NewestSample(), count: Slab.capacity)
    /// The log's segment that defines a series, as far as it is known; 0 for none, `inCheckpoint` when a checkpoint
    /// does.
    private var definedIn = FixedArray<UInt32>(repeating: 0, count: Slab.capacity)
    /// Accepted samples that are in no chunk yet; all of the open generation, and since the last pin.
    private var pending: PendingSamples
    /// How many of them the generation knows of.
    private var announced = 0
    var arena: ChunkArena
    private(set) var closed: [ClosedChunk] = []
    /// Series with an open chunk.
    private var openChunkCount = 0
    private var undo: [SlabPlace: [UndoEntry]] = [:]
    /// By place; only of series that have any.
    private(set) var details: [SlabPlace: SeriesDetails] = [:]
    private var detailsCharge: ByteCharge
    /// Whether a series has start times: then a sample without one counts, too.
    private(set) var hasStarts = false
    /// The last of the generation's pins that the slab has seen.
    private var pin: UInt32
    /// The states as they were at that pin, when the slab has changed since and nobody has taken them yet.
    private var pinned: [SeriesState] = []

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
    /// The state of the series at `place`, with what is in its chunks: after `flush` with all samples.
    subscript(place: SlabPlace) -> SeriesState { states[place] }

    /// Puts a series, or none, at `place`. The one before has no samples that are in no chunk.
    mutating func put(_ state: SeriesState, at place: SlabPlace) {
        if state.xor.sampleCount > 0 { openChunkCount += 1 }
        states[place] = state
        newest[place] = NewestSample(time: state.xor.lastTime, bits: state.xor.lastValue)
    }

    /// Starts a series at `place`; its newest sample so far, if there is one, is already in blocks.
    mutating func start(_ place: SlabPlace, number: UInt64, lastTime: Int64, lastBits: UInt64) {
        var state = SeriesState()
        state.number = number
        state.xor = XORState(lastTime: lastTime, lastValue: lastBits)
        put(state, at: place)
        definedIn[place] = 0
        forgetDetails(place)
    }

    /// Takes the series out that was at `place`, of which nothing is in memory any more but its newest sample.
    mutating func clear(_ place: SlabPlace) { start(place, number: 0, lastTime: .min, lastBits: 0) }

    /// Drops what the series that was at `place` had beside its floats.
    mutating func forgetDetails(_ place: SlabPlace) {
        if !details.isEmpty { details[place] = nil }
    }

    /// Notes that the log's `segment` defines the series at `place`; false if a segment from `first` on, or a
    /// checkpoint, does so already.
    mutating func define(_ place: SlabPlace, in segment: UInt32, since first: UInt32) -> Bool {
        guard definedIn[place] < first else { return false }
        definedIn[place] = segment
        return true
    }

    /// Whether a segment of the log, or a checkpoint, defines the series at `place`.
    func isDefined(_ place: SlabPlace) -> Bool {
        return definedIn[place] != 0
    }

    /// Takes back that any segment defines the series at `place`.
    mutating func undefine(_ place: SlabPlace) {
        definedIn[place] = 0
    }

    /// Notes that a checkpoint defines the series at `place`.
    mutating func noteCheckpoint(_ place: SlabPlace) {
        definedIn[place] = Self.inCheckpoint
    }

    /// Notes that a checkpoint defines the series that segments before `segment` define.
    mutating func noteCheckpoint(before segment: UInt32) {
        for place in SlabPlace.all {
            if definedIn[place] > 0 && definedIn[place] < segment { noteCheckpoint(place) }
        }
    }

    /// Moves on to `newer` if that is not the slab's generation yet, freezing what it holds. Called before every change
    /// that a commit makes: the first one after a pin keeps the states as they were.
    @inline(__always)
    mutating func advance(to newer: HeadGeneration) {
        if _slowPath(generation.number < newer.number) { move(to: newer) }
        if _slowPath(pin != newer.pin) { keepStates(at: newer.pin) }
    }

    private mutating func keepStates(at newPin: UInt32) {
        flush()
        pin = newPin
        pinned = Array(states.span)
    }

    /// The state of the series at `place` when the generation was pinned for the last time, while that pin lasts.
    func pinnedState(_ place: SlabPlace) -> SeriesState { pinned.isEmpty ? self[place] : pinned[place.index] }

    /// Forgets the states that were kept for a pin.
    mutating func endPin(_ number: UInt32) {
        pin = number
        pinned = []
    }

    private mutating func move(to newer: HeadGeneration) {
        flush()
        pending.release()
        if !arena.isEmpty {
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
                    series: series, closed: closed, pages: arena.snapshot,
                    details: frozenDetails.filter { !$0.value.isEmpty },
                    charge: detailsCharge, chunkCount: closed.count + openChunkCount), at: index)
            closed = []
            openChunkCount = 0
        }
        arena = ChunkArena(gauge: newer.gauge)
        detailsCharge = ByteCharge(newer.gauge)
        hasStarts = false
        generation = newer
        endPin(newer.pin)
    }

    /// The chunks of the series at `place` in the open generation. The open chunk's bytes may still change.
    func chunks(at place: SlabPlace) -> SeriesChunks {
        let state = self[place]
        guard state.sampleCount > 0 else { return SeriesChunks() }
        return SeriesChunks(
            number: state.number, sampleCount: state.sampleCount, lastClosed: state.lastClosed,
            openBuffer: state.buffer, openByteCount: UInt16(state.xor.byteCount),
            openSampleCount: state.xor.sampleCount, openLastTime: state.xor.lastTime)
    }

    /// The number of chunks of the open generation, those included that samples which wait are about to begin.
    var chunkCount: Int {
        var isCounted = [Bool](repeating: false, count: Slab.capacity), count = closed.count + openChunkCount
        pending.forEachPlace { place in
            if isCounted[place.index] || self[place].xor.sampleCount > 0 { return }
            isCounted[place.index] = true
            count += 1
        }
        return count
    }

    /// The time and the bits of the series' newest sample; `Int64.min` when it never had one.
    @inline(__always)
    func last(_ place: SlabPlace) -> (time: Int64, bits: UInt64) {
        let sample = newest[place]
        return (sample.time, sample.bits)
    }

    /// Takes one sample that was judged acceptable.
    @inline(__always)
    mutating func store(_ place: SlabPlace, time: Int64, bits: UInt64, epoch: UInt32, keepsUndo: Bool) {
        newest[place] = NewestSample(time: time, bits: bits)
        if _fastPath(pending.append(place, time: time, bits: bits, epoch: epoch, keepsUndo: keepsUndo)) { return }
        flush()
        _ = pending.append(place, time: time, bits: bits, epoch: epoch, keepsUndo: keepsUndo)
    }

    /// Lets the next sample of the series at `place` begin a part that goes back in time: it gets a chunk of its own,
    /// so that times ascend within each.
    @inline(never)
    mutating func beginPart(_ place: SlabPlace) {
        flush()
        details[place]?.forgetLast()
        var state = self[place]
        guard state.xor.sampleCount > 0 else { return }
        closeOpenChunk(of: &state)
        put(state, at: place)
    }

    /// Tells the generation how many samples wait. Called at the end of each append.
    @inline(__always)
    mutating func announce() {
        let change = pending.count - announced
        if change != 0 { generation.addWaiting(change) }
        announced = pending.count
    }

    /// Puts all samples into the chunks: before these are looked at.
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

    /// Appends samples of one series to its chunks.
    @inline(__always)
    private mutating func write(_ numbers: Span<UInt16>, of samples: borrowing PendingSamples, at place: SlabPlace) {
        var state = states[place]
        var index = 0
        while index < numbers.count {
            if _slowPath(
                state.xor.sampleCount == 0 || state.xor.byteCount > Self.room(in: state)
                    || state.xor.sampleCount >= Self.maximumSamples)
            {
                // What a view must know of the sample that asks for room is saved below, before it is counted.
                state = makeRoom(state)
            }
            let room = Self.room(in: state)
            var writer = BitWriter(
                arena.mutableBytes(of: state.buffer, class: state.sizeClass), bitCount: Int(state.xor.bitCount))
            repeat {
                let number = numbers[index]
                let (time, bits) = samples.sample(number), mark = samples.epoch(of: number)
                if state.epoch != mark.epoch {
                    if mark.keepsUndo {
                        undo[place, default: []].append(
                            UndoEntry(
                                epoch: mark.epoch, generation: generation.number, sampleCount: state.sampleCount))
                    }
                    state.epoch = mark.epoch
                }
                XORChunk.append(time, bits, to: &state.xor, &writer)
                state.sampleCount &+= 1
                index &+= 1
            } while index < numbers.count && state.xor.byteCount <= room
                && state.xor.sampleCount < Self.maximumSamples
        }
        states[place] = state
    }

    /// How many bytes the open chunk may have for one more sample to fit.
    @inline(__always)
    private static func room(in state: SeriesState) -> Int {
        ChunkArena.capacity(ofClass: state.sizeClass) &- XORChunk.maximumSampleBytes
    }

    /// The state with an open chunk that takes one more sample.
    private mutating func makeRoom(_ state: SeriesState) -> SeriesState {
        var next = state
        if state.xor.sampleCount == 0 {
            next.sizeClass = 0
            next.buffer = arena.allocate(class: 0)
            openChunkCount += 1
        } else if state.xor.sampleCount >= Self.maximumSamples
            || ChunkArena.capacity(ofClass: state.sizeClass) >= Self.maximumBytes
        {
            next = close(state)
        } else {
            next.buffer = grow(state.buffer, class: state.sizeClass)
            next.sizeClass += 1
        }
        return next
    }

    /// Stores what the sample stored last of the series at `place` has beside time and value.
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

    /// Takes what a checkpoint has of the series at `place` beside its floats.
    mutating func restoreDetails(_ place: SlabPlace, _ restored: SeriesDetails) {
        details[place] = restored
        hasStarts = hasStarts || !restored.starts.isEmpty
        detailsCharge.add(restored.byteCount)
    }

    /// Adds a full chunk that was read from a checkpoint to a series' chunks.
    mutating func appendClosed(_ chunk: ClosedChunk, to state: inout SeriesState) {
        closed.append(chunk)
        state.lastClosed = Int32(closed.count - 1)
    }

    /// A chunk is cut at whichever of these comes first.
    static var maximumSamples: Int { 240 }
    static var maximumBytes: Int { 256 }

    /// Hints that the end of a series' open chunk will be needed soon.
    @inline(__always)
    private func prefetchChunk(_ place: SlabPlace) {
        guard states[place].xor.sampleCount > 0 else { return }
        arena.prefetch(states[place].buffer, at: states[place].xor.byteCount)
    }

    /// The state with the open chunk among the full ones, and an empty one.
    private mutating func close(_ state: SeriesState) -> SeriesState {
        var next = state
        closeOpenChunk(of: &next)
        next.sizeClass = 0
        next.buffer = arena.allocate(class: 0)
        return next
    }

    /// Puts the open chunk among the full ones.
    private mutating func closeOpenChunk(of state: inout SeriesState) {
        closed.append(
            ClosedChunk(
                firstTime: XORChunk.firstTime(arena.bytes(of: state.buffer, count: 8)), lastTime: state.xor.lastTime,
                buffer: state.buffer, byteCount: UInt16(state.xor.byteCount), sampleCount: state.xor.sampleCount,
                previous: state.lastClosed))
        state.lastClosed = Int32(closed.count - 1)
        state.xor.restart()
    }

    /// A larger buffer with what was in this one.
    private mutating func grow(_ old: UInt32, class oldClass: UInt8) -> UInt32 {
        let new = arena.allocate(class: oldClass + 1)
        arena.copy(old, to: new, count: ChunkArena.capacity(ofClass: oldClass))
        arena.free(old, class: oldClass)
        return new
    }

    /// How many samples of the open generation a view of `epoch` sees of the series at `place`.
    func visibleCount(_ place: SlabPlace, epoch: UInt32) -> UInt32 {
        let state = self[place]
        guard state.epoch >= epoch else { return state.sampleCount }
        // The first append after the view was opened saved the count; entries are in ascending order of epoch.
        return undo[place]?.first { $0.epoch >= epoch && $0.generation == generation.number }?.sampleCount
            ?? state.sampleCount
    }

    /// How many samples of a frozen generation a view of `epoch` sees, `full` being all there are.
    func frozenCount(_ place: SlabPlace, generation: UInt32, epoch: UInt32, full: UInt32) -> UInt32 {
        undo[place]?.first { $0.epoch >= epoch && $0.generation == generation }?.sampleCount ?? full
    }

    /// Forgets what no open view needs: entries of epochs before `oldest`, all of them when there is no view.
    mutating func forgetUndo(before oldest: UInt32?) {
        guard !undo.isEmpty else { return }
        guard let oldest else { return undo.removeAll() }
        for (place, entries) in undo {
            let kept = entries.filter { $0.epoch >= oldest }
            if kept.count < entries.count { undo[place] = kept.isEmpty ? nil : kept }
        }
    }
}
