internal import KTSDBEngine
internal import KTSDBModel
internal import PrometheusWire

/// The series of one target: the cache that finds them by their lines, the database's series of each, and the labels of
/// series that the database does not have yet.
///
/// Each row of the cache has a ``SeriesHandle`` in one of three states: the rules drop the series; or it has a series
/// of the database; or it has the index of the series' labels, which wait here until a body with the series is stored
/// and the database names it. Only this type changes the handles, the labels and the names.
struct ScrapeSeries: ~Copyable {
    private typealias Cache = ScrapeCache<SeriesHandle>

    /// How the bodies of a target are read.
    struct Reading {
        var addsTypeAndUnit = false
        var histograms = HistogramOptions()
        var readsStartTimes = false
    }

    private let reading: Reading
    private var cache: Cache
    /// The labels of series that have not been in a stored body, at the indices in their handles.
    private var waiting: [Labels] = []
    /// How many of them still have to be named.
    private var waitingCount = 0
    /// The series named by the batch in progress, with their rows.
    private var named: [(row: Int, labels: Labels)] = []

    /// After a refused body, the labels of at most this many series are kept for the next one.
    private static let waitingLimit = 20_000

    init(_ reading: Reading) {
        self.reading = reading
        cache = Cache(
            addsTypeAndUnit: reading.addsTypeAndUnit, histograms: reading.histograms,
            readsStartTimes: reading.readsStartTimes)
    }

    /// Forgets all series.
    mutating func removeAll() { self = ScrapeSeries(reading) }

    /// Returns whether this format cannot be read with the cached series, which then have to be forgotten.
    func areOf(otherKindThan format: ExpositionFormat) -> Bool { cache.isOf(otherKindThan: format) }

    // MARK: Reading a body

    /// What to do with a series that appears for the first time.
    enum Decision {
        /// Keep the series, with its labels in the database and the group that has its start time.
        case keep(Labels, StartTimes.Group?)
        case drop
        /// The line gives the start time of a group's series.
        case creationTime(StartTimes.Group)
        /// The series is part of a classic histogram that becomes a native one.
        case part
    }

    /// Reads a body; calls `decide` for each new series.
    mutating func read(
        _ body: Span<UInt8>, format: ExpositionFormat, into samples: inout ScrapedSamples,
        decide: (ScrapedSeries) throws -> Decision
    ) throws {
        var waiting = waiting
        self.waiting = []
        let known = waiting.count
        defer {
            self.waiting = waiting
            waitingCount += waiting.count - known
        }
        try cache.scrape(body, format: format, into: &samples) { series in
            switch try decide(series) {
            case .keep(let labels, let group):
                waiting.append(labels)
                return .unresolved(waiting.count - 1, group)
            case .drop, .part: return .dropped
            case .creationTime(let group): return .creationTime(group)
            }
        }
    }

    /// Whether the body was refused at a sample, which then counts as scraped, too.
    var brokeOffAtSample: Bool { cache.brokeOffAtSample }
    /// How many metrics have changed their type, which makes their series different ones.
    var changedKinds: Int { cache.changedKinds }
    var count: Int { cache.seriesCount }

    /// The metadata in the bodies. `familiesVersion` changes with it.
    var families: [MetricFamily] { cache.metricFamilies }
    var familiesVersion: Int { cache.familiesVersion }

    /// Whether refused bodies brought so many new series that all series must be forgotten.
    var isOvergrown: Bool { waiting.count > min(Self.waitingLimit, 1000 + 2 * cache.seriesCount) }

    // MARK: The content of a body

    /// Returns the number of samples that the rules keep.
    func kept(of samples: borrowing ScrapedSamples) -> Int {
        let handles = cache.payloads, rows = samples.entries.span
        var kept = 0
        for index in 0..<rows.count where !handles[Int(rows[index])].isDropped { kept += 1 }
        return kept
    }

    /// Returns the number of samples that the rules keep, and the rows of the first `limit` of them. A series that
    /// occurs repeatedly without a timestamp is stored once, and counts once.
    func distinct(
        of samples: borrowing ScrapedSamples, limit: Int, honoringTimes: Bool
    ) -> (count: Int, within: Set<UInt32>) {
        let handles = cache.payloads, rows = samples.entries.span, times = samples.timestamps.span
        var seen = Set<UInt32>(), within = Set<UInt32>(), count = 0
        for index in 0..<rows.count where !handles[Int(rows[index])].isDropped {
            let isTimed = honoringTimes && !times.isEmpty && times[index] != ScrapedSamples.noTimestamp
            guard seen.insert(rows[index]).inserted || isTimed else { continue }
            count += 1
            if count <= limit { within.insert(rows[index]) }
        }
        return (count, within)
    }

    /// Returns how many of these rows the rules keep; only rows in `within` count, if it is given.
    func kept(of rows: borrowing Column<UInt32>, within: Set<UInt32>?) -> Int {
        let handles = cache.payloads, rows = rows.span
        var count = 0
        for index in 0..<rows.count where !handles[Int(rows[index])].isDropped {
            if within?.contains(rows[index]) ?? true { count += 1 }
        }
        return count
    }

    /// Notes the start times in the body: the values of `_created` lines, and the start times of samples in protobuf.
    /// Returns the number of `_created` lines, which do not count as samples.
    func note(_ samples: borrowing ScrapedSamples, in starts: inout StartTimes) -> Int {
        let handles = cache.payloads, rows = samples.entries.span, values = samples.values.span
        var count = 0
        starts.begin()
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            guard handle.isCreationTime, let group = handle.group else { continue }
            starts.note(values[index], of: group)
            count += 1
        }
        for (index, time) in samples.starts {
            if let group = handles[Int(rows[index])].group { starts.note(milliseconds: time, of: group) }
        }
        return count
    }

    /// Ends the reading of a body. `stale` receives the rows of series that are no longer in the body, `added` those of
    /// new series.
    mutating func finish(
        isStored: Bool, watchesTimed: Bool, stale: inout Column<UInt32>, added: inout Column<UInt32>
    ) {
        stale.removeAll()
        added.removeAll()
        cache.finish(isStored: isStored, watchesTimed: watchesTimed, stale: &stale, added: &added)
    }

    // MARK: Storing

    /// Makes the batch name those series of the body that have not been in a stored body before.
    mutating func resolve(_ samples: borrowing ScrapedSamples, in batch: inout Batch) {
        named = []
        guard !waiting.isEmpty else { return }
        named = Self.resolve(samples, waiting, in: &batch, handles: cache.mutablePayloads)
        waitingCount -= named.count
        // The remaining series were in refused bodies, and may come again.
        if waitingCount == 0 { waiting.removeAll(keepingCapacity: waiting.count < 1000) }
    }

    private static func resolve(
        _ samples: borrowing ScrapedSamples, _ waiting: [Labels], in batch: inout Batch,
        handles: consuming MutableSpan<SeriesHandle>
    ) -> [(row: Int, labels: Labels)] {
        let rows = samples.entries.span
        var named: [(row: Int, labels: Labels)] = []
        for index in 0..<rows.count {
            let row = Int(rows[index]), handle = handles[row]
            guard !handle.isResolved, !handle.isDropped else { continue }
            let labels = waiting[handle.place]
            handles[row] = handle.resolved(batch.series(labels))
            named.append((row, labels))
        }
        return named
    }

    /// Ends a batch that was stored. If `isWhole` is false, series of which nothing was stored lose their names,
    /// because the database does not keep them, and are named again when they come again.
    mutating func endBatch(isWhole: Bool, in database: Database) {
        defer { named = [] }
        guard !isWhole, !named.isEmpty else { return }
        var ids: [SeriesID] = []
        for (row, _) in named { ids.append(cache.payloads[row].id) }
        let areCurrent = database.areCurrent(ids)
        for (index, (row, labels)) in named.enumerated() where !areCurrent[index] {
            unname(row, at: waiting.count)
            waiting.append(labels)
            waitingCount += 1
        }
    }

    private mutating func unname(_ row: Int, at place: Int) {
        var handles = cache.mutablePayloads
        handles[row] = .unresolved(place, handles[row].group)
    }

    /// Appends the samples and exemplars that the rules keep; all their series have been named.
    func append(
        _ samples: borrowing ScrapedSamples, at timestamp: Timestamp, honoringTimes: Bool, to batch: inout Batch
    ) {
        let handles = cache.payloads, rows = samples.entries.span, values = samples.values.span
        let times = samples.timestamps.span
        // The report on the scrape goes into the same batch.
        batch.reserve(rows.count + ReportSeries.mostSamples)
        if !samples.histograms.isEmpty {
            appendHistograms(samples, at: timestamp, honoringTimes: honoringTimes, to: &batch)
        } else if times.isEmpty || !honoringTimes {
            for index in 0..<rows.count {
                let handle = handles[Int(rows[index])]
                if !handle.isDropped { batch.append(values[index], at: timestamp, to: handle.id) }
            }
        } else {
            for index in 0..<rows.count {
                let handle = handles[Int(rows[index])], own = times[index]
                if handle.isDropped { continue }
                let time = own == ScrapedSamples.noTimestamp ? timestamp : Timestamp(milliseconds: own)
                batch.append(values[index], at: time, to: handle.id)
            }
        }
        for (index, exemplar) in samples.exemplars {
            let handle = handles[Int(rows[index])]
            if handle.isDropped { continue }
            let own = times.isEmpty || !honoringTimes ? ScrapedSamples.noTimestamp : times[index]
            let time = own == ScrapedSamples.noTimestamp ? timestamp : Timestamp(milliseconds: own)
            batch.append(exemplar, at: time, to: handle.id)
        }
    }

    /// Does the same for a body that has native histograms.
    private func appendHistograms(
        _ samples: borrowing ScrapedSamples, at timestamp: Timestamp, honoringTimes: Bool, to batch: inout Batch
    ) {
        let handles = cache.payloads, rows = samples.entries.span, values = samples.values.span
        let times = samples.timestamps.span, isTimed = honoringTimes && !times.isEmpty
        var next = 0
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            let isHistogram = next < samples.histograms.count && samples.histograms[next].sample == index
            defer { if isHistogram { next += 1 } }
            if handle.isDropped { continue }
            let own = isTimed ? times[index] : ScrapedSamples.noTimestamp
            let time = own == ScrapedSamples.noTimestamp ? timestamp : Timestamp(milliseconds: own)
            if isHistogram {
                batch.append(samples.histograms[next].histogram, at: time, to: handle.id)
            } else {
                batch.append(values[index], at: time, to: handle.id)
            }
        }
    }

    /// A zero at the time when a counter began to count again.
    struct Zero {
        var row: Int
        var time: Int64
        /// The histogram without observations; nil for a number.
        var histogram: Histogram?
    }

    /// Returns the zeros for counters that began to count again since the last body.
    func zeros(
        _ samples: borrowing ScrapedSamples, _ starts: StartTimes, at timestamp: Timestamp, honoringTimes: Bool
    ) -> [Zero] {
        let handles = cache.payloads, rows = samples.entries.span, times = samples.timestamps.span
        var zeros: [Zero] = [], next = 0
        for index in 0..<rows.count {
            let isHistogram = next < samples.histograms.count && samples.histograms[next].sample == index
            defer { if isHistogram { next += 1 } }
            let handle = handles[Int(rows[index])]
            guard !handle.isDropped, let group = handle.group else { continue }
            let own = times.isEmpty || !honoringTimes ? ScrapedSamples.noTimestamp : times[index]
            let time = own == ScrapedSamples.noTimestamp ? timestamp.milliseconds : own
            guard let start = starts.zero(of: group, before: time) else { continue }
            let histogram = isHistogram ? samples.histograms[next].histogram.withoutObservations : nil
            zeros.append(Zero(row: Int(rows[index]), time: start, histogram: histogram))
        }
        return zeros
    }

    /// Appends zeros. Series that have no name yet stay without one.
    func append(_ zeros: [Zero], to batch: inout Batch) {
        for zero in zeros {
            let handle = cache.payloads[zero.row], time = Timestamp(milliseconds: zero.time)
            let id = handle.isResolved ? handle.id : batch.series(waiting[handle.place])
            if let histogram = zero.histogram {
                batch.append(histogram, at: time, to: id)
            } else {
                batch.append(0, at: time, to: id)
            }
        }
    }

    // MARK: Series of the database

    /// The series that had samples in the last body, and become stale if they are missing from the next.
    var current: [SeriesID] {
        var rows = Column<UInt32>()
        cache.current(into: &rows)
        return ids(of: rows)
    }

    /// Returns the database's series for those of these rows that have one.
    func ids(of rows: borrowing Column<UInt32>) -> [SeriesID] {
        let handles = cache.payloads, rows = rows.span
        var ids: [SeriesID] = []
        ids.reserveCapacity(rows.count)
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            if handle.isResolved { ids.append(handle.id) }
        }
        return ids
    }

    /// Marks the series of these rows stale.
    func markStale(_ rows: borrowing Column<UInt32>, at timestamp: Timestamp, in batch: inout Batch) {
        let handles = cache.payloads, rows = rows.span
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            if handle.isResolved { batch.append(.staleMarker, at: timestamp, to: handle.id) }
        }
    }
}

extension Histogram {
    /// A histogram with the same buckets and no observations.
    fileprivate var withoutObservations: Histogram {
        Histogram(schema: schema, zeroThreshold: zeroThreshold, customBounds: customBounds)
    }
}
