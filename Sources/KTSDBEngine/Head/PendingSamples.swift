internal import KTSDBModel

/// The epoch of a commit, and whether a view was open, which may need the number of samples before those of the commit.
struct CommitEpoch: BitwiseCopyable, Equatable {
    private let bits: UInt64

    @inline(__always)
    init(_ epoch: UInt32, keepsUndo: Bool) { bits = UInt64(epoch) &<< 1 | (keepsUndo ? 1 : 0) }

    private init(bits: UInt64) { self.bits = bits }

    /// Differs from all epochs of commits.
    static let none = CommitEpoch(bits: .max)

    var epoch: UInt32 {
        @inline(__always) get { UInt32(truncatingIfNeeded: bits &>> 1) }
    }
    var keepsUndo: Bool { bits & 1 == 1 }
}

/// Accepted samples of a slab that are not in chunks yet.
///
/// An append to a chunk touches two cache lines, the series' state and the chunk's end, which no other append shares.
/// Here samples are written one after the other. 4,096 of them, sorted by series, are moved to the chunks at once,
/// which touches those lines once for several samples. Readers of chunks call `SlabContent.flush` first.
///
/// A sample takes 14 bytes: its value, its time relative to the first one's, and its place in the slab.
struct PendingSamples: ~Copyable {
    static let capacity = 4096
    private static let byteCount = capacity * (MemoryLayout<Waiting>.stride + MemoryLayout<SlabPlace>.stride)
    /// Up to this many samples are not sorted, as it does not pay.
    private static let fewSamples = 64

    /// Both are allocated, with room for `capacity` samples, by the first append.
    private var waiting = Column<Waiting>()
    private var places = Column<SlabPlace>()
    private var base: Int64 = 0
    /// The epochs of runs of samples, ascending; the first run begins at sample 0.
    private var epochs: [EpochRun] = []
    /// That of the last sample; `none` if there are no samples.
    private var lastEpoch = CommitEpoch.none
    private let gauge: ByteGauge

    /// The value and the time of a sample. The value is in two halves, since there would be four bytes of padding next
    /// to a whole one.
    private struct Waiting: BitwiseCopyable {
        var lower: UInt32, upper: UInt32
        var distance: Int32
    }

    private struct EpochRun {
        var first: Int
        var epoch: CommitEpoch
    }

    /// Creates an empty buffer, whose memory `gauge` counts while it is allocated.
    init(gauge: ByteGauge) { self.gauge = gauge }

    deinit { if waiting.capacity > 0 { gauge.add(-Self.byteCount) } }

    /// The number of samples.
    var count: Int {
        @inline(__always) get { waiting.count }
    }

    /// Frees the memory. Called when there are no samples.
    mutating func release() {
        guard waiting.capacity > 0 else { return }
        waiting = Column()
        places = Column()
        gauge.add(-Self.byteCount)
    }

    private mutating func allocate() {
        waiting.reserve(Self.capacity)
        places.reserve(Self.capacity)
        gauge.add(Self.byteCount)
    }

    /// Appends a sample. Returns false if the buffer is full, or if the time is more than an `Int32` from the first
    /// sample's. An empty buffer takes any sample.
    @inline(__always)
    mutating func append(_ place: SlabPlace, time: Int64, bits: UInt64, epoch: CommitEpoch) -> Bool {
        if _slowPath(epoch != lastEpoch) { begin(epoch, at: time) }
        // Wrapping, and so is the sum that restores the time.
        let difference = time &- base, distance = Int32(truncatingIfNeeded: difference)
        guard _fastPath(Int64(distance) == difference && count < Self.capacity) else { return false }
        waiting.append(
            Waiting(
                lower: UInt32(truncatingIfNeeded: bits), upper: UInt32(truncatingIfNeeded: bits &>> 32),
                distance: distance))
        places.append(place)
        return true
    }

    /// Begins a run of samples of this epoch; the first sample of all has this time.
    @inline(never)
    private mutating func begin(_ epoch: CommitEpoch, at time: Int64) {
        if count == 0 {
            if waiting.capacity == 0 { allocate() }
            base = time
            epochs.removeAll(keepingCapacity: true)
        }
        epochs.append(EpochRun(first: count, epoch: epoch))
        lastEpoch = epoch
    }

    /// Passes all samples to `body` and removes them. `body` gets a place and the numbers of samples of its series, for
    /// `sample(_:)`. The samples of a series are passed in the order of their appends, in one call if there are more
    /// than 64 samples.
    @inline(__always)
    mutating func drain(_ body: (borrowing Self, SlabPlace, Span<UInt16>) -> Void) {
        guard count > 0 else { return }
        if count > Self.fewSamples {
            sortAndDrain(body)
        } else {
            var number = FixedArray<UInt16>(repeating: 0, count: 1)
            for index in 0..<count {
                number[0] = UInt16(truncatingIfNeeded: index)
                body(self, places[index], number.span)
            }
        }
        waiting.removeAll()
        places.removeAll()
        lastEpoch = .none
    }

    @inline(__always)
    private func sortAndDrain(_ body: (borrowing Self, SlabPlace, Span<UInt16>) -> Void) {
        let places = places.span
        var ends = FixedArray<UInt16>(repeating: 0, count: Slab.capacity + 1)
        var order = FixedArray<UInt16>(repeating: 0, count: places.count)
        for index in places.indices { ends[places[index].index &+ 1] &+= 1 }
        var sum: UInt16 = 0
        for place in 1...Slab.capacity {
            sum &+= ends[place]
            ends[place] = sum
        }
        // The end of each place starts at its first sample, and moves to after its last one.
        for index in places.indices {
            let place = places[index].index, target = ends[place]
            order[Int(target)] = UInt16(truncatingIfNeeded: index)
            ends[place] = target &+ 1
        }
        var first = 0, place = 0
        while place < Slab.capacity {
            let end = Int(ends[place])
            if end > first {
                body(self, SlabPlace(of: UInt32(truncatingIfNeeded: place)), order.span.extracting(first..<end))
                first = end
            }
            place &+= 1
        }
    }

    /// Calls `body` with the place of each sample, in the order of the appends.
    func forEachPlace(_ body: (SlabPlace) -> Void) {
        for index in 0..<count { body(places[index]) }
    }

    /// A sample by its number.
    @inline(__always)
    func sample(_ index: UInt16) -> (time: Int64, bits: UInt64) {
        let sample = waiting[Int(index)]
        return (base &+ Int64(sample.distance), UInt64(sample.upper) &<< 32 | UInt64(sample.lower))
    }

    /// The epoch of all samples; nil if there are several.
    var onlyEpoch: CommitEpoch? {
        @inline(__always) get { epochs.count == 1 ? lastEpoch : nil }
    }

    /// The epoch of a sample.
    func epoch(of index: UInt16) -> CommitEpoch {
        var run = epochs.count &- 1
        while run > 0, epochs[run].first > Int(index) { run &-= 1 }
        return epochs[run].epoch
    }
}
