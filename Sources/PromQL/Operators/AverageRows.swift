internal import KTSDBModel

/// A mean from rollups: at each step the sum of a window by the number of its samples.
final class AverageRows: RowSource {
    private let sums: any RowSource
    private let counts: WindowRows
    /// For each series, its position among the counts; nil if it has none.
    private let places: [Int?]

    /// `columns` are those that the sums are made of, in the same order; the counts have the same labels.
    init(_ sums: any RowSource, of columns: any ColumnSource, by counts: WindowRows) throws(QueryError) {
        self.sums = sums
        self.counts = counts
        var places: [Labels: Int] = [:]
        for (place, identity) in try counts.identities.enumerated() { places[identity.labels] = place }
        self.places = try columns.identities.map { places[$0.labels] }
    }

    var count: Int { sums.count }
    var grid: StepGrid { sums.grid }
    var hasOneName: Bool { sums.hasOneName }
    var depth: Int { sums.depth + 1 }
    var identities: [SeriesIdentity] { get throws(QueryError) { try sums.identities } }

    func series(at position: Int) throws(QueryError) -> SeriesIdentity { try sums.series(at: position) }

    func groups(by grouping: Grouping, query: QueryContext) throws(QueryError) -> SeriesGroups {
        try sums.groups(by: grouping, query: query)
    }

    func makeReader() -> any RowReader { Reader(self) }

    private final class Reader: RowReader {
        let rows: AverageRows
        let sums: any RowReader, counts: any RowReader
        var divisors = Row()

        init(_ rows: AverageRows) {
            self.rows = rows
            sums = rows.sums.makeReader()
            counts = rows.counts.makeReader()
        }

        func read(_ position: Int, into row: inout Row) throws(QueryError) -> Bool {
            guard let place = rows.places[position], try sums.read(position, into: &row) else { return false }
            while divisors.count < row.count { divisors.appendAbsent(1) }
            guard try counts.read(place, into: &divisors) else { return false }
            var histograms = HistogramPoints(), isEmpty = true
            for step in 0..<row.count where !row[step].isAbsent {
                guard !divisors[step].isAbsent else {
                    row[step] = .absent
                    continue
                }
                isEmpty = false
                if var histogram = row.histogram(at: step) {
                    histogram.divide(by: divisors[step])
                    histograms.append(histogram, at: step)
                } else {
                    row[step] = point(row[step] / divisors[step])
                }
            }
            if row.hasHistograms { row.setHistograms(histograms) }
            return !isEmpty
        }
    }
}
