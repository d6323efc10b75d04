internal import KTSDBModel

/// Rows of another source, each changed in place: what functions of one value, and operators with a scalar, are.
final class MappedRows: RowSource {
    /// Changes a row; may take points away.
    typealias Change = @Sendable (inout MutableSpan<Double>) -> Void

    private let source: any RowSource
    private let change: Change
    private let identities: [SeriesIdentity]?

    /// `identities` nil: those of the source.
    init(_ source: any RowSource, identities: [SeriesIdentity]? = nil, _ change: @escaping Change = { _ in }) {
        self.source = source
        self.identities = identities
        self.change = change
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) -> SeriesIdentity { identities?[position] ?? source.series(at: position) }

    func makeReader() -> any RowReader { Reader(source.makeReader(), change) }

    private final class Reader: RowReader {
        let reader: any RowReader
        let change: Change

        init(_ reader: any RowReader, _ change: @escaping Change) {
            self.reader = reader
            self.change = change
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            guard try reader.read(position, into: &row) else { return false }
            var steps = row.mutableSpan
            change(&steps)
            return true
        }
    }
}

/// The rows of a grid of one step, repeated over a longer one: what is pinned by `@` is evaluated once.
final class BroadcastRows: RowSource {
    let grid: StepGrid
    private let source: any RowSource

    init(_ source: any RowSource, over grid: StepGrid) {
        self.source = source
        self.grid = grid
    }

    var count: Int { source.count }
    var hasOneName: Bool { source.hasOneName }

    func series(at position: Int) -> SeriesIdentity { source.series(at: position) }

    func makeReader() -> any RowReader { Reader(source.makeReader()) }

    private final class Reader: RowReader {
        let reader: any RowReader
        var first = Row.absent(count: 1)

        init(_ reader: any RowReader) { self.reader = reader }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            guard try reader.read(position, into: &first) else { return false }
            let value = first[0]
            var steps = row.mutableSpan
            for step in steps.indices { steps[step] = value }
            return true
        }
    }
}
