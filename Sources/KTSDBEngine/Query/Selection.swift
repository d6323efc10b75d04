internal import KTSDBModel
internal import Synchronization

/// The series of a view that match some matchers: blocks and head joined by fingerprint. Safe for use by any number of
/// threads at once.
final class Selection: SelectedSeries {
    /// Where a part of a series is: in a block, or in the head.
    struct Part: BitwiseCopyable {
        var fingerprint: UInt64
        /// The series' number in its block, or its place in `head`.
        var series: UInt32
        /// The place of the block in the view's list, or -1 for the head.
        var block: Int32
    }

    let content: ViewContent
    let range: ClosedRange<Int64>
    /// The parts in canonical order; those of one series are next to each other, blocks before the head.
    let parts: [Part]
    /// Where in `parts` each series begins, and the end of the last one.
    let starts: [UInt32]
    /// The series in memory.
    let head: HeadParts
    /// The newest samples of the series in memory, in their order, once they were asked for.
    let knownNewest = Mutex<[HeadNewest.Sample]?>(nil)
    let limits: (any ReadLimits)?
    /// The memory reserved for the parts, and for what is found of them later.
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
            (parts, starts, head) = ([], [0], HeadParts())
            self.reservation = reservation
            return
        }
        let shown = range.milliseconds
        self.range = shown
        /// `runs`: where the parts of each block begin, and those in memory.
        var parts: [Part] = [], runs: [Int] = [], pace = Pace(limits)
        try content.forEachBlock(in: range, limits: limits) { index, block throws(ReadError) in
            if block.isHidden { return }
            var numbers = try block.series(matching: matchers, limits: limits)
            if withSamples {
                numbers = try block.series(numbers, withSamplesIn: shown, limits: limits)
            } else if let mask = block.mask {
                numbers = mask.shown(numbers, within: block.span)
            }
            try reservation.grow(bytes: numbers.count * MemoryLayout<Part>.stride)
            parts.reserveCapacity(parts.count + numbers.count)
            let fingerprints = try block.fingerprints(of: numbers)
            runs.append(parts.count)
            for place in numbers.indices {
                try pace.step()
                parts.append(
                    Part(fingerprint: fingerprints[place], series: numbers[place], block: Int32(index)))
            }
        }
        runs.append(parts.count)
        let slots = try MatcherPlanner.resolve(matchers, in: HeadPostings(content.head), limits: limits)
        var head = try HeadParts(slots, of: content, limits, reservation)
        if withSamples { try head.keep(withSamplesIn: self.range, content, limits) }
        try head.append(to: &parts, content, limits, reservation)
        try Self.sort(&parts, runs: runs, limits)
        var starts: [UInt32] = [], first = 0
        let joiner = PartJoiner(content, head)
        while first < parts.count {
            try pace.step()
            var end = first + 1
            while end < parts.count, parts[end].fingerprint == parts[first].fingerprint { end += 1 }
            if end - first > 1 {
                try pace.step((end - first) * 16)
                try joiner.group(&parts, first..<end, &starts, limits)
            } else {
                starts.append(UInt32(first))
            }
            first = end
        }
        starts.append(UInt32(parts.count))
        self.parts = parts
        self.head = head
        self.reservation = reservation
        self.starts = starts
    }

    func labels(at position: Int) throws(ReadError) -> Labels {
        // Mostly called in a loop, and takes a microsecond or so.
        if position % 256 == 255 { try limits?.check() }
        let part = parts[Int(starts[position])]
        let labels = try content.labels(of: part, head)
        // Long labels take as long as many short ones.
        if labels.bytes.count >= 1 << 16 { try limits?.check() }
        return labels
    }

    func decode(_ position: Int, into columns: inout SampleColumns) throws(ReadError) {
        try decode(position, in: range, into: &columns) { _ in true }
    }

    /// Decodes the samples in `range`, which is within the selection's, from those parts of the series that are wanted.
    func decode(
        _ position: Int, in range: ClosedRange<Int64>, into columns: inout SampleColumns, from isWanted: (Part) -> Bool
    ) throws(ReadError) {
        columns.removeAll()
        let parts = parts[Int(starts[position])..<Int(starts[position + 1])]
        var merge = SampleMerge(), replacing = SampleColumns()
        for part in parts where isWanted(part) {
            guard columns.times.count <= columns.sampleLimit else {
                throw .tooManySamples(needed: columns.times.count)
            }
            if parts.count > 1 { try limits?.check() }
            if part.block >= 0 {
                let block = content.blocks[Int(part.block)]
                guard block.span.overlaps(range) else { continue }
                let before = columns.times.count
                do throws(ReadError) {
                    try block.decode(part.series, in: range, into: &columns, limits: limits)
                } catch {
                    // The record of the series is damaged; what is in other blocks or in memory counts.
                    guard let limits, error.isDamage else { throw error }
                    try limits.leaveOut(MissingData(error, block.times, isWholeFile: false))
                    continue
                }
                merge.note(from: before, rank: block.summary.rank, columns)
                if before > 0 { columns.forgetNoReset(inRow: before) }
            } else {
                let id = head[Int(part.series)]
                guard let range = content.shownInMemory(range, of: id) else { continue }
                for generation in content.generations {
                    let before = columns.times.count
                    try content.head.decode(
                        id, generation: generation, epoch: content.epoch, range: range, into: &columns,
                        replacing: &replacing)
                    columns.clip(to: range, from: before)
                    if columns.times.count > before { columns.timeColumnID = 0 }
                    merge.note(from: before, rank: .memory, columns)
                    if before > 0 { columns.forgetNoReset(inRow: before) }
                    if replacing.times.count > 0 {
                        replacing.clip(to: range, from: 0)
                        merge.append(&replacing, to: &columns)
                    }
                }
            }
        }
        columns.fillStartTimes()
        merge.finish(&columns)
    }
}
