internal import KTSDBModel

/// Computes the points of one series, and lists them column by column.
struct SeriesFold: ~Copyable {
    private let grid: RollupGrid
    private var points: [IntervalPoint] = []
    /// How many samples were looked at.
    private(set) var sampleCount = 0

    init(_ grid: RollupGrid) { self.grid = grid }

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

    /// Replaces the contents of `columns` with what a column of rollups has, and a staleness marker for each of `known`
    /// that has nothing. The ends in `known` ascend.
    func list(_ column: RollupColumn, takingBack known: [Int64], into columns: inout SampleColumns) {
        columns.removeAll()
        var place = 0
        func takeBack(before end: Int64) {
            while place < known.count, known[place] < end {
                columns.times.append(known[place])
                columns.values.append(.staleMarker)
                place += 1
            }
        }
        for point in points {
            guard let value = point.value(of: column) else { continue }
            takeBack(before: point.end)
            if place < known.count, known[place] == point.end { place += 1 }
            switch value {
            case .float(let value):
                columns.times.append(point.end)
                columns.values.append(value)
            case .histogram(var histogram):
                // A point before it is another histogram than the sample before it was.
                if histogram.counterResetHint == .notReset { histogram.counterResetHint = .unknown }
                columns.append(histogram, at: point.end)
            }
        }
        takeBack(before: .max)
    }
}
