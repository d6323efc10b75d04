internal import KTSDBModel

/// The samples of a range selector.
final class SelectedColumns: ColumnSource {
    let hasOneName: Bool
    private let labels: SelectedIdentities
    private let selection: SeriesSelection
    private let readsStatisticsOnly: Bool

    init(
        _ plan: SelectorPlan, _ range: ClosedRange<Int64>, rollup: RollupRequest? = nil, query: QueryContext
    ) throws(QueryError) {
        hasOneName = plan.hasOneName
        readsStatisticsOnly = plan.readsStatisticsOnly
        selection = try SeriesSelection(plan.matchers, range, rollup: rollup, query: query)
        labels = SelectedIdentities(selection)
    }

    var count: Int { selection.series.count }
    /// Whether points of rollups are among the samples.
    var usesRollups: Bool { selection.series.usesRollups }

    var identities: [SeriesIdentity] { get throws(QueryError) { try labels.all } }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try labels[position] }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        try selection.groups(by: grouping)
    }

    func makeReader() -> any SampleReader { Reader(selection, readsStatisticsOnly) }

    private final class Reader: SampleReader {
        let decoder: SelectionDecoder
        init(_ selection: SeriesSelection, _ readsStatisticsOnly: Bool) {
            decoder = SelectionDecoder(selection, readsStatisticsOnly: readsStatisticsOnly)
        }

        func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
            try decoder.decode(position, into: &columns)
            Staleness.removeMarkers(from: &columns)
        }
    }
}
