internal import KTSDBModel

/// What windows slide over: series in a fixed order, each of which gives its samples when asked. The label sets are all
/// different.
protocol ColumnSource: AnyObject, Sendable {
    var count: Int { get }
    /// As in ``RowSource``.
    var hasOneName: Bool { get }
    func series(at position: Int) -> SeriesIdentity
    /// All series, in order.
    var identities: [SeriesIdentity] { get }
    /// As in ``RowSource``.
    var depth: Int { get }
    /// Something to read columns with; each thread has its own.
    func makeReader() -> any SampleReader
}

extension ColumnSource {
    var identities: [SeriesIdentity] { (0..<count).map { series(at: $0) } }

    var depth: Int { 0 }
}

/// Reads columns of one source.
protocol SampleReader: AnyObject {
    /// Replaces what is in `columns` by the samples of the series at `position`; no markers among them.
    func read(_ position: Int, into columns: inout SampleColumns) throws(QueryError)
}
