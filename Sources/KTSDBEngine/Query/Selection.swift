internal import KTSDBModel
internal import Synchronization

/// The series of a view that match some matchers: blocks and head joined by fingerprint. Safe for use by any number of
/// threads at once.
final class Selection: SelectedSeries {
    /// Where a part of a series is: in a block, or in the head.
    struct Part {
        var fingerprint: UInt64
        /// The series' number in its block, or its slot.
        var series: UInt32
        /// The place of the block in the view's list, or -1 for the head.
        var block: Int32
        /// The series' number in the head; 0 in a block.
        var number: UInt64
        /// A hash of the labels, as ``ViewContent/joinKey(block:series:)`` computes it; 0 while it is not known.
        var key: UInt64
    }

    let content: ViewContent
    let range: ClosedRange<Int64>
    /// The parts in canonical order; those of one series are next to each other, blocks before the head.
    let parts: [Part]
    /// Where in `parts` each series begins, and the end of the last one.
    let starts: [UInt32]
    /// Whether any part is in memory.
    let hasHeadParts: Bool
    /// The newest samples of the parts in memory, once they were asked for.
    let knownNewest = Mutex<[HeadNewest.Sample]?>(nil)
    let limits: (any ReadLimits)?
    /// The memory reserved for `parts`, and for what is found of them later.
    let reservation: ReadReservation

    var count: Int { starts.count - 1 }
    var partCount: Int { parts.count }

    /// Finds the series; if `withSamples`, only those that have a sample in the range.
    init(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, of content: ViewContent,
        withSamples: Bool = false,
        limits: (any ReadLimits)? = nil
    ) throws(ReadError) {
        self.content = content
        self.limits = limits
        let reservation = ReadReservation(limits)
        guard let range = content.shown(range) else {
            self.range = range.lowerBound.milliseconds...range.upperBound.milliseconds
            (parts, starts, hasHeadParts) = ([], [0], false)
            self.reservation = reservation
            return
        }
        self.range = range.lowerBound.milliseconds...range.upperBound.milliseconds
        /// `runs`: where the parts of each block begin, and those in memory.
        var parts: [Part] = [], runs: [Int] = [], pace = Pace(limits)
        for (index, block) in content.blocks.enumerated() where block.summary.overlaps(range) && !block.isHidden {
            var numbers = try block.series(matching: matchers, limits: limits)
            if withSamples {
                numbers = try block.series(numbers, withSamplesIn: self.range, limits: limits)
            } else if let mask = block.mask {
                numbers = mask.shown(numbers, within: block.span)
            }
            try reservation.grow(bytes: numbers.count * MemoryLayout<Part>.stride)
            parts.reserveCapacity(parts.count + numbers.count)
            let fingerprints = try block.fingerprints(of: numbers), keys = block.joinKeys.known(of: numbers)
            runs.append(parts.count)
            for place in numbers.indices {
                try pace.step()
                parts.append(
                    Part(
                        fingerprint: fingerprints[place], series: numbers[place], block: Int32(index), number: 0,
                        key: keys.isEmpty ? 0 : keys[place]))
            }
        }
        runs.append(parts.count)
        let slots = try MatcherPlanner.resolve(matchers, in: HeadPostings(content.head), limits: limits)
        try reservation.grow(bytes: slots.count * MemoryLayout<Part>.stride)
        // Keys are only needed for parts of equal fingerprint, which mostly are in a block and in memory.
        try Self.append(slots, of: content.head, withKeys: !parts.isEmpty, to: &parts, limits)
        if withSamples { try Self.dropHeadParts(of: &parts, withoutSamplesIn: self.range, content, limits) }
        try Self.sort(&parts, runs: runs, limits)
        var starts: [UInt32] = []
        var first = 0
        while first < parts.count {
            try pace.step()
            var end = first + 1
            while end < parts.count, parts[end].fingerprint == parts[first].fingerprint { end += 1 }
            if end - first > 1 {
                try pace.step((end - first) * 16)
                try Self.group(&parts, first..<end, content, &starts, limits)
            } else {
                starts.append(UInt32(first))
            }
            first = end
        }
        starts.append(UInt32(parts.count))
        self.parts = parts
        hasHeadParts = !slots.isEmpty
        self.reservation = reservation
        self.starts = starts
    }

    /// Appends the parts in memory. It holds the lock for a few hundred series at a time, because each may have to be
    /// hashed first and writers of new series wait for the lock.
    private static func append(
        _ slots: [UInt32], of head: Head, withKeys: Bool, to parts: inout [Part], _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        parts.reserveCapacity(parts.count + slots.count)
        var first = 0
        while first < slots.count {
            try limits?.check()
            let some = slots[first..<min(slots.count, first + 256)]
            head.series.withLock { series in
                for slot in some {
                    parts.append(
                        Part(
                            fingerprint: series.fingerprint(of: slot), series: slot, block: -1,
                            number: series.number(of: slot),
                            key: withKeys ? series.joinKey(of: slot) : 0))
                }
            }
            first += some.count
        }
    }

    /// Drops the parts in the head that have no sample in the range. Head parts are the last ones and ascend by slot.
    private static func dropHeadParts(
        of parts: inout [Part], withoutSamplesIn range: ClosedRange<Int64>, _ content: ViewContent,
        _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        let first = parts.firstIndex { $0.block < 0 } ?? parts.count
        let head = parts[first...]
        let present = try HeadPresence(content, in: range, limits).contains(
            head.map { SeriesID(number: $0.number, slot: $0.series) })
        parts.removeSubrange(first...)
        for (part, isPresent) in zip(head, present) where isPresent { parts.append(part) }
    }

    /// Groups parts of equal fingerprint that belong to one series: their labels decide.
    private static func group(
        _ parts: inout [Part], _ range: Range<Int>, _ content: ViewContent, _ starts: inout [UInt32],
        _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        for place in range where parts[place].key == 0 {
            if place % 16 == 15 { try limits?.check() }
            parts[place].key = try content.joinKey(block: parts[place].block, series: parts[place].series)
        }
        let key = parts[range.lowerBound].key
        if range.allSatisfy({ parts[$0].key == key }) { return starts.append(UInt32(range.lowerBound)) }

        // Several series share a fingerprint: their labels give the order.
        var series: [(labels: [UInt8], parts: [Part])] = []
        var places: [UInt64: Int] = [:], pace = Pace(limits)
        for part in parts[range] {
            if let index = places[part.key] {
                series[index].parts.append(part)
            } else {
                try pace.step(64)
                places[part.key] = series.count
                series.append((try content.labels(block: part.block, series: part.series).bytes, [part]))
            }
        }
        try series.sort(within: limits) { ByteOrder.precedes($0.labels, $1.labels) }
        var position = range.lowerBound
        for (_, group) in series {
            starts.append(UInt32(position))
            for part in group {
                parts[position] = part
                position += 1
            }
        }
    }

    func labels(at position: Int) throws(ReadError) -> Labels {
        // Mostly called in a loop, and takes a microsecond or so.
        if position % 256 == 255 { try limits?.check() }
        let part = parts[Int(starts[position])]
        let labels = try content.labels(block: part.block, series: part.series)
        // Long labels take as long as many short ones.
        if labels.bytes.count >= 1 << 16 { try limits?.check() }
        return labels
    }

    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
        columns.removeAll()
        let parts = parts[Int(starts[position])..<Int(starts[position + 1])]
        var merge = SampleMerge()
        for part in parts {
            guard columns.times.count <= columns.sampleLimit else {
                throw .tooManySamples(needed: columns.times.count)
            }
            if parts.count > 1 { try limits?.check() }
            if part.block >= 0 {
                let block = content.blocks[Int(part.block)]
                let before = columns.times.count
                try block.decode(part.series, in: range, into: &columns, limits: limits)
                merge.note(from: before, rank: block.summary.lastSequence, columns)
                if before > 0 { columns.forgetNoReset(inRow: before) }
            } else {
                let id = SeriesID(number: part.number, slot: part.series)
                for generation in content.generations {
                    let before = columns.times.count
                    try content.head.decode(
                        id, generation: generation, epoch: content.epoch, range: range, into: &columns)
                    columns.clip(to: range, from: before)
                    if columns.times.count > before { columns.timeColumnID = 0 }
                    merge.note(from: before, rank: .max, columns)
                    if before > 0 { columns.forgetNoReset(inRow: before) }
                }
            }
        }
        columns.fillStartTimes()
        merge.finish(&columns)
    }
}

extension ViewContent {
    func labels(block: Int32, series: UInt32) throws(ReadError) -> Labels {
        if block >= 0 { return try blocks[Int(block)].labels(of: series) }
        return head.series.withLock { $0.labels(of: series) }
    }

    /// Returns a hash of the series' labels with a seed that nobody outside of the process knows. Parts of equal
    /// fingerprint and equal key are one series: nobody can construct labels that match both, and by chance it happens
    /// once in 2^64 such pairs.
    func joinKey(block: Int32, series: UInt32) throws(ReadError) -> UInt64 {
        guard block >= 0 else { return head.series.withLock { $0.joinKey(of: series) } }
        let block = blocks[Int(block)]
        if let key = block.joinKeys[series] { return key }
        let key = JoinKeys.key(of: try block.labels(of: series))
        block.joinKeys[series] = key
        return key
    }
}
