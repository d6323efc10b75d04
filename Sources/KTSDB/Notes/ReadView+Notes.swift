public import KTSDBModel
internal import Synchronization

extension ReadView {
    /// The exemplars in `range` of the series that match all matchers of at least one of the lists: the series in the order of
    /// their labels, each with its exemplars in the order of their times.
    ///
    /// From memory, and from blocks, which have one for each series and minute; what is in both comes once. Looks at all
    /// exemplars in memory: about 10 ns each.
    public func exemplars(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>
    ) throws(ReadError) -> [SeriesExemplars] {
        let milliseconds = range.lowerBound.milliseconds...range.upperBound.milliseconds
        var found: [Labels: [StoredExemplar]] = [:]
        for block in content.blocks where try block.mayHaveExemplars(in: milliseconds) {
            for (series, exemplars) in try block.exemplars(of: matching(lists, block), in: milliseconds) {
                found[try block.labels(of: series), default: []] += exemplars
            }
        }
        for (labels, exemplars) in exemplarsInMemory(lists, milliseconds) { found[labels, default: []] += exemplars }
        return found.sorted { $0.key < $1.key }.map { labels, exemplars in
            SeriesExemplars(labels: labels, exemplars: StoredExemplar.sorted(exemplars).map(\.exemplar))
        }
    }

    /// What metrics are, by name; all, or the one of this name. What was said last counts. Reads the metadata of all blocks.
    public func metadata(of name: String? = nil) throws(ReadError) -> [String: MetricMetadata] {
        var found: [String: MetricMetadata] = [:]
        for block in content.blocks.sorted(by: { $0.summary.generation < $1.summary.generation }) {
            found.merge(try block.metadata()) { $1 }
        }
        found.merge(content.metadata) { $1 }
        guard let name else { return found }
        return found.filter { $0.key == name }
    }

    private func matching(_ lists: [[LabelMatcher]], _ block: Block) throws(ReadError) -> [UInt32] {
        if lists.count == 1 { return try block.series(matching: lists[0]) }
        var series: Set<UInt32> = []
        for matchers in lists { series.formUnion(try block.series(matching: matchers)) }
        return series.sorted()
    }

    private func exemplarsInMemory(
        _ lists: [[LabelMatcher]], _ range: ClosedRange<Int64>
    ) -> [(labels: Labels, exemplars: [StoredExemplar])] {
        let pages = content.exemplars
        guard !pages.isEmpty else { return [] }
        let slots = unsafe content.head.withPostings { postings in
            var slots: Set<UInt32> = []
            for matchers in lists { unsafe slots.formUnion(MatcherPlanner.resolve(matchers, in: postings)) }
            return slots
        }
        guard !slots.isEmpty else { return [] }
        var bySlot: [UInt32: [Int]] = [:]
        for position in pages.range {
            let entry = pages[position]
            guard range.contains(entry.time), slots.contains(entry.slot) else { continue }
            bySlot[entry.slot, default: []].append(position)
        }
        return content.head.series.withLock { series in
            bySlot.compactMap { slot, positions in
                let number = series.number(of: slot)
                let exemplars = positions.filter { pages[$0].number == number }.map { position in
                    StoredExemplar(
                        time: pages[position].time, value: pages[position].value,
                        labels: Array(pages.labels(at: position)))
                }
                return exemplars.isEmpty ? nil : (series.labels(of: slot), exemplars)
            }
        }
    }
}
