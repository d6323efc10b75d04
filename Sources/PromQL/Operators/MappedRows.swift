internal import KTSDBModel

/// Rows of another source, each changed in place: what functions of one value, and operators with a scalar, are.
final class MappedRows: RowSource {
    /// Changes a row; may take points away.
    typealias Change = @Sendable (inout Row) throws(QueryError) -> Void
    /// The same, but also given the position of the row.
    typealias PositionChange = @Sendable (_ position: Int, inout Row) throws(QueryError) -> Void

    private let source: any RowSource
    private let change: PositionChange
    let depth: Int
    /// nil if they are the source's.
    private let ownIdentities: [SeriesIdentity]?

    /// The rows under other labels.
    init(_ source: any RowSource, identities: [SeriesIdentity]) {
        self.source = source
        depth = source.depth + 1
        ownIdentities = identities
        change = { _, _ in }
    }

    /// The rows changed, histograms too.
    convenience init(_ source: any RowSource, changingRows change: @escaping Change) {
        self.init(source, changingRowsByPosition: { _, row throws(QueryError) in try change(&row) })
    }

    /// The same with a change that depends on the series.
    init(_ source: any RowSource, changingRowsByPosition change: @escaping PositionChange) {
        self.source = source
        depth = source.depth + 1
        self.change = change
        ownIdentities = nil
    }

    /// The rows with their floats changed; histograms are dropped.
    ///
    /// `change` gets the steps of a row in pieces, and the step that each begins with: rows of subqueries may be long.
    convenience init(
        _ source: any RowSource, query: QueryContext,
        _ change: @escaping @Sendable (_ steps: inout MutableSpan<Double>, _ first: Int) -> Void
    ) {
        self.init(
            source,
            changingRows: { row throws(QueryError) in
                row.dropHistograms()
                var steps = row.mutableSpan
                try Self.inPieces(&steps, query, change)
            })
    }

    /// Steps that a function is applied to before it is looked whether the query is still wanted.
    private static let pieceSize = 1 << 13

    /// Calls `change` with all of `steps`, piece by piece.
    static func inPieces(
        _ steps: inout MutableSpan<Double>, _ query: QueryContext,
        _ change: (_ steps: inout MutableSpan<Double>, _ first: Int) -> Void
    ) throws(QueryError) {
        guard steps.count > pieceSize else { return change(&steps, 0) }
        var first = 0
        while first < steps.count {
            try query.check()
            let end = min(steps.count, first + pieceSize)
            var piece = steps._mutatingExtracting(first..<end)
            change(&piece, first)
            first = end
        }
    }

    var count: Int { source.count }
    var grid: StepGrid { source.grid }
    var hasOneName: Bool { source.hasOneName }

    var identities: [SeriesIdentity] {
        get throws(QueryError) { if let ownIdentities { ownIdentities } else { try source.identities } }
    }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity {
        if let ownIdentities { ownIdentities[position] } else { try source.series(at: position) }
    }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        guard let ownIdentities else { return try source.groups(by: grouping, query: query) }
        return try SeriesGroups(count, by: grouping, query: query) { ownIdentities[$0] }
    }

    func makeReader() -> any RowReader { Reader(source.makeReader(), change) }

    private final class Reader: RowReader {
        let reader: any RowReader
        let change: PositionChange

        init(_ reader: any RowReader, _ change: @escaping PositionChange) {
            self.reader = reader
            self.change = change
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            guard try reader.read(position, into: &row) else { return false }
            try change(position, &row)
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

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try source.series(at: position) }

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
            var points = HistogramPoints()
            if let histogram = first.histogram(at: 0) {
                for step in 0..<row.count { points.append(histogram, at: step) }
            }
            row.setHistograms(points)
            return true
        }
    }
}
