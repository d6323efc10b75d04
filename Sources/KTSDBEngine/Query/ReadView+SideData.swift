public import KTSDBModel
internal import Synchronization

extension ReadView {
    /// Returns the exemplars in `range` of the series that match all matchers of at least one of the lists: the series
    /// in the order of their labels, each with its exemplars in the order of their times.
    ///
    /// The exemplars are those in memory and those in blocks, which have one for each series and minute; one that is in
    /// both is returned once. Looks at all exemplars in memory, at about 10 ns each. With nil for `limits` there are no
    /// limits.
    public func exemplars(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [SeriesExemplars] {
        guard let range = content.shown(range) else { return [] }
        let milliseconds = range.lowerBound.milliseconds...range.upperBound.milliseconds
        var found: [Labels: [StoredExemplar]] = [:], pace = Pace(limits)
        // The exemplars of a block may be later or earlier than its samples.
        try content.forEachBlock(in: nil, limits: limits) { _, block throws(ReadError) in
            guard try block.mayHaveExemplars(in: milliseconds) else { return }
            let series = try matching(lists, block, limits)
            for (series, exemplars) in try block.exemplars(of: series, in: milliseconds, limits: limits) {
                try pace.step(64 + exemplars.count)
                found[try block.labels(of: series), default: []] += exemplars
            }
        }
        for (labels, exemplars) in try exemplarsInMemory(lists, milliseconds, limits) {
            found[labels, default: []] += exemplars
        }
        var sorted = Array(found)
        try sorted.sort(within: limits) { $0.key < $1.key }
        var result: [SeriesExemplars] = []
        for (labels, exemplars) in sorted {
            try pace.step(16 + exemplars.count * 16)
            result.append(
                SeriesExemplars(labels: labels, exemplars: StoredExemplar.sorted(exemplars).map(\.exemplar)))
        }
        return result
    }

    /// Returns the metadata of metrics, by name: of all, or of the one with this name. The latest entry counts. Reads
    /// the metadata of all blocks.
    public func metadata(
        of name: String? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [String: MetricMetadata] {
        var found: [String: MetricMetadata] = [:]
        for block in content.blocks.sorted(by: { $0.summary.lastSequence < $1.summary.lastSequence }) {
            try limits?.check()
            do throws(ReadError) { found.merge(try block.metadata()) { $1 } } catch {
                guard let limits, error.isDamage else { throw error }
                try limits.leaveOut(MissingData(error, block.times, isWholeFile: false))
            }
        }
        found.merge(content.metadata) { $1 }
        guard let name else { return found }
        return found.filter { $0.key == name }
    }

    private func matching(
        _ lists: [[LabelMatcher]], _ block: Block, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32] {
        if lists.count == 1 { return try block.series(matching: lists[0], limits: limits) }
        var series = SeriesBitmap(bound: block.seriesBound)
        for matchers in lists { series.insert(try block.series(matching: matchers, limits: limits)) }
        return series.numbers
    }

    private func exemplarsInMemory(
        _ lists: [[LabelMatcher]], _ range: ClosedRange<Int64>, _ limits: (any ReadLimits)?
    ) throws(ReadError) -> [(labels: Labels, exemplars: [StoredExemplar])] {
        let pages = content.exemplars
        guard !pages.isEmpty else { return [] }
        let postings = HeadPostings(content.head)
        var slots = SeriesBitmap(bound: postings.seriesBound)
        for matchers in lists { slots.insert(try MatcherPlanner.resolve(matchers, in: postings, limits: limits)) }
        var bySlot: [UInt32: [Int]] = [:], pace = Pace(limits)
        for position in pages.range {
            try pace.step()
            let entry = pages[position]
            guard range.contains(entry.time), entry.slot < postings.seriesBound, slots.contains(entry.slot) else {
                continue
            }
            if let cuts = content.cuts, entry.time < cuts.latest {
                let id = SeriesID(number: entry.number, slot: entry.slot)
                if entry.time < cuts.start(of: id, in: content.head) { continue }
            }
            bySlot[entry.slot, default: []].append(position)
        }
        let reservation = ReadReservation(limits)
        var found: [(labels: Labels, exemplars: [StoredExemplar])] = []
        for (slot, positions) in bySlot {
            let (number, labels) = content.head.series.withLock { ($0.number(of: slot), $0.labels(of: slot)) }
            var exemplars: [StoredExemplar] = []
            for position in positions where pages[position].number == number {
                let bytes = Array(pages.labels(at: position))
                try pace.step(16)
                try reservation.grow(bytes: bytes.count + 64)
                exemplars.append(
                    StoredExemplar(time: pages[position].time, value: pages[position].value, labels: bytes))
            }
            if !exemplars.isEmpty { found.append((labels, exemplars)) }
        }
        return found
    }
}
