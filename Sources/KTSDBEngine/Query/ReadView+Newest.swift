public import KTSDBModel
internal import Synchronization

extension ReadView {
    /// Returns the newest point of the series with exactly these labels, at whatever time; nil if there is no such
    /// series, or the view shows none of its samples.
    ///
    /// Decodes what is in memory of the series, then looks in blocks, the latest first, for as long as one may have a
    /// later sample.
    /// - Throws: `ReadError`.
    public func newest(of labels: Labels) throws(ReadError) -> SeriesPoint? {
        var newest = try newestInMemory(of: labels)
        // Of two samples at one time that of the earlier commit counts, as for queries.
        var rank = UInt64.max
        let matchers = labels.map { LabelMatcher.equal($0.name, $0.value) }
        let blocks = content.blocks(in: .earliest ... .latest)
        for block in blocks.sorted(by: { $0.summary.maxTime > $1.summary.maxTime }) {
            if let newest, newest.timestamp.milliseconds > block.summary.maxTime { break }
            for series in try block.series(matching: matchers) where try block.labels(of: series) == labels {
                var columns = SampleColumns()
                try block.decode(series, in: shown, into: &columns)
                guard let found = SeriesSamples(columns).newest else { continue }
                let isLater = newest.map { found.timestamp > $0.timestamp } ?? true
                if isLater || (found.timestamp == newest?.timestamp && block.summary.lastSequence < rank) {
                    (newest, rank) = (found, block.summary.lastSequence)
                }
            }
        }
        return newest
    }

    private var shown: ClosedRange<Int64> { content.horizon ... .max }

    private func newestInMemory(of labels: Labels) throws(ReadError) -> SeriesPoint? {
        guard let id = content.head.id(of: labels), let shown = content.shownInMemory(shown, of: id) else { return nil }
        var newest: SeriesPoint?
        for generation in content.generations {
            var columns = SampleColumns()
            try content.head.decode(id, generation: generation, epoch: content.epoch, range: shown, into: &columns)
            columns.clip(to: shown, from: 0)
            guard let found = SeriesSamples(columns).newest else { continue }
            if newest.map({ found.timestamp > $0.timestamp }) ?? true { newest = found }
        }
        return newest
    }
}
