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
    func series(at position: Int) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get }
    /// How many sources read one another when a row is read, this one not counted: 0 for what is in memory or in
    /// storage.
    var depth: Int { get }
    /// Something to read rows with; each thread has its own.
    func makeReader() -> any RowReader
}

extension RowSource {
    var hasOneName: Bool { false }

    var depth: Int { 0 }

    var identities: [SeriesIdentity] { (0..<count).map { series(at: $0) } }
}

/// Reads rows of one source; has the scratch memory that this takes.
protocol RowReader: AnyObject {
    /// Writes the row of the series at `position` into `row`, which has the grid's length.
    /// - Returns: false if the series has no point; `row` then has no meaning.
    func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool
}
