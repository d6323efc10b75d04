internal import KTSDBModel

/// The samples of a range selector.
final class SelectedColumns: ColumnSource {
    let hasOneName: Bool
    let identities: [SeriesIdentity]
    private let selection: SeriesSelection
    private let readsStatisticsOnly: Bool

    init(_ plan: SelectorPlan, _ range: ClosedRange<Int64>, query: QueryContext) throws(QueryError) {
        hasOneName = plan.hasOneName
        readsStatisticsOnly = plan.readsStatisticsOnly
        selection = try SeriesSelection(plan.matchers, range, query: query)
        identities = try selection.identities()
    }

    var count: Int { identities.count }

    func series(at position: Int) -> SeriesIdentity { identities[position] }

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
