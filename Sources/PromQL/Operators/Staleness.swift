internal import KTSDBModel

// A series ends at once when its target says so or goes away: storage then holds a staleness marker, a NaN with special
// bits. Its meaning depends on the reader:
//
// - An instant selector takes the newest sample of the lookback. If that is a marker, the series has no point at the
//   step, even if there are older samples within the lookback. Otherwise a series would go on for five minutes after
//   its end, and a restarted target would count twice.
// - A range window holds samples, and a marker is not a sample: it is left out, and the samples before it stay.

enum Staleness {
    /// The index of the first marker, or nil: a scan that nearly always finds none.
    static func firstMarker(in values: Span<Double>) -> Int? {
        let marker = Double.staleMarker.bitPattern
        var index = 0
        // Blocks without an early exit are compared several values at once.
        while index + 16 <= values.count, !values.hasBits(marker, index, of: 16) { index += 16 }
        while index < values.count {
            if values[index].bitPattern == marker { return index }
            index += 1
        }
        return nil
    }

    /// Takes the markers out of `columns`. The times are then no longer those of the column id.
    static func removeMarkers(from columns: inout SampleColumns) {
        guard let first = firstMarker(in: columns.values.span) else { return }
        if !columns.histograms.isEmpty { removeHistogramRows(&columns) }
        let hasStarts = !columns.startTimes.isEmpty
        var kept = first
        for index in first..<columns.values.count where !columns.values[index].isStaleMarker {
            columns.times[kept] = columns.times[index]
            columns.values[kept] = columns.values[index]
            if hasStarts { columns.startTimes[kept] = columns.startTimes[index] }
            kept += 1
        }
        columns.times.truncate(to: kept)
        columns.values.truncate(to: kept)
        if hasStarts { columns.startTimes.truncate(to: kept) }
        columns.timeColumnID = 0
    }

    /// Counts the rows of histograms without the markers before them.
    private static func removeHistogramRows(_ columns: inout SampleColumns) {
        var moved = HistogramColumn(), markers = 0, row = 0
        for (histogramRow, histogram) in zip(columns.histograms.rows, columns.histograms.values) {
            while row < Int(histogramRow) {
                if columns.values[row].isStaleMarker { markers += 1 }
                row += 1
            }
            moved.append(histogram, row: row - markers)
        }
        columns.histograms = moved
    }

    /// Writes the newest sample of each window into `row`, absent if there is none or it is a marker.
    /// - Returns: the number of points.
    static func newest(
        _ values: Span<Double>, _ lower: Span<Int32>, _ upper: Span<Int32>, into row: inout MutableSpan<Double>
    ) -> Int {
        var points = 0
        for step in row.indices {
            let end = Int(upper[step])
            guard end > Int(lower[step]), !values[end - 1].isStaleMarker else {
                row[step] = .absent
                continue
            }
            row[step] = point(values[end - 1])
            points += 1
        }
        return points
    }

    /// The same for a series with histograms, whose rows are in `numbers`: these steps get a mark.
    static func newest(
        _ values: Span<Double>, _ lower: Span<Int32>, _ upper: Span<Int32>, _ numbers: HistogramNumbers,
        into row: inout MutableSpan<Double>
    ) -> (points: Int, histograms: HistogramPoints) {
        var histograms = HistogramPoints()
        let points = newest(values, lower, upper, into: &row)
        for step in row.indices where upper[step] > lower[step] {
            guard let histogram = numbers.histogram(atRow: Int(upper[step]) - 1) else { continue }
            row[step] = .histogramMark
            histograms.append(histogram, at: step)
        }
        return (points, histograms)
    }
}
