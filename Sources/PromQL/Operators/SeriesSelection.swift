internal import KTSDBModel
internal import Synchronization

/// The series that a selector names, found in storage.
struct SeriesSelection: Sendable {
    let series: any SelectedSeries
    let query: QueryContext
    private let reservation: SampleReservation

    /// Selects samples, or points of rollups in their place.
    init(
        _ matchers: [LabelMatcher], _ range: ClosedRange<Int64>, rollup: RollupRequest? = nil, query: QueryContext
    ) throws(QueryError) {
        self.query = query
        reservation = SampleReservation(query)
        try query.check()
        let times = Timestamp(milliseconds: range.lowerBound)...Timestamp(milliseconds: range.upperBound)
        do throws(ReadError) {
            if let rollup {
                series = try query.source.select(matchers, in: times, rollup: rollup, limits: query.limits)
            } else {
                series = try query.source.select(matchers, in: times, limits: query.limits)
            }
        } catch {
            throw query.error(for: error)
        }
    }

    /// The labels of the series at `position`.
    func identity(at position: Int) throws(QueryError) -> SeriesIdentity {
        do throws(ReadError) {
            return SeriesIdentity(labels: try series.labels(at: position), dropsName: false)
        } catch {
            throw query.error(for: error)
        }
    }

    /// Counts the labels of a series until the selection goes.
    func reserve(_ identity: SeriesIdentity) throws(QueryError) {
        try reservation.grow(bytes: SeriesIdentity.baseByteCount + identity.labels.stringForm.count)
    }

    /// Appends the newest sample of each of some series, where it is at hand.
    func appendNewest(of positions: Range<Int>, to samples: inout NewestSamples) throws(QueryError) {
        do throws(ReadError) { try series.appendNewest(of: positions, to: &samples) } catch {
            throw query.error(for: error)
        }
    }

    /// The groups of all series; reads the labels of few, if storage knows which of them are equal.
    func groups(by grouping: Grouping) throws(QueryError) -> SeriesGroups {
        if grouping.isSingle { return try SeriesGroups(single: series.count, query: query) }
        let classes: LabelClasses?
        do throws(ReadError) { classes = try series.classes(by: grouping.choice) } catch {
            throw query.error(for: error)
        }
        guard let classes else {
            return try SeriesGroups(series.count, by: grouping, query: query) { position throws(QueryError) in
                try identity(at: position)
            }
        }
        return try SeriesGroups(classes, by: grouping, query: query) { position throws(QueryError) in
            try identity(at: position).labels
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

/// The labels of a selection, which are all read when they are first needed.
final class SelectedIdentities: Sendable {
    private let selection: SeriesSelection
    private let known = Mutex<[SeriesIdentity]?>(nil)

    init(_ selection: SeriesSelection) { self.selection = selection }

    /// All of them.
    var all: [SeriesIdentity] {
        get throws(QueryError) {
            try known.withLock { known throws(QueryError) in
                if let known { return known }
                let all = try selection.identities()
                known = all
                return all
            }
        }
    }

    /// Those of one series, read from storage. They are counted until the selection goes, as the result may have them.
    subscript(position: Int) -> SeriesIdentity {
        get throws(QueryError) {
            if let all = known.withLock({ $0 }) { return all[position] }
            let identity = try selection.identity(at: position)
            try selection.reserve(identity)
            return identity
        }
    }
}
