internal import KTSDBModel
internal import Synchronization

extension Selection {
    /// Returns the newest sample of each part in memory, indexed like `parts`. Reads all of them once, slab by slab.
    private func headNewest() throws(ReadError) -> [HeadNewest.Sample] {
        try knownNewest.withLock { known throws(ReadError) in
            if let known { return known }
            let order = try headOrder()
            try reservation.grow(bytes: parts.count * MemoryLayout<HeadNewest.Sample>.stride)
            var samples = [HeadNewest.Sample](repeating: .none, count: parts.count), index = 0
            let ids = order.lazy.map { SeriesID(number: self.parts[Int($0)].number, slot: self.parts[Int($0)].series) }
            try HeadNewest(content, in: range).forEach(ids, limits) { sample in
                samples[Int(order[index])] = sample
                index += 1
            }
            known = samples
            return samples
        }
    }

    /// The places in `parts` of those in memory, in the order of their slots.
    func headOrder() throws(ReadError) -> [UInt32] {
        var order: [UInt32] = [], bound = 0, pace = Pace(limits)
        for place in parts.indices where parts[place].block < 0 {
            if place % 64 == 0 { try pace.step(16) }
            order.append(UInt32(place))
            bound = max(bound, Int(parts[place].series) + 1)
        }
        guard order.count > bound / 16 else { return order.sorted { parts[Int($0)].series < parts[Int($1)].series } }
        var bySlot = [UInt32](repeating: .max, count: bound)
        for place in order {
            if place % 64 == 0 { try pace.step(16) }
            bySlot[Int(parts[Int(place)].series)] = place
        }
        return bySlot.filter { $0 != .max }
    }

    func appendNewest(of positions: Range<Int>, to samples: inout NewestSamples) throws(ReadError) {
        let head = hasHeadParts ? try headNewest() : []
        var readers: [BlockNewest?] = Array(repeating: nil, count: content.blocks.count), pace = Pace(limits)
        for position in positions {
            let own = Int(starts[position])..<Int(starts[position + 1])
            try pace.step(4 + 16 * own.count)
            let sample = try newest(own, head, &readers)
            samples.append(sample.value, at: sample.time)
        }
    }

    /// Returns the newest sample of the series with these parts, or `unknown` if any part that may have it is unknown.
    private func newest(
        _ own: Range<Int>, _ head: [HeadNewest.Sample], _ readers: inout [BlockNewest?]
    ) throws(ReadError) -> HeadNewest.Sample {
        var newest = HeadNewest.Sample.none
        // The part in memory is the last one, and nearly always has the newest sample.
        for place in own.reversed() {
            let part = parts[place]
            let sample: HeadNewest.Sample
            if part.block < 0 {
                sample = head[place]
            } else {
                let number = Int(part.block), block = content.blocks[number]
                if newest.time > block.summary.maxTime { continue }
                if readers[number] == nil { readers[number] = BlockNewest(block, in: range) }
                sample = try readers[number]!.sample(of: part.series)
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
