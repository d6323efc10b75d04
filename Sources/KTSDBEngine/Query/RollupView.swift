public import KTSDBModel

/// What a view has of rollups: their own view, the rules in force, and what has been rolled up, all as of one moment.
struct RollupView: Sendable {
    let view: ReadView
    let rules: RollupRuleSet
    let progress: [RollupProgress]
    /// The time before which raw samples may have been removed.
    let rawSince: Int64

    /// Returns what has been rolled up by a rule; nil while its first round is not complete.
    func progress(of entry: RollupRuleSet.Entry) -> RollupProgress? {
        progress.first { $0.identity == entry.identity && $0.isComplete }
    }

    /// Returns the lengths of the intervals of which an aggregate is kept, ascending.
    func intervals(of aggregate: RollupAggregate) -> [Int64] {
        let found = rules.entries.filter { $0.rule.aggregates.contains(aggregate) && progress(of: $0) != nil }
        return Set(found.map(\.grid.interval)).sorted()
    }
}

extension ReadView {
    /// The lengths of the intervals of which there are points of this kind, in milliseconds, ascending: those of rules
    /// whose first round is complete.
    public func rollupIntervals(of content: RollupRequest.Content) -> [Int64] {
        self.content.rollups?.intervals(of: content.aggregate) ?? []
    }

    /// Finds the series that match all of `matchers` and may have samples or points in `range`, in canonical order.
    /// Where everything of an interval has been rolled up, its point answers for it; otherwise its samples do.
    ///
    /// Reads the labels of all series, which takes about a microsecond each.
    public func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, rollup: RollupRequest,
        limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        if case .filling = rollup.content, range.lowerBound.milliseconds >= self.content.rawSince {
            return try select(matchers, in: range, limits: limits)
        }
        return try RollupSelection(matchers, in: range, rollup, of: content, limits: limits)
    }
}
