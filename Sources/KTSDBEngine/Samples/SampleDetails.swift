internal import KTSDBModel

/// What some samples of a commit have besides times and values, by row: histograms, whose digests are the values, and
/// start times.
struct SampleDetails {
    var histograms = HistogramColumn()
    /// When counting began for each row, 0 if that is not known. Empty if it is known for no row.
    var starts: [Int64] = []

    /// Whether the samples are plain floats.
    var isEmpty: Bool { histograms.isEmpty && starts.isEmpty }

    mutating func removeAll() {
        histograms.removeAll()
        starts.removeAll(keepingCapacity: true)
    }

    /// Records the start time of `row`, which is after all rows recorded before.
    mutating func note(start: Int64, row: Int) {
        guard start != 0 || !starts.isEmpty else { return }
        while starts.count < row { starts.append(0) }
        starts.append(start)
    }

    /// Returns the start time of a row; 0 if it is not known.
    func start(of row: Int) -> Int64 { row < starts.count ? starts[row] : 0 }

    /// Keeps only these rows, which ascend: row `kept[i]` becomes row i.
    mutating func keep(_ kept: [Int]) {
        var next = SampleDetails(), place = 0
        for (row, old) in kept.enumerated() {
            while place < histograms.count, Int(histograms.rows[place]) < old { place += 1 }
            if place < histograms.count, Int(histograms.rows[place]) == old {
                next.histograms.append(histograms.values[place], row: row)
            }
            next.note(start: start(of: old), row: row)
        }
        self = next
    }

    /// A cursor that walks over the rows in ascending order.
    var cursor: Cursor { Cursor(self) }

    struct Cursor {
        /// The next row that may have details; `Int.max` when there are no more.
        private(set) var row: Int
        private var place = 0
        private let hasStarts: Bool

        init(_ details: SampleDetails) {
            hasStarts = !details.starts.isEmpty
            row = hasStarts ? 0 : details.histograms.rows.first.map { Int($0) } ?? .max
        }

        /// Returns the histogram of a row and moves past the row.
        mutating func histogram(of row: Int, in details: SampleDetails) -> Histogram? {
            let rows = details.histograms.rows
            while place < rows.count, Int(rows[place]) < row { place += 1 }
            let isHere = place < rows.count && Int(rows[place]) == row
            defer {
                if isHere { place += 1 }
                if !hasStarts { self.row = place < rows.count ? Int(rows[place]) : .max }
            }
            return isHere ? details.histograms.values[place] : nil
        }
    }
}
