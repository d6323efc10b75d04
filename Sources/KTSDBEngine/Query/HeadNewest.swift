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

    /// Returns the sample of each series, in their order.
    func samples(of parts: HeadParts, _ limits: (any ReadLimits)?) throws(ReadError) -> [Sample] {
        var samples: [Sample] = [], index = 0
        samples.reserveCapacity(parts.slots.count)
        while index < parts.slots.count {
            try limits?.check()
            content.head.slab(of: parts.slots[index]).content.withLock { slab in
                let state = content.state(of: &slab)
                repeat {
                    switch state {
                    case .open: samples.append(sample(of: parts[index], in: slab))
                    case .empty: samples.append(.none)
                    case .frozen: samples.append(.unknown)
                    }
                    index += 1
                } while index < parts.slots.count
                    && Int(parts.slots[index] >> UInt32(Slab.capacityBits)) == slab.index
            }
        }
        if let cuts = content.memoryCuts { cut(&samples, of: parts, at: cuts) }
        return samples
    }

    /// Forgets samples that are too old for the classes of their series. Those before them are, too.
    private func cut(_ samples: inout [Sample], of parts: HeadParts, at cuts: RetentionCuts) {
        for (index, sample) in samples.enumerated()
        where sample.time != NewestSamples.noSample && sample.time != NewestSamples.unknown {
            if sample.time < cuts.start(of: parts[index], in: content.head) { samples[index] = .none }
        }
    }

    private func sample(of id: SeriesID, in slab: borrowing SlabContent) -> Sample {
        let place = SlabPlace(of: id.slot), state = slab[place]
        // The slot may have been given to another series.
        guard state.number == id.number else { return .none }
        guard state.epoch < content.epoch else { return .unknown }
        guard !slab.late.has(place) else { return .unknown }
        guard state.sampleCount > 0 else { return .none }
        guard !slab.goesBack, slab.details[place] == nil else { return .unknown }
        guard state.xor.lastTime <= range.upperBound else { return .unknown }
        // Times ascend, so older samples are before the range, too.
        guard state.xor.lastTime >= range.lowerBound else { return .none }
        return Sample(time: state.xor.lastTime, value: Double(bitPattern: state.xor.lastValue))
    }
}
