internal import KTSDBModel

/// What windows slide over: series in a fixed order, each of which gives its samples when asked. The label sets are all
/// different.
protocol ColumnSource: AnyObject, Sendable {
    var count: Int { get }
    /// As in ``RowSource``.
    var hasOneName: Bool { get }
    /// As in ``RowSource``.
    func series(at position: Int) throws(QueryError) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get throws(QueryError) }
    /// As in ``RowSource``.
    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups
    /// As in ``RowSource``.
    var depth: Int { get }
    /// Something to read columns with; each thread has its own.
    func makeReader() -> any SampleReader
}

extension ColumnSource {
    var identities: [SeriesIdentity] {
        get throws(QueryError) { try (0..<count).map { position throws(QueryError) in try series(at: position) } }
    }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        try SeriesGroups(count, by: grouping, query: query) { position throws(QueryError) in try series(at: position) }
    }

    var depth: Int { 0 }
}

/// Reads columns of one source.
protocol SampleReader: AnyObject {
    /// Replaces what is in `columns` by the samples of the series at `position`; no markers among them.
    func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError)
}
