internal import KTSDBModel
internal import Synchronization

extension Selection {
    /// Returns the newest sample of each series in memory, indexed like `head`. Reads all of them once, slab by slab.
    private func headNewest() throws(ReadError) -> [HeadNewest.Sample] {
        try knownNewest.withLock { known throws(ReadError) in
            if let known { return known }
            try reservation.grow(bytes: head.slots.count * MemoryLayout<HeadNewest.Sample>.stride)
            let samples = try HeadNewest(content, in: range).samples(of: head, limits)
            known = samples
            return samples
        }
    }

    func appendNewest(of positions: Range<Int>, to samples: inout NewestSamples) throws(ReadError) {
        let newest = head.isEmpty ? [] : try headNewest()
        var readers = BlockReaders(content.blocks, range), pace = Pace(limits)
        for position in positions {
            let own = Int(starts[position])..<Int(starts[position + 1])
            try pace.step(4 + 16 * own.count)
            let sample: HeadNewest.Sample
            if own.count > 1 {
                sample = try newestSample(own, newest, &readers)
            } else {
                let part = parts[own.lowerBound]
                sample = part.block < 0 ? newest[Int(part.series)] : try readers.sample(of: part)
            }
            samples.append(sample.value, at: sample.time)
        }
    }

    /// Returns the newest sample of the series with these parts, or `unknown` if any part that may have it is unknown.
    private func newestSample(
        _ own: Range<Int>, _ head: [HeadNewest.Sample], _ readers: inout BlockReaders
    ) throws(ReadError) -> HeadNewest.Sample {
        var newest = HeadNewest.Sample.none
        // The part in memory is the last one, and nearly always has the newest sample.
        for place in own.reversed() {
            let part = parts[place]
            let sample: HeadNewest.Sample
            if part.block < 0 {
                sample = head[Int(part.series)]
            } else {
                if newest.time > content.blocks[Int(part.block)].summary.maxTime { continue }
                do throws(ReadError) { sample = try readers.sample(of: part) } catch {
                    // Decoding the series leaves out what is damaged, and says so.
                    guard error.isDamage else { throw error }
                    return .unknown
                }
            }
            if sample.time == NewestSamples.unknown { return .unknown }
            if sample.time == NewestSamples.noSample { continue }
            // Which of two samples at one time counts depends on their commits.
            if sample.time == newest.time { return .unknown }
            if sample.time > newest.time { newest = sample }
        }
        return newest
    }
}

/// The readers of the blocks that were needed so far.
private struct BlockReaders {
    private let blocks: [Block]
    private let range: ClosedRange<Int64>
    private var readers: [BlockNewest?]
    /// Neighbours are mostly in one block.
    private var last: (block: Int32, reader: BlockNewest)?

    init(_ blocks: [Block], _ range: ClosedRange<Int64>) {
        self.blocks = blocks
        self.range = range
        readers = Array(repeating: nil, count: blocks.count)
    }

    mutating func sample(of part: Selection.Part) throws(ReadError) -> HeadNewest.Sample {
        if let last, last.block == part.block { return try last.reader.sample(of: part.series) }
        let block = Int(part.block), reader = readers[block] ?? BlockNewest(blocks[block], in: range)
        readers[block] = reader
        last = (part.block, reader)
        return try reader.sample(of: part.series)
    }
}
