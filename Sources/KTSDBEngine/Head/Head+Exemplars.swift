internal import KTSDBModel
internal import Synchronization

extension Head {
    /// Returns the numbers of the series that match all matchers of at least one list and have an exemplar in memory in
    /// a range of time. The caller keeps a view open, or the commit lock, so that no symbol is used again meanwhile.
    func exemplarSeries(
        matching lists: [[LabelMatcher]], in range: ClosedRange<Int64>
    ) throws(ReadError) -> Set<UInt64> {
        let pages = sideData.withLock { $0.exemplars.pages }
        let entries = pages.range.lazy.map { pages[$0] }.filter { range.contains($0.time) }
        guard entries.contains(where: { _ in true }) else { return [] }
        let postings = HeadPostings(self)
        var slots = SeriesBitmap(bound: postings.seriesBound)
        for matchers in lists { slots.insert(try MatcherPlanner.resolve(matchers, in: postings)) }
        var found: Set<UInt64> = []
        for entry in entries
        where entry.slot < postings.seriesBound && slots.contains(entry.slot) && !found.contains(entry.number) {
            if series.withLock({ $0.number(of: entry.slot) }) == entry.number { found.insert(entry.number) }
        }
        return found
    }

    /// Removes the exemplars in memory of some series in a range of time.
    func removeExemplars(of series: Set<UInt64>, in range: ClosedRange<Int64>) {
        guard !series.isEmpty else { return }
        sideData.withLock { sideData in
            sideData.exemplars.removeAll { range.contains($0.time) && series.contains($0.number) }
        }
    }
}
