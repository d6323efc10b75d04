internal import KTSDBModel

/// The series that a selector names, found in storage.
struct SeriesSelection: Sendable {
    let series: any SelectedSeries
    let query: QueryContext
    private let reservation: SampleReservation

    init(_ matchers: [LabelMatcher], _ range: ClosedRange<Int64>, query: QueryContext) throws(QueryError) {
        self.query = query
        reservation = SampleReservation(query)
        try query.check()
        let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
        do throws(ReadError) {
            series = try query.source.select(matchers, in: times, limits: query.limits)
        } catch {
            throw query.error(for: error)
        }
    }

    /// The labels of all series. Once per query: not per step, and not per operation.
    func identities() throws(QueryError) -> [SeriesIdentity] {
        var identities: [SeriesIdentity] = []
        try reservation.grow(bytes: series.count * SeriesIdentity.baseByteCount)
        identities.reserveCapacity(series.count)
        var bytes = 0
        for position in 0..<series.count {
            let labels: Labels
            do throws(ReadError) { labels = try series.labels(at: position) } catch { throw query.error(for: error) }
            bytes += labels.stringForm.count
            identities.append(SeriesIdentity(labels: labels, dropsName: false))
            // Labels may be long: room is asked for at least once in a megabyte.
            if position % 256 == 255 || bytes >= 1 << 20 {
                try query.check()
                try reservation.grow(bytes: bytes)
                bytes = 0
            }
        }
        try reservation.grow(bytes: bytes)
        return identities
    }
}
