internal import KTSDBModel

/// Accepted samples of a slab that are not in chunks yet.
///
/// An append to a chunk touches two cache lines, the series' state and the chunk's end, which no other append shares.
/// Here samples are written one after the other. 4,096 of them, sorted by series, are moved to the chunks at once,
/// which touches those lines once for several samples. Readers of chunks call `SlabContent.flush` first.
///
/// A sample takes 16 bytes: its value, its time relative to the first one's, and its place in the slab.
struct PendingSamples: ~Copyable {
    static let capacity = 4096
    private static let byteCount = capacity * MemoryLayout<Waiting>.stride
    /// Up to this many samples are not sorted, as it does not pay.
    private static let fewSamples = 64

    /// Allocated, with room for `capacity` samples, by the first append.
    private var waiting = Column<Waiting>()
    private var base: Int64 = 0
    /// The epochs of runs of samples, ascending; the first run begins at sample 0.
    private var epochs: [EpochMark] = []
    private var lastEpoch: UInt32 = 0, lastKeepsUndo = false
    private let gauge: ByteGauge

    /// One sample.
    struct Waiting: BitwiseCopyable {
        var bits: UInt64
        var distance: Int32
        var place: SlabPlace
    }

    struct EpochMark {
        var first: Int
        var epoch: UInt32
        /// Whether a view was open, which may need the number of samples before these.
        var keepsUndo: Bool
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
        gauge.add(-Self.byteCount)
    }

    private mutating func allocate() {
        waiting.reserve(Self.capacity)
        gauge.add(Self.byteCount)
    }

    /// Appends a sample. Returns false if the buffer is full, or if the time is more than an `Int32` from the first
    /// sample's. An empty buffer takes any sample.
    @inline(__always)
    mutating func append(_ place: SlabPlace, time: Int64, bits: UInt64, epoch: UInt32, keepsUndo: Bool) -> Bool {
        if _slowPath(count == 0) { begin(time) }
        let (difference, overflow) = time.subtractingReportingOverflow(base)
        let distance = Int32(truncatingIfNeeded: difference)
        guard _fastPath(!overflow && Int64(distance) == difference && count < Self.capacity) else { return false }
        if _slowPath(epoch != lastEpoch || keepsUndo != lastKeepsUndo || count == 0) { mark(epoch, keepsUndo) }
        waiting.append(Waiting(bits: bits, distance: distance, place: place))
        return true
    }

    private mutating func begin(_ time: Int64) {
        if waiting.capacity == 0 { allocate() }
        base = time
        epochs.removeAll(keepingCapacity: true)
    }

    private mutating func mark(_ epoch: UInt32, _ keepsUndo: Bool) {
        epochs.append(EpochMark(first: count, epoch: epoch, keepsUndo: keepsUndo))
        (lastEpoch, lastKeepsUndo) = (epoch, keepsUndo)
    }

    /// Passes all samples to `body` and removes them. `body` gets a place and the numbers of samples of its series, for
    /// `sample(_:)`. The samples of a series are passed in the order of their appends, in one call if there are more
    /// than 64 samples.
    @inline(__always)
    mutating func drain(_ body: (borrowing Self, SlabPlace, Span<UInt16>) -> Void) {
        let count = count
        guard count > 0 else { return }
        if count > Self.fewSamples {
            sortAndDrain(body)
        } else {
            var number = FixedArray<UInt16>(repeating: 0, count: 1)
            for index in 0..<count {
                number[0] = UInt16(truncatingIfNeeded: index)
                body(self, waiting[index].place, number.span)
            }
        }
        waiting.removeAll()
    }

    @inline(__always)
    private func sortAndDrain(_ body: (borrowing Self, SlabPlace, Span<UInt16>) -> Void) {
        let waiting = waiting.span
        var ends = FixedArray<UInt16>(repeating: 0, count: Slab.capacity + 1)
        var order = FixedArray<UInt16>(repeating: 0, count: count)
        for index in waiting.indices { ends[waiting[index].place.index &+ 1] &+= 1 }
        var sum: UInt16 = 0
        for place in 1...Slab.capacity {
            sum &+= ends[place]
            ends[place] = sum
        }
        // The end of each place starts at its first sample, and moves to after its last one.
        for index in waiting.indices {
            let place = waiting[index].place, target = ends[place]
            order[Int(target)] = UInt16(truncatingIfNeeded: index)
            ends[place] = target &+ 1
        }
        var first = 0
        for place in SlabPlace.all {
            let end = Int(ends[place])
            if end > first {
                body(self, place, order.span.extracting(first..<end))
                first = end
            }
        }
    }

    /// Calls `body` with the place of each sample, in the order of the appends.
    func forEachPlace(_ body: (SlabPlace) -> Void) {
        for index in 0..<count { body(waiting[index].place) }
    }

    /// A sample by its number.
    @inline(__always)
    func sample(_ index: UInt16) -> (time: Int64, bits: UInt64) {
        let sample = waiting[Int(index)]
        return (base &+ Int64(sample.distance), sample.bits)
    }

    /// The epoch of a sample, and whether a view was open.
    @inline(__always)
    func epoch(of index: UInt16) -> EpochMark {
        if _fastPath(epochs.count == 1) { return EpochMark(first: 0, epoch: lastEpoch, keepsUndo: lastKeepsUndo) }
        var mark = epochs.count &- 1
        while mark > 0, epochs[mark].first > Int(index) { mark &-= 1 }
        return epochs[mark]
    }
}
