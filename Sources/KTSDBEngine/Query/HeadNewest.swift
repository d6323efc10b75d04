internal import KTSDBModel
internal import Synchronization

/// Finds the newest sample of series in memory in a time range, without decoding chunks.
///
/// The state of a series includes its newest sample, which answers nearly every query about the present. The series has
/// to be decoded if that sample is newer than the view or the range, if its slab is being sealed, or if the times of
/// the series went backwards.
struct HeadNewest {
    private let content: ViewContent
    private let range: ClosedRange<Int64>

    init(_ content: ViewContent, in range: ClosedRange<Int64>) {
        self.content = content
        self.range = range
    }

    /// What is known of one series: its newest sample in memory, or ``NewestSamples/noSample`` or
    /// ``NewestSamples/unknown`` as its time.
    struct Sample: BitwiseCopyable {
        var time: Int64
        var value: Double

        static let none = Sample(time: NewestSamples.noSample, value: 0)
        static let unknown = Sample(time: NewestSamples.unknown, value: 0)
    }

    /// Calls `body` with the sample of each series, given in the order of the slots.
    func forEach(
        _ series: some Sequence<SeriesID>, _ limits: (any ReadLimits)?, _ body: (Sample) -> Void
    ) throws(ReadError) {
        var iterator = series.makeIterator(), next = iterator.next()
        while let first = next {
            try limits?.check()
            let slab = content.head.slab(of: first.slot)
            let generations = content.generations
            slab.content.withLock { slab in
                // During a seal, the slab may have samples in two generations. Slabs are frozen under their locks.
                let isFrozen = generations.dropLast().contains { $0.frozenSlab(at: slab.index) != nil }
                let isOpen = slab.generation.number == generations.last?.number && !isFrozen
                if isOpen { slab.flush() }
                // A slab without samples since the last seal still has the generation from before it.
                let hasNothing = slab.generation.number < generations[0].number && !isFrozen
                while let id = next, Int(id.slot >> UInt32(Slab.capacityBits)) == slab.index {
                    body(isOpen ? sample(of: id, in: slab) : hasNothing ? .none : .unknown)
                    next = iterator.next()
                }
            }
        }
    }

    private func sample(of id: SeriesID, in slab: borrowing SlabContent) -> Sample {
        let place = SlabPlace(of: id.slot), state = slab[place]
        // The slot may have been given to another series.
        guard state.number == id.number else { return .none }
        guard state.epoch < content.epoch else { return .unknown }
        guard state.sampleCount > 0 else { return .none }
        guard !slab.goesBack, slab.details[place] == nil else { return .unknown }
        guard state.xor.lastTime <= range.upperBound else { return .unknown }
        // Times ascend, so older samples are before the range, too.
        guard state.xor.lastTime >= range.lowerBound else { return .none }
        return Sample(time: state.xor.lastTime, value: Double(bitPattern: state.xor.lastValue))
    }
}
