internal import KTSDBModel

extension Block {
    /// Whether all samples of all series are hidden at once, so that readers need not look into the block.
    var isHidden: Bool { mask?.hidesAtOnce(span) ?? false }

    /// The times of the earliest and the latest sample.
    var span: ClosedRange<Int64> { summary.minTime...summary.maxTime }

    /// Returns the block under the mask of these deletions, and of no others.
    ///
    /// Resolves matchers in the index, and looks for samples and exemplars of the series that match: a mask has only
    /// what it hides, so that a block without it has none.
    func hiding(_ deletions: [DeletionRecord]) throws(ReadError) -> Block {
        var parts: [BlockMask.Part] = []
        for deletion in deletions {
            if let part = try part(hiddenBy: deletion) { parts.append(part) }
        }
        guard mask != nil || !parts.isEmpty else { return self }
        let tooOld = (mask?.parts ?? []).filter { $0.deletion == nil }
        return masked(by: BlockMask(parts + tooOld, seriesCount: seriesCount))
    }

    /// Returns what a deletion hides of the block; nil if that is nothing.
    func part(hiddenBy deletion: DeletionRecord) throws(ReadError) -> BlockMask.Part? {
        guard summary.lastSequence <= deletion.through else { return nil }
        guard mask == nil else { return try masked(by: nil).part(hiddenBy: deletion) }
        let range = deletion.range, hasSamples = span.overlaps(range), hasExemplars = try mayHaveExemplars(in: range)
        guard hasSamples || hasExemplars else { return nil }
        let matching =
            try MatcherPlanner.resolve(anyOf: deletion.lists, in: self) ?? Array(0..<UInt32(seriesCount))
        guard !matching.isEmpty else { return nil }
        var hidden = hasSamples ? try series(matching, withSamplesIn: range, limits: nil) : []
        if hasExemplars, hidden.count < matching.count {
            var both = SeriesBitmap(bound: seriesCount)
            both.insert(hidden)
            for (series, _) in try exemplars(of: matching, in: range) { both.insert(series) }
            hidden = both.numbers
        }
        guard !hidden.isEmpty else { return nil }
        return BlockMask.Part(
            cause: .deletion(deletion.id), range: range, series: SeriesSet(hidden, bound: seriesCount))
    }
}
