internal import KTSDBModel

/// What some of the samples of a commit have beside times and values, by row: histograms, whose digests are the values,
/// and start times.
struct SampleDetails {
    var histograms = HistogramColumn()
    /// For each row when its counting began, 0 where that is not known; empty if it is known of none.
    var starts: [Int64] = []

    /// Whether the samples are floats, and nothing else.
    var isEmpty: Bool { histograms.isEmpty && starts.isEmpty }

    mutating func removeAll() {
        histograms.removeAll()
        starts.removeAll(keepingCapacity: true)
    }

    /// Notes the start time of `row`, behind all that were noted before.
    mutating func note(start: Int64, row: Int) {
        guard start != 0 || !starts.isEmpty else { return }
        while starts.count < row { starts.append(0) }
        starts.append(start)
    }

    /// The start time of a row.
    func start(of row: Int) -> Int64 { row < starts.count ? starts[row] : 0 }

    /// Keeps these rows alone, which ascend: row `kept[i]` becomes row i.
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

    /// Walks over the rows in ascending order.
    var cursor: Cursor { Cursor(self) }

    struct Cursor {
        /// From this row on there is something; `Int.max` when there is nothing more.
        private(set) var row: Int
        private var place = 0
        private let hasStarts: Bool

        init(_ details: SampleDetails) {
            hasStarts = !details.starts.isEmpty
            row = hasStarts ? 0 : details.histograms.rows.first.map { Int($0) } ?? .max
        }

        /// The histogram of a row; rows before it are behind the cursor then.
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
