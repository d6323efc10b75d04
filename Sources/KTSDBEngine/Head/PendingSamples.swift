internal import CLibrary
internal import KTSDBModel

/// Samples of a slab that are accepted and wait for their places in the chunks.
///
/// An append to a chunk touches two cache lines of its own, the series' state and the chunk's end. Here it is written
/// behind the sample before it; 4,096 of them, sorted by series, go into the chunks at once and touch those lines once
/// for several samples. Who wants to look at the chunks has them written first (`SlabContent.flush`), so nobody ever
/// sees the difference.
///
/// 14 bytes a sample: value, distance in time from the first one, place in the slab.
@safe
struct PendingSamples: ~Copyable, @unchecked Sendable {
    static let capacity = 4096
    private static let byteCount = capacity * 14
    /// So many are not worth sorting.
    private static let fewSamples = 64

    // SAFETY: nil while nothing was appended, else one allocation for three columns of `capacity` elements, freed in
    // `release`.
    private var values: UnsafeMutablePointer<UInt64>?
    private var distances: UnsafeMutablePointer<Int32>?
    private var places: UnsafeMutablePointer<UInt16>?
    private(set) var count = 0
    private var base: Int64 = 0
    /// From which sample on which epoch counts; ascending, the first one from 0.
    private var epochs: [EpochMark] = []
    private var lastEpoch: UInt32 = 0, lastKeepsUndo = false
    private let gauge: ByteGauge

    struct EpochMark {
        var first: Int
        var epoch: UInt32
        /// Whether a view was open that may have to know how many samples there were before.
        var keepsUndo: Bool
    }

    /// `gauge` counts the memory while it is in use.
    init(gauge: ByteGauge) {
        self.gauge = gauge
        unsafe values = nil
        unsafe distances = nil
        unsafe places = nil
    }

    deinit { unsafe Self.free(values, gauge) }

    @unsafe
    private static func free(_ memory: UnsafeMutablePointer<UInt64>?, _ gauge: ByteGauge) {
        guard let memory = unsafe memory else { return }
        unsafe UnsafeMutableRawPointer(memory).deallocate()
        gauge.add(-byteCount)
    }

    /// Gives the memory back. Called when there are no samples.
    mutating func release() {
        unsafe Self.free(values, gauge)
        unsafe values = nil
    }

    private mutating func allocate() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.byteCount, alignment: 64)
        unsafe values = memory.bindMemory(to: UInt64.self, capacity: Self.capacity)
        unsafe distances = (memory + Self.capacity * 8).bindMemory(to: Int32.self, capacity: Self.capacity)
        unsafe places = (memory + Self.capacity * 12).bindMemory(to: UInt16.self, capacity: Self.capacity)
        gauge.add(Self.byteCount)
    }

    /// Takes a sample; false when there is no room for it, because there are too many or its time is too far from the
    /// first one's. There is always room when there are no samples.
    @inline(__always)
    mutating func append(_ place: Int, time: Int64, bits: UInt64, epoch: UInt32, keepsUndo: Bool) -> Bool {
        if _slowPath(count == 0) { begin(time) }
        let (difference, overflow) = time.subtractingReportingOverflow(base)
        let distance = Int32(truncatingIfNeeded: difference)
        guard _fastPath(!overflow && Int64(distance) == difference && count < Self.capacity) else { return false }
        if _slowPath(epoch != lastEpoch || keepsUndo != lastKeepsUndo || count == 0) { mark(epoch, keepsUndo) }
        // SAFETY: count is below the capacity.
        unsafe values![count] = bits
        unsafe distances![count] = distance
        unsafe places![count] = UInt16(truncatingIfNeeded: place)
        count &+= 1
        return true
    }

    private mutating func begin(_ time: Int64) {
        if unsafe values == nil { allocate() }
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
    mutating func drain(_ body: (borrowing Self, Int, UnsafeBufferPointer<UInt16>) -> Void) {
        let count = count
        guard count > 0 else { return }
        unsafe withUnsafeTemporaryAllocation(of: UInt16.self, capacity: Slab.capacity + 1 + Self.capacity) { room in
            // SAFETY: places are below the slab's capacity, and the first `count` elements of all columns are samples.
            let ends = room.baseAddress!, order = unsafe ends + Slab.capacity + 1, places = unsafe places!
            guard count > Self.fewSamples else {
                for index in 0..<count {
                    unsafe order[index] = UInt16(truncatingIfNeeded: index)
                    unsafe body(self, Int(places[index]), UnsafeBufferPointer(start: order + index, count: 1))
                }
                return
            }
            unsafe ends.initialize(repeating: 0, count: Slab.capacity + 1)
            for index in 0..<count { unsafe ends[Int(places[index]) &+ 1] &+= 1 }
            var sum: UInt16 = 0
            for place in 1...Slab.capacity {
                sum &+= unsafe ends[place]
                unsafe ends[place] = sum
            }
            // Each place's end moves from where its samples begin to where they end.
            for index in 0..<count {
                let place = unsafe Int(places[index]), target = unsafe Int(ends[place])
                unsafe order[target] = UInt16(truncatingIfNeeded: index)
                unsafe ends[place] = UInt16(truncatingIfNeeded: target &+ 1)
            }
            var first = 0
            for place in 0..<Slab.capacity {
                let end = unsafe Int(ends[place])
                if end > first {
                    unsafe body(self, place, UnsafeBufferPointer(start: order + first, count: end &- first))
                    first = end
                }
            }
        }
        self.count = 0
    }

    /// Calls `body` with the place of each sample, in the order in which they came.
    func forEachPlace(_ body: (Int) -> Void) {
        // SAFETY: the first `count` elements are samples.
        for index in 0..<count { unsafe body(Int(places![index])) }
    }

    /// A sample by its number.
    @inline(__always)
    func sample(_ index: UInt16) -> (time: Int64, bits: UInt64) {
        // SAFETY: numbers come from `drain` and are below the count.
        unsafe (
            base &+ Int64(distances![Int(index)]), values![Int(index)]
        )
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
