internal import Synchronization

/// The samples of the commits between two seals, over all slabs.
///
/// The open generation lives in the slabs. When a seal begins, the head opens a new generation, and each slab moves to
/// it when it is next touched. What the slab held of the old one becomes an immutable `FrozenSlab` here, which the seal
/// writes into blocks and earlier views read.
final class HeadGeneration: Sendable {
    /// Counts up by one with each seal.
    let number: UInt32
    private let slabs = Mutex<[Int: FrozenSlab]>([:])

    private let pins = Atomic<UInt32>(0)

    /// How often the generation was pinned. A slab that sees a new number saves its states before it changes.
    @inline(__always)
    var pin: UInt32 { pins.load(ordering: .relaxed) }

    /// Begins a new pin and returns its number. Called under the commit lock, so that all slabs are pinned at the same
    /// moment.
    func startPin() -> UInt32 { pins.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Bytes of the generation's chunks.
    let gauge: ByteGauge

    private let waiting = Atomic<Int>(0)

    /// Counts samples that are not in chunks yet.
    func addWaiting(_ count: Int) { waiting.wrappingAdd(count, ordering: .relaxed) }

    /// Bytes of the generation's chunks, plus 4 for each sample that is not in a chunk yet.
    var byteCount: Int { gauge.value + waiting.load(ordering: .relaxed) * 4 }

    init(number: UInt32, partOf total: ByteGauge) {
        self.number = number
        gauge = ByteGauge(partOf: total)
    }

    /// Stores what the slab at `index` held.
    func freeze(_ slab: FrozenSlab, at index: Int) { slabs.withLock { $0[index] = slab } }

    /// Returns what the slab at `index` held; nil if it held nothing or has not moved to a newer generation yet.
    func frozenSlab(at index: Int) -> FrozenSlab? { slabs.withLock { $0[index] } }

    /// The number of frozen chunks.
    var frozenChunkCount: Int { slabs.withLock { $0.values.reduce(0) { $0 + $1.chunkCount } } }

    /// All frozen slabs, ascending by index.
    var frozenSlabs: [(index: Int, slab: FrozenSlab)] {
        slabs.withLock { slabs in slabs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
}

/// A full chunk: where its bytes are, what they hold, and the series' previous chunk.
struct ClosedChunk: BitwiseCopyable {
    var firstTime: Int64
    var lastTime: Int64
    var buffer: UInt32
    var byteCount: UInt16
    var sampleCount: UInt16
    /// The index of the series' previous chunk in the slab's list, or -1.
    var previous: Int32
}

/// The chunks of one series in one generation, as readers need them.
struct SeriesChunks: BitwiseCopyable {
    /// The series' number; 0 for a slot without one.
    var number: UInt64 = 0
    var sampleCount: UInt32 = 0
    /// The index of its newest full chunk in the slab's list, or -1.
    var lastClosed: Int32 = -1
    /// The open chunk: its buffer, bytes and samples.
    var openBuffer: UInt32 = 0
    var openByteCount: UInt16 = 0
    var openSampleCount: UInt16 = 0
    var openLastTime: Int64 = 0
}

/// What a slab held of one generation. Immutable.
final class FrozenSlab: Sendable {
    let series: [SeriesChunks]
    let closed: [ClosedChunk]
    let pages: ChunkPages
    let details: [SlabPlace: SeriesDetails]
    let late: LateSamples
    let chunkCount: Int
    private let charge: ByteCharge

    init(
        series: [SeriesChunks], closed: [ClosedChunk], pages: ChunkPages, details: [SlabPlace: SeriesDetails],
        late: LateSamples, charge: ByteCharge, chunkCount: Int
    ) {
        self.series = series
        self.closed = closed
        self.pages = pages
        self.details = details
        self.late = late
        self.charge = charge
        self.chunkCount = chunkCount
    }
}
