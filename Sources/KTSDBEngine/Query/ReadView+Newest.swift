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
        let matchers = labels.map { LabelMatcher.equal($0.name, $0.value) }
        let blocks = content.blocks(in: .earliest ... .latest)
        for block in blocks.sorted(by: { $0.summary.maxTime > $1.summary.maxTime }) {
            if let newest, newest.point.timestamp.milliseconds > block.summary.maxTime { break }
            for series in try block.series(matching: matchers) where try block.labels(of: series) == labels {
                var columns = SampleColumns()
                try block.decode(series, in: shown, into: &columns)
                guard let found = SeriesSamples(columns).newest else { continue }
                Self.note(found, block.summary.rank, &newest)
            }
        }
        return newest?.point
    }

    /// Notes a point as the newest one if it is later. Of two points at one time, the same one counts as for queries,
    /// whichever is noted first.
    private static func note(
        _ point: SeriesPoint, _ rank: SampleRank, _ newest: inout (point: SeriesPoint, rank: SampleRank)?
    ) {
        let isLess = newest.map {
            $0.rank.yields(to: rank, $0.point.timestamp.milliseconds, point.timestamp.milliseconds)
        }
        if isLess ?? true { newest = (point, rank) }
    }

    private var shown: ClosedRange<Int64> { content.horizon ... .max }

    private func newestInMemory(of labels: Labels) throws(ReadError) -> (point: SeriesPoint, rank: SampleRank)? {
        guard let id = content.head.id(of: labels), let shown = content.shownInMemory(shown, of: id) else { return nil }
        var newest: (point: SeriesPoint, rank: SampleRank)?
        for generation in content.generations {
            var columns = SampleColumns(), replacing = SampleColumns()
            try content.head.decode(
                id, generation: generation, epoch: content.epoch, range: shown, into: &columns, replacing: &replacing)
            columns.clip(to: shown, from: 0)
            replacing.clip(to: shown, from: 0)
            if let found = SeriesSamples(columns).newest { Self.note(found, .memory, &newest) }
            if let found = SeriesSamples(replacing).newest { Self.note(found, .memoryReplacing, &newest) }
        }
        return newest
    }
}
