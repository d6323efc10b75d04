internal import KTSDBModel
internal import Synchronization

/// The newest samples, in memory: all that are not in a block yet.
///
/// It has three parts. `series` identifies the series: labels, slots and postings. The slabs hold their samples, 1,024
/// series each. `epochs` knows the open views and batches. Locks are taken in this order: the database's commit lock,
/// `series`, `slabs`, a slab.
///
/// Invariants: a sample is in exactly one generation, that of its commit; the samples of a chunk ascend in time; the
/// samples that a view sees never change; a slot is reused only when no view or batch can still refer to it.
final class Head: Sendable {
    let series: Mutex<SeriesTable>
    let epochs = EpochRegistry()
    let rawLabelHasher = RawLabelHasher()
    /// Exemplars, metadata and records; changed under the commit lock.
    let sideData = Mutex(HeadSideData())
    /// The largest number of exemplars in memory.
    let exemplarLimit = Atomic(0)
    private let slabs: Mutex<[Slab]>
    /// Bytes of the chunks of all generations in memory.
    let chunkGauge: ByteGauge
    /// The generation that receives appends; changed under the commit lock.
    private let open: Mutex<HeadGeneration>
    let configuration: HeadConfiguration
    /// Bytes of `series` and of the slabs, without chunks.
    private let seriesAccount: MemoryAccount
    /// Retired series that views or batches may still use. From `epoch` on, they cannot be found.
    private let retirement = Mutex<[(epoch: UInt32, slots: [UInt32])]>([])
    private let lastRetirement = Atomic<UInt32>(0)
    private let nextNumber: Atomic<UInt64>
    /// Marks the series ids of this head, so that other heads refuse them.
    let owner = UInt32.random(in: 1 ... .max)
    private let floor = Atomic<UInt32>(.max)

    /// A series that is defined in this segment or a later one is not defined again in the open one: the checkpoint
    /// being written will hold it. `UInt32.max` while no checkpoint is being written.
    var definitionFloor: UInt32 {
        get { floor.load(ordering: .relaxed) }
        set { floor.store(newValue, ordering: .relaxed) }
    }

    init(configuration: HeadConfiguration, nextNumber: UInt64) {
        self.configuration = configuration
        self.nextNumber = Atomic(max(1, nextNumber))
        series = Mutex(SeriesTable())
        slabs = Mutex([])
        chunkGauge = ByteGauge(for: MemoryAccount(configuration.memory, .samples))
        seriesAccount = MemoryAccount(configuration.memory, .series)
        open = Mutex(HeadGeneration(number: 1, partOf: chunkGauge))
    }

    /// Creates a head from a checkpoint: `slabs` hold samples of `generation`, whose gauge is part of `gauge`.
    init(
        configuration: HeadConfiguration, nextNumber: UInt64, series: consuming sending SeriesTable, slabs: [Slab],
        generation: HeadGeneration, gauge: ByteGauge
    ) {
        self.configuration = configuration
        self.nextNumber = Atomic(max(1, nextNumber))
        self.series = Mutex(series)
        self.slabs = Mutex(slabs)
        chunkGauge = gauge
        seriesAccount = MemoryAccount(configuration.memory, .series)
        open = Mutex(generation)
        countMemory()
    }

    /// Estimates anew what series take.
    func countMemory() { series.withLock { countMemory(of: $0) } }

    /// Estimates anew what series take. Called with the lock of `series`, after some were added.
    func countMemory(of series: borrowing SeriesTable) {
        let slabs = (series.slotLimit + Slab.capacity - 1) >> Slab.capacityBits
        seriesAccount.set(series.memoryByteCount + slabs * Slab.stateByteCount)
    }

    /// The lowest number that was never given to a series.
    var seriesNumberLimit: UInt64 { nextNumber.load(ordering: .relaxed) }

    /// Reserves all numbers up to and including `number`: new series get higher ones.
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

    /// The slabs at this moment. Slabs added later hold only series that the caller cannot know.
    var currentSlabs: [Slab] { slabs.withLock { $0 } }

    /// Returns the slab of a slot, and creates it if it is missing.
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

    /// The generation that receives appends.
    var openGeneration: HeadGeneration { open.withLock { $0 } }

    /// Opens a new generation and returns the previous one, which receives no more appends. Called under the commit
    /// lock.
    func startGeneration() -> HeadGeneration {
        open.withLock { open in
            let frozen = open
            open = HeadGeneration(number: frozen.number + 1, partOf: chunkGauge)
            return frozen
        }
    }

    /// Moves every slab to the open generation, which freezes all of the previous one.
    func freezeAll() {
        let generation = openGeneration
        for slab in currentSlabs { slab.content.withLock { $0.advance(to: generation) } }
    }

    // MARK: Retiring

    /// Whether any series was retired after `epoch` began. Under the commit lock the answer cannot change.
    func hasRetired(since epoch: UInt32) -> Bool { lastRetirement.load(ordering: .relaxed) > epoch }

    /// Returns the slots of the series that have ended and have no sample in the open generation, and how many have
    /// ended with a staleness marker and do have some. Locks one slab at a time.
    func endedSeries(_ end: SeriesEnd) -> (slots: [UInt32], waiting: Int) {
        var slots: [UInt32] = [], waiting = 0
        for slab in currentSlabs {
            let first = UInt32(slab.index << Slab.capacityBits)
            slab.content.withLock { content in
                for place in content.endedPlaces(end) {
                    if content[place].sampleCount == 0, !content.late.has(place) {
                        slots.append(first + UInt32(place.index))
                    } else if SeriesEnd.isMarker(content.last(place).bits) {
                        waiting += 1
                    }
                }
            }
        }
        return (slots, waiting)
    }

    /// Retires those of the slots whose series have ended and have no sample in the open generation. All their samples
    /// are in blocks. Called under the commit lock, while no seal is unfinished.
    func retire(_ slots: [UInt32], _ end: SeriesEnd) {
        retire(
            slots.filter { slot in
                let place = SlabPlace(of: slot)
                return slab(of: slot).content.withLock { content in
                    content.flush()
                    let (time, bits) = content.last(place)
                    return content[place].number != 0 && content[place].sampleCount == 0 && !content.late.has(place)
                        && end.isPast(time, bits)
                }
            })
    }

    /// Retires the series that a batch created and that neither it nor another batch stored a sample of. Called under
    /// the commit lock.
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
            }.map(\.slot), withdrawn: true)
    }

    /// Returns those of the slots whose series never had a sample.
    func withoutSamples(_ slots: Set<UInt32>) -> Set<UInt32> {
        slots.filter { slot in
            slab(of: slot).content.withLock { $0.last(SlabPlace(of: slot)).time == .min }
        }
    }

    private func retire(_ slots: [UInt32], withdrawn: Bool = false) {
        guard !slots.isEmpty else { return }
        let retired = series.withLock { series in
            let retired = slots.filter { series.isLive($0) }
            series.retire(retired, withdrawn: withdrawn)
            return retired
        }
        guard !retired.isEmpty else { return }
        let epoch = epochs.advance()
        lastRetirement.store(epoch, ordering: .relaxed)
        retirement.withLock { $0.append((epoch, retired)) }
    }

    /// Frees the slots of retired series that no view or batch can still use, and the undo entries that no view needs.
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
