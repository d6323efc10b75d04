internal import KTSDBModel
internal import Synchronization

/// The newest samples, in memory: everything that no block holds yet.
///
/// Three parts. `series` knows who is there: labels, slots, postings. The slabs hold what was measured, 1,024 series
/// each. `epochs` knows who is looking. Locks are taken in this order: the database's commit lock, `series`, `slabs`, a
/// slab.
///
/// Invariants: a sample is in exactly one generation, that of its commit; a series' samples ascend in time; what a view
/// counted when it was opened never changes; a slot is given away only when nobody can hold it any more.
final class Head: Sendable {
    let series: Mutex<SeriesTable>
    let epochs = EpochRegistry()
    let rawLabelHasher = RawLabelHasher()
    /// What is in memory beside samples; changed under the commit lock.
    let sideData = Mutex(HeadSideData())
    /// How many exemplars may be in memory.
    let exemplarLimit = Atomic(0)
    private let slabs: Mutex<[Slab]>
    /// Bytes of chunks in all generations that are in memory.
    let chunkGauge: ByteGauge
    /// The generation that takes what is appended; changed under the commit lock.
    private let open: Mutex<HeadGeneration>
    let configuration: HeadConfiguration
    /// Series that were retired and may still be looked at, with the epoch that made them unfindable.
    private let retirement = Mutex<[(epoch: UInt32, slots: [UInt32])]>([])
    private let lastRetirement = Atomic<UInt32>(0)
    private let nextNumber: Atomic<UInt64>
    /// What series ids of this head carry, so that they are refused by others.
    let owner = UInt32.random(in: 1 ... .max)
    private let floor = Atomic<UInt32>(.max)

    /// Definitions in segments from here on need not be repeated in the open one: a checkpoint is being written that
    /// will hold them. `UInt32.max` while none is.
    var definitionFloor: UInt32 {
        get { floor.load(ordering: .relaxed) }
        set { floor.store(newValue, ordering: .relaxed) }
    }

    init(configuration: HeadConfiguration, nextNumber: UInt64) {
        self.configuration = configuration
        self.nextNumber = Atomic(max(1, nextNumber))
        series = Mutex(SeriesTable())
        slabs = Mutex([])
        chunkGauge = ByteGauge()
        open = Mutex(HeadGeneration(number: 1, partOf: chunkGauge))
    }

    /// A head with the contents of a checkpoint: `slabs` hold samples of `generation`, whose gauge is part of `gauge`.
    init(
        configuration: HeadConfiguration, nextNumber: UInt64, series: consuming sending SeriesTable, slabs: [Slab],
        generation: HeadGeneration, gauge: ByteGauge
    ) {
        self.configuration = configuration
        self.nextNumber = Atomic(max(1, nextNumber))
        self.series = Mutex(series)
        self.slabs = Mutex(slabs)
        chunkGauge = gauge
        open = Mutex(generation)
    }

    /// The lowest number that no series ever had.
    var seriesNumberLimit: UInt64 { nextNumber.load(ordering: .relaxed) }

    /// Sees to it that numbers up to this one are not given to new series.
    func reserveNumbers(through number: UInt64) {
        var current = nextNumber.load(ordering: .relaxed)
        while current <= number {
            let (exchanged, original) = nextNumber.compareExchange(
                expected: current, desired: number + 1, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }

    func newNumber() -> UInt64 { nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// The slabs as they are now; later ones are for series that the caller cannot know.
    var currentSlabs: [Slab] { slabs.withLock { $0 } }

    /// The slab of a slot, made if it is missing.
    func slab(of slot: UInt32) -> Slab {
        let index = Int(slot >> UInt32(Slab.capacityBits))
        return slabs.withLock { slabs in
            while slabs.count <= index {
                slabs.append(Slab(index: slabs.count, generation: openGeneration))
            }
            return slabs[index]
        }
    }

    // MARK: Generations

    /// The generation that takes what is appended.
    var openGeneration: HeadGeneration { open.withLock { $0 } }

    /// Opens a new generation and returns the one before, which gets nothing more. Called under the commit lock.
    func startGeneration() -> HeadGeneration {
        open.withLock { open in
            let frozen = open
            open = HeadGeneration(number: frozen.number + 1, partOf: chunkGauge)
            return frozen
        }
    }

    /// Moves every slab on to the open generation, so that all of the one before is frozen.
    func freezeAll() {
        let generation = openGeneration
        for slab in currentSlabs { slab.content.withLock { $0.advance(to: generation) } }
    }

    // MARK: Retiring

    /// Whether any series was retired after `epoch` had begun. Under the commit lock the answer stays true to the end.
    func hasRetired(since epoch: UInt32) -> Bool { lastRetirement.load(ordering: .relaxed) > epoch }

    /// Takes series out that have got no sample since `time` and have none in the open generation: their samples are
    /// all in blocks. A newest sample after `latest` came while the clock was wrong, and none has come since.
    /// Called under the commit lock, after a seal has been published.
    func retire(quietSince time: Int64, latest: Int64 = .max) {
        var quiet: [UInt32] = []
        for slab in currentSlabs {
            let first = UInt32(slab.index << Slab.capacityBits)
            slab.content.withLock { content in
                content.flush()
                for place in SlabPlace.all {
                    let state = content[place]
                    guard state.number != 0, state.sampleCount == 0 else { continue }
                    if state.xor.lastTime < time || state.xor.lastTime > latest {
                        quiet.append(first + UInt32(place.index))
                    }
                }
            }
        }
        retire(quiet)
    }

    /// Takes series out again that a batch has made and of which nothing was stored, neither by it nor by another.
    /// Called under the commit lock.
    func withdraw(_ created: [SeriesID]) {
        let unused = withoutSamples(Set(created.map(\.slot)))
        guard !unused.isEmpty else { return }
        retire(
            created.filter { id in
                guard unused.contains(id.slot) else { return false }
                return slab(of: id.slot).content.withLock { content in
                    let place = SlabPlace(of: id.slot)
                    return content[place].number == id.number && !content.isDefined(place)
                }
            }.map(\.slot))
    }

    /// Those of the slots whose series never had a sample.
    func withoutSamples(_ slots: Set<UInt32>) -> Set<UInt32> {
        slots.filter { slot in
            slab(of: slot).content.withLock { $0.last(SlabPlace(of: slot)).time == .min }
        }
    }

    private func retire(_ slots: [UInt32]) {
        guard !slots.isEmpty else { return }
        let retired = series.withLock { series in
            let retired = slots.filter { series.isLive($0) }
            series.retire(retired)
            return retired
        }
        guard !retired.isEmpty else { return }
        let epoch = epochs.advance()
        lastRetirement.store(epoch, ordering: .relaxed)
        retirement.withLock { $0.append((epoch, retired)) }
    }

    /// Gives away the slots of retired series that nobody can hold any more.
    func reclaim() {
        let oldest = epochs.oldest
        let free = retirement.withLock { waiting in
            let free = waiting.filter { $0.epoch <= oldest }.flatMap(\.slots)
            waiting.removeAll { $0.epoch <= oldest }
            return free
        }
        if !free.isEmpty {
            for slot in free {
                slab(of: slot).content.withLock { $0.clear(SlabPlace(of: slot)) }
            }
            series.withLock { $0.free(free) }
        }
        let oldestView = epochs.oldestView
        for slab in currentSlabs { slab.content.withLock { $0.forgetUndo(before: oldestView) } }
    }
}
