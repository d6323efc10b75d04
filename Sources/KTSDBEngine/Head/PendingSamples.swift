internal import KTSDBModel

/// Samples of a slab that are accepted and wait for their places in the chunks.
///
/// An append to a chunk touches two cache lines of its own, the series' state and the chunk's end. Here it is written
/// behind the sample before it; 4,096 of them, sorted by series, go into the chunks at once and touch those lines once
/// for several samples. Who wants to look at the chunks has them written first (`SlabContent.flush`), so nobody ever
/// sees the difference.
///
/// 16 bytes a sample: value, distance in time from the first one, place in the slab.
struct PendingSamples: ~Copyable {
    static let capacity = 4096
    private static let byteCount = capacity * MemoryLayout<Waiting>.stride
    /// So many are not worth sorting.
    private static let fewSamples = 64

    /// Without memory while nothing was appended, else with room for `capacity` samples.
    private var waiting = Column<Waiting>()
    private var base: Int64 = 0
    /// From which sample on which epoch counts; ascending, the first one from 0.
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
        /// Whether a view was open that may have to know how many samples there were before.
        var keepsUndo: Bool
    }

    /// `gauge` counts the memory while it is in use.
    init(gauge: ByteGauge) { self.gauge = gauge }

    deinit { if waiting.capacity > 0 { gauge.add(-Self.byteCount) } }

    /// The number of samples.
    var count: Int {
        @inline(__always) get { waiting.count }
    }

    /// Gives the memory back. Called when there are no samples.
    mutating func release() {
        guard waiting.capacity > 0 else { return }
        waiting = Column()
        gauge.add(-Self.byteCount)
    }

    private mutating func allocate() {
        waiting.reserve(Self.capacity)
        gauge.add(Self.byteCount)
    }

    /// Takes a sample; false when there is no room for it, because there are too many or its time is too far from the
    /// first one's. There is always room when there are no samples.
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

    /// Passes all samples on, those of a series in the order in which they came, mostly all of them at once, and has
    /// none then. `body` gets a place, and the numbers of samples of its series for `sample(_:)`.
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
        // Each place's end moves from where its samples begin to where they end.
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

    /// Calls `body` with the place of each sample, in the order in which they came.
    func forEachPlace(_ body: (SlabPlace) -> Void) {
        for index in 0..<count { body(waiting[index].place) }
    }

    /// A sample by its number.
    @inline(__always)
    func sample(_ index: UInt16) -> (time: Int64, bits: UInt64) {
        let sample = waiting[Int(index)]
        return (base &+ Int64(sample.distance), sample.bits)
    }

    /// The epoch of a sample, and whether views needed to know of it.
    @inline(__always)
    func epoch(of index: UInt16) -> EpochMark {
        if _fastPath(epochs.count == 1) { return EpochMark(first: 0, epoch: lastEpoch, keepsUndo: lastKeepsUndo) }
        var mark = epochs.count &- 1
        while mark > 0, epochs[mark].first > Int(index) { mark &-= 1 }
        return epochs[mark]
    }
}
