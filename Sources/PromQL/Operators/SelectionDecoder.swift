internal import KTSDBModel

/// Decodes the columns of a selection into scratch memory that is counted.
final class SelectionDecoder {
    private let selection: SeriesSelection
    private let reservation: SampleReservation
    private let readsStatisticsOnly: Bool

    /// `readsStatisticsOnly` as in ``SelectorPlan``.
    init(_ selection: SeriesSelection, readsStatisticsOnly: Bool) {
        self.selection = selection
        self.readsStatisticsOnly = readsStatisticsOnly
        reservation = SampleReservation(selection.query)
    }

    /// Replaces what is in `columns` by the samples of the series at `position`, markers included.
    func decode(_ position: Int, into columns: inout SampleColumns) throws(QueryError) {
        try selection.query.check()
        // The reader stops at this limit, before everything is in memory.
        let query = selection.query, limit = reservation.sampleCount + query.samplesLeft
        columns.sampleLimit = limit
        do throws(ReadError) {
            try selection.series.decode(position, into: &columns)
        } catch {
            if case .tooManySamples(let needed) = error { try reservation.grow(to: needed, bytesEach: 16) }
            throw query.error(for: error)
        }
        // Bounds are 32 bits wide; a longer column would not fit into memory anyway.
        guard columns.times.count < Int(Int32.max) else {
            throw .tooManySamples(limit: selection.query.sampleLimit, needed: columns.times.count)
        }
        guard columns.histograms.isEmpty else { return try finishHistograms(&columns) }
        try reservation.grow(to: columns.times.count, bytesEach: 16)
    }

    private func finishHistograms(_ columns: inout SampleColumns) throws(QueryError) {
        if readsStatisticsOnly { HistogramStatistics.strip(&columns.histograms) }
        let size = columns.histograms.values.reduce(0) { $0 + $1.byteCount / 16 }
        try reservation.grow(to: columns.times.count + size, bytesEach: 16)
    }
}
