internal import KTSDBModel

/// Computes the points of one series, and lists them column by column.
struct SeriesFold: ~Copyable {
    private let grid: RollupGrid
    private var points: [IntervalPoint] = []
    /// How many samples were looked at.
    private(set) var sampleCount = 0

    init(_ grid: RollupGrid) { self.grid = grid }

    var isEmpty: Bool { points.isEmpty }

    /// Adds the samples of the intervals that are wanted. The times ascend.
    mutating func add(_ columns: borrowing SampleColumns, where isWanted: (_ end: Int64) -> Bool) {
        points.removeAll(keepingCapacity: true)
        sampleCount = columns.times.count
        var histogram = 0, end = Int64.min, wants = false
        for row in 0..<columns.times.count {
            let time = columns.times[row], value = columns.values[row]
            let isHistogram = histogram < columns.histograms.count && Int(columns.histograms.rows[histogram]) == row
            if isHistogram { histogram += 1 }
            let next = grid.end(of: time)
            // An interval whose end cannot be written down has no point.
            guard next >= time else { return }
            if row == 0 || next != end {
                end = next
                wants = isWanted(end)
            }
            guard wants, isHistogram || !value.isStaleMarker else { continue }
            if points.last?.end != end { points.append(IntervalPoint(end: end)) }
            if isHistogram {
                points[points.count - 1].add(columns.histograms.values[histogram - 1], at: time)
            } else {
                points[points.count - 1].add(value, at: time)
            }
        }
    }

    /// Replaces the contents of `columns` with what a column of rollups has.
    func list(_ column: RollupColumn, into columns: inout SampleColumns) {
        columns.removeAll()
        for point in points {
            switch point.value(of: column) {
            case .float(let value):
                columns.times.append(point.end)
                columns.values.append(value)
            case .histogram(var histogram):
                // A point before it is another histogram than the sample before it was.
                if histogram.counterResetHint == .notReset { histogram.counterResetHint = .unknown }
                columns.append(histogram, at: point.end)
            case nil: break
            }
        }
    }
}
