internal import KTSDBModel

/// What a vector expression evaluates to over a whole grid: series in a fixed order, each of which gives its row when
/// asked. Nothing is computed before it is read, so that a chain of functions over a selector needs one row of memory,
/// however many series there are.
///
/// The label sets are all different. A row may turn out to have no point; such a series is not in the result.
protocol RowSource: AnyObject, Sendable {
    /// The number of series.
    var count: Int { get }
    /// The steps of each row.
    var grid: StepGrid { get }
    /// Whether all series surely have the same metric name: then they stay different without it.
    var hasOneName: Bool { get }
    /// Which series is at `position`.
    ///
    /// Each call may read storage. To use all series repeatedly, take ``identities``.
    func series(at position: Int) throws(QueryError) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get throws(QueryError) }
    /// The groups of the series.
    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups
    /// How many sources read one another when a row is read, this one not counted: 0 for what is in memory or in
    /// storage.
    var depth: Int { get }
    /// Something to read rows with; each thread has its own.
    func makeReader() -> any RowReader
}

extension RowSource {
    var hasOneName: Bool { false }

    var depth: Int { 0 }

    var identities: [SeriesIdentity] {
        get throws(QueryError) { try (0..<count).map { position throws(QueryError) in try series(at: position) } }
    }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        try SeriesGroups(count, by: grouping, query: query) { position throws(QueryError) in try series(at: position) }
    }
}

/// Reads rows of one source; has the scratch memory that this takes.
protocol RowReader: AnyObject {
    /// Writes the row of the series at `position` into `row`, which has the grid's length.
    /// - Returns: false if the series has no point; `row` then has no meaning.
    func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool
    /// Whether ``readStep(of:into:)`` can be used.
    var readsSteps: Bool { get }
    /// Reads the points of many series at the only step of the grid: the row gets one element for each series.
    ///
    /// Far cheaper than reading as many rows of one step.
    func readStep(of positions: Range<Int>, into row: inout Row) throws(QueryError)
}

extension RowReader {
    var readsSteps: Bool { false }

    func readStep(of positions: Range<Int>, into row: inout Row) throws(QueryError) {
        preconditionFailure("This source reads rows alone.")
    }
}
