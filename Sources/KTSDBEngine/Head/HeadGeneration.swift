internal import Synchronization

/// The samples of the commits between two seals, over all slabs.
///
/// The open generation lives in the slabs. When a seal begins, the head names a new open generation, and each slab
/// moves to it when it is next touched: what it held of the old one becomes a `FrozenSlab` here, immutable, for the
/// seal to write into blocks and for the views that were opened before.
final class HeadGeneration: Sendable {
    /// Counts up by one with each seal.
    let number: UInt32
    private let slabs = Mutex<[Int: FrozenSlab]>([:])

    private let pins = Atomic<UInt32>(0)

    /// How often the generation was pinned: a slab that finds a new number keeps its states before it changes.
    @inline(__always)
    var pin: UInt32 { pins.load(ordering: .relaxed) }

    /// Begins a new pin and returns its number. Called under the commit lock, which makes it the same moment for all
    /// slabs.
    func startPin() -> UInt32 { pins.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Bytes of its chunks.
    let gauge: ByteGauge

    private let waiting = Atomic<Int>(0)

    /// Counts samples that wait for their places in the chunks.
    func addWaiting(_ count: Int) { waiting.wrappingAdd(count, ordering: .relaxed) }

    /// Bytes of its chunks, with about what the samples that still wait will take.
    var byteCount: Int { gauge.value + waiting.load(ordering: .relaxed) * 4 }

    init(number: UInt32, partOf total: ByteGauge) {
        self.number = number
        gauge = ByteGauge(partOf: total)
    }

    /// Keeps what the slab at `index` held.
    func freeze(_ slab: FrozenSlab, at index: Int) { slabs.withLock { $0[index] = slab } }

    /// What the slab at `index` held; nil when it held nothing or has not moved on yet.
    func frozenSlab(at index: Int) -> FrozenSlab? { slabs.withLock { $0[index] } }

    /// The number of chunks that were frozen.
    var frozenChunkCount: Int { slabs.withLock { $0.values.reduce(0) { $0 + $1.chunkCount } } }

    /// All that was frozen, by the slab's index, ascending.
    var frozenSlabs: [(index: Int, slab: FrozenSlab)] {
        slabs.withLock { slabs in slabs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
}

/// A chunk that is full: where its bytes are, what they hold, and the series' chunk before it.
struct ClosedChunk: BitwiseCopyable {
    var firstTime: Int64
    var lastTime: Int64
    var buffer: UInt32
    var byteCount: UInt16
    var sampleCount: UInt16
    /// The place of the series' previous chunk in the slab's list, or -1.
    var previous: Int32
}

/// What a reader needs of one series in one generation: its chunks, newest last.
struct SeriesChunks: BitwiseCopyable {
    /// The series' number; 0 when there are no samples.
    var number: UInt64 = 0
    var sampleCount: UInt32 = 0
    /// The place of its newest full chunk, or -1.
    var lastClosed: Int32 = -1
    /// The open chunk: its buffer, bytes and samples.
    var openBuffer: UInt32 = 0
    var openByteCount: UInt16 = 0
    var openSampleCount: UInt16 = 0
    var openLastTime: Int64 = 0
}

/// What a slab held of one generation; never changes.
final class FrozenSlab: Sendable {
    let series: [SeriesChunks]
    let closed: [ClosedChunk]
    let pages: ChunkPages
    /// By place.
    let details: [SlabPlace: SeriesDetails]
    let chunkCount: Int
    private let charge: ByteCharge

    init(
        series: [SeriesChunks], closed: [ClosedChunk], pages: ChunkPages, details: [SlabPlace: SeriesDetails],
        charge: ByteCharge, chunkCount: Int
    ) {
        self.series = series
        self.closed = closed
        self.pages = pages
        self.details = details
        self.charge = charge
        self.chunkCount = chunkCount
    }
}
