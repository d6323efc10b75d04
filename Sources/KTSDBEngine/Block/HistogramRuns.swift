internal import KTSDBModel

/// Where a series is cut for the columns of a block: where floats and histograms, or two layouts, meet.
enum HistogramRuns {
    /// The most numbers in a column of histograms, so that reading one takes bounded memory, whatever the bytes say.
    static let numberLimit = 1 << 20

    /// Returns the first rows of `rows` that one entry of a block takes, and the places of their histograms if they
    /// have any.
    static func run(
        in columns: borrowing SampleColumns, _ rows: Range<Int>
    ) -> (rows: Range<Int>, histograms: Range<Int>?) {
        let places = columns.histograms.places(of: rows)
        guard let first = places.first else { return (rows, nil) }
        let firstRow = Int(columns.histograms.rows[first])
        if firstRow > rows.lowerBound { return (rows.lowerBound..<firstRow, nil) }
        let layout = HistogramLayout(columns.histograms.values[first])
        var end = first + 1
        let limit = min(places.upperBound, first + max(1, numberLimit / layout.laneCount))
        while end < limit, Int(columns.histograms.rows[end]) == firstRow + end - first,
            layout.isLayout(of: columns.histograms.values[end])
        {
            end += 1
        }
        return (firstRow..<(firstRow + end - first), first..<end)
    }
}
