internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// Stores the bodies of one target in the database.
///
/// A body is read as a whole before anything of it is stored: a line that is known becomes a number and a value, a new
/// one a label set too. Then one batch takes the samples, the staleness markers and the report of the scrape.
///
/// `@unchecked Sendable`: what changes is used by one task at a time, as ``BodyIngest`` promises, but for `families`,
/// which has a lock.
final class DatabaseIngest: BodyIngest, @unchecked Sendable {
    typealias Cache = ScrapeCache<SeriesHandle>

    private let database: Database
    private let job: ScrapeJob
    private let target: Target
    private let policy: SeriesPolicy
    private let counters: ScrapeCounters
    private let scratches: ScratchPool
    private let logger: Logger
    private let features: ScrapeFeatures

    private var cache: Cache
    /// The labels of series that no stored body had yet; their handles say which are whose.
    private var unresolved: [Labels] = []
    /// How many of them are still to be told to the database.
    private var unresolvedCount = 0
    /// The series that the body under way has named, by their rows of the cache.
    private var named: [(row: Int, labels: Labels)] = []
    /// Series that had samples and are not in the cache: what an earlier loop, or a forgotten cache, leaves behind.
    private var inherited: [SeriesID] = []
    private var report: ReportSeries
    /// When counters began to count, if that is asked for.
    private var starts: StartTimes?
    private var log = RepeatedEvents()
    /// When the cache was last given up.
    private var lastForgotten: ContinuousClock.Instant?
    /// Labels of so many series are kept for the body after one that was refused.
    private static let unresolvedLimit = 20_000

    /// Whether bodies said something about metrics that the database does not know yet.
    private var hasUnstoredFamilies = false
    private let families = Mutex<(version: Int, list: [MetricFamily])>((0, []))

    init(
        _ target: Target, job: ScrapeJob, database: Database, counters: ScrapeCounters, scratches: ScratchPool,
        features: ScrapeFeatures, logger: Logger
    ) {
        self.database = database
        self.job = job
        self.target = target
        self.counters = counters
        self.scratches = scratches
        self.logger = logger
        self.features = features
        cache = Cache(addsTypeAndUnit: features.typeAndUnitLabels)
        starts = features.startTimeZeros ? StartTimes() : nil
        policy = SeriesPolicy(targetLabels: target.publicLabels, job: job, storageLimits: database.labelLimits)
        report = ReportSeries(targetLabels: target.publicLabels, extra: job.reportsExtraMetrics)
    }

    // MARK: BodyIngest

    func ingest(_ body: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration) -> ScrapeOutcome {
        let scratch = scratches.take()
        defer { scratches.give(scratch) }
        var outcome = read(body, into: scratch)
        if cache.changedKinds > 0, mayForget {
            // The series of a metric that is of another type now are others: they get their labels anew, and the old
            // ones end.
            forget()
            outcome = read(body, into: scratch)
        }
        let rejections = store(scratch, &outcome, at: timestamp, reporting: elapsed())
        if rejections[.staleSeriesID] != nil {
            // Series have left memory since the last scrape, as after a long pause: once more, with all of them looked
            // up. Samples that are stored already are not stored twice.
            forget()
            var again = read(body, into: scratch)
            store(scratch, &again, at: timestamp, reporting: nil)
        } else if rejections[.seriesLimit] != nil, mayForget {
            // There may be room for the series that were kept out some day.
            forget()
        }
        // Series come and go, and groups stay.
        if let starts, starts.count > 1000 + 2 * cache.seriesCount, mayForget { forget() }
        return outcome
    }

    func retire(at timestamp: Timestamp) {
        let ids = currentSeries() + inherited
        inherited = []
        cache = Cache(addsTypeAndUnit: features.typeAndUnitLabels)
        append { [self] batch in
            for id in ids { batch.append(.staleMarker, at: timestamp, to: id) }
            report.markStale(at: timestamp, in: &batch)
        }
    }

    func takeOver(from predecessor: any BodyIngest) {
        guard let predecessor = predecessor as? DatabaseIngest else { return }
        inherited = predecessor.currentSeries() + predecessor.inherited
        predecessor.cache = Cache(addsTypeAndUnit: features.typeAndUnitLabels)
        predecessor.inherited = []
    }

    var waitsForDisk: Bool { database.durability == .durable }

    var metadata: [String: MetricMetadata] {
        let list = families.withLock { $0.list }
        return Dictionary(
            list.map { ($0.name, MetricMetadata(type: $0.type.rawValue, help: $0.help, unit: $0.unit)) },
            uniquingKeysWith: { first, _ in first })
    }

    // MARK: Reading

    /// Why the whole body is refused.
    private struct Refusal: Error {
        let reason: String
        let isLimit: Bool
    }

    private func read(_ body: Result<ScrapeBody, FetchError>, into scratch: Scratch) -> ScrapeOutcome {
        scratch.samples.removeAll()
        var outcome = ScrapeOutcome()
        do {
            let body = try body.get()
            outcome.bytes = body.bytes.readableBytes
            if outcome.bytes > 0 {
                try read(body.bytes, format: format(of: body.contentType), into: scratch, &outcome)
            } else if ExpositionFormat.named(by: body.contentType) == .openMetrics {
                // A body that was cut off at its start; one in the text format may have nothing to say.
                throw ExpositionError(line: 1, message: "data does not end with # EOF")
            }
        } catch {
            outcome.error = "\(error)"
            count(error, in: &outcome)
        }
        return outcome
    }

    private func read(
        _ body: ByteBuffer, format: ExpositionFormat, into scratch: Scratch, _ outcome: inout ScrapeOutcome
    ) throws {
        defer { count(scratch.samples, in: &outcome) }
        do {
            try cache.scrape(body.readableBytesUInt8Span, format: format, into: &scratch.samples) { series in
                try handle(for: series, format)
            }
        } catch {
            // The sample at which the body is refused was scraped, too.
            if cache.brokeOffAtSample { outcome.scraped += 1 }
            throw error
        }
        guard let limit = job.limits.samples, scratch.samples.count > limit else { return }
        let (count, within) = Self.distinct(scratch.samples, cache, limit: limit, honoringTimes: job.honorsTimestamps)
        guard count > limit else { return }
        outcome.addable = within
        counters.update { $0.sampleLimitExceeded += 1 }
        throw Refusal(reason: "sample limit exceeded (samples: \(count), limit: \(limit))", isLimit: false)
    }

    /// Decides about a series that comes up for the first time.
    private func handle(for series: ScrapedSeries, _ format: ExpositionFormat) throws -> SeriesHandle {
        let role = format == .openMetrics ? starts?.role(of: series.labels, type: series.type) : nil
        if let role, role.isTelling { return .telling(role.group) }
        switch policy.verdict(on: series.labels, emptyNames: series.emptyLabelNames) {
        case .keep(let labels):
            unresolved.append(labels)
            unresolvedCount += 1
            return .unresolved(unresolved.count - 1, role?.group)
        case .drop: return .dropped
        case .refuse(let reason, let isLimit): throw Refusal(reason: reason, isLimit: isLimit)
        }
    }

    /// Counts the samples of a body as far as it was read; what tells when a counter began is none.
    private func count(_ samples: borrowing ScrapedSamples, in outcome: inout ScrapeOutcome) {
        outcome.scraped += samples.count
        if starts != nil { outcome.scraped -= Self.note(samples, cache, in: &starts!) }
        outcome.kept = Self.kept(samples, cache)
    }

    /// The number of samples that the rules keep, and the rows of the first `limit` of them. A series that comes twice
    /// without a time is stored, and counts here, once.
    private static func distinct(
        _ samples: borrowing ScrapedSamples, _ cache: borrowing Cache, limit: Int, honoringTimes: Bool
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

    /// Notes what `_created` lines tell; returns how many there are, for they are no samples.
    private static func note(
        _ samples: borrowing ScrapedSamples, _ cache: borrowing Cache, in starts: inout StartTimes
    ) -> Int {
        let handles = cache.payloads, rows = samples.entries.span, values = samples.values.span
        var count = 0
        starts.begin()
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            guard handle.isTelling, let group = handle.group else { continue }
            starts.note(values[index], of: group)
            count += 1
        }
        return count
    }

    private static func kept(_ samples: borrowing ScrapedSamples, _ cache: borrowing Cache) -> Int {
        let handles = cache.payloads, rows = samples.entries.span
        var kept = 0
        for index in 0..<rows.count where !handles[Int(rows[index])].isDropped { kept += 1 }
        return kept
    }

    private func count(_ error: any Error, in outcome: inout ScrapeOutcome) {
        switch error {
        case FetchError.bodySizeLimit:
            counters.update { $0.bodySizeLimitExceeded += 1 }
            outcome.bytes = -1
        case let refusal as Refusal:
            outcome.error = refusal.reason
            if refusal.isLimit { counters.update { $0.labelLimitsExceeded += 1 } }
        default: break
        }
    }

    /// How a body with this `Content-Type` is to be read.
    private func format(of contentType: String) throws -> ExpositionFormat {
        if let format = ExpositionFormat.named(by: contentType) { return format }
        if let fallback = job.fallbackProtocol { return fallback.format }
        let what =
            contentType.isEmpty
            ? "non-compliant scrape target sending blank Content-Type"
            : MediaType(contentType) == nil
                ? "cannot parse Content-Type \(quoted(contentType))"
                : "received unsupported Content-Type \(quoted(contentType))"
        throw Refusal(reason: "\(what) and no fallback_scrape_protocol specified for target", isLimit: false)
    }

    private func publishFamilies() {
        let version = cache.familiesVersion
        let isNew = families.withLock { known in
            guard known.version != version else { return false }
            known = (version, cache.metricFamilies)
            return true
        }
        if isNew { hasUnstoredFamilies = true }
    }

    /// Tells the database what the metrics are, if the body said something new.
    private func storeFamilies(in batch: inout Batch) {
        guard hasUnstoredFamilies else { return }
        for family in cache.metricFamilies {
            batch.setMetadata(
                MetricMetadata(type: family.type.rawValue, help: family.help, unit: family.unit), of: family.name)
        }
    }

    // MARK: Storing

    /// Stores what was read in one batch; `elapsed` is nil when the scrape has been reported already.
    @discardableResult
    private func store(
        _ scratch: Scratch, _ outcome: inout ScrapeOutcome, at timestamp: Timestamp, reporting elapsed: Duration?
    ) -> [RejectionReason: Int] {
        scratch.stale.removeAll()
        scratch.added.removeAll()
        // All series end with a body of no bytes, which the cache never sees.
        cache.finish(
            isStored: outcome.error == nil && outcome.bytes > 0,
            watchesTimed: !job.honorsTimestamps || job.tracksTimestampStaleness, stale: &scratch.stale,
            added: &scratch.added)
        outcome.added = Self.added(scratch.added, cache, within: outcome.addable)
        if outcome.error == nil {
            publishFamilies()
            if let starts, starts.tellNews { appendZeros(scratch.samples, starts, at: timestamp) }
        }
        let result = append { [self, outcome] batch in
            if outcome.error == nil {
                resolve(scratch.samples, in: &batch)
                Self.append(scratch.samples, cache, at: timestamp, honoringTimes: job.honorsTimestamps, to: &batch)
                storeFamilies(in: &batch)
            }
            Self.markStale(scratch.stale, cache, at: timestamp, in: &batch)
            for id in inheritedOnly() { batch.append(.staleMarker, at: timestamp, to: id) }
            if let elapsed {
                report.append(outcome, elapsed: elapsed, job: job, target: target, at: timestamp, to: &batch)
            }
        }
        if result == nil {
            // Ids of a batch that failed are worth nothing, and its markers are still to be set.
            inherited += Self.ids(of: scratch.stale, in: cache)
            forget()
        } else {
            inherited = []
            if outcome.error == nil { hasUnstoredFamilies = false }
            if result?[.tooOld] != nil || result?[.tooFarInFuture] != nil { unname() }
            named = []
            if unresolved.count > min(Self.unresolvedLimit, 1000 + 2 * cache.seriesCount) {
                // Bodies that are refused bring ever new series: the next one has to say again what it has.
                counters.update { $0.forcedCacheFlushes += 1 }
                forget()
            }
        }
        return result ?? [:]
    }

    /// How many of these series the rules keep, of those in `within` if that is given.
    private static func added(
        _ rows: borrowing Column<UInt32>, _ cache: borrowing Cache, within: Set<UInt32>?
    ) -> Int {
        let handles = cache.payloads, rows = rows.span
        var count = 0
        for index in 0..<rows.count where !handles[Int(rows[index])].isDropped {
            if within?.contains(rows[index]) ?? true { count += 1 }
        }
        return count
    }

    /// Appends a zero where a counter began to count anew: in a batch of its own, since most are refused when a loop
    /// begins, as the series have newer samples, and nobody needs to know.
    private func appendZeros(_ samples: borrowing ScrapedSamples, _ starts: StartTimes, at timestamp: Timestamp) {
        let zeros = Self.zeros(samples, cache, starts, at: timestamp, honoringTimes: job.honorsTimestamps)
        guard !zeros.isEmpty else { return }
        _ = try? database.append { [self] batch in
            for (entry, time) in zeros {
                let handle = cache.payloads[entry]
                let id = handle.isResolved ? handle.id : batch.series(unresolved[handle.place])
                batch.append(0, at: Timestamp(milliseconds: time), to: id)
            }
        }
    }

    /// The entries that a zero is due for, with its time.
    private static func zeros(
        _ samples: borrowing ScrapedSamples, _ cache: borrowing Cache, _ starts: StartTimes, at timestamp: Timestamp,
        honoringTimes: Bool
    ) -> [(entry: Int, time: Int64)] {
        let handles = cache.payloads, rows = samples.entries.span, times = samples.timestamps.span
        var zeros: [(entry: Int, time: Int64)] = []
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            guard !handle.isDropped, let group = handle.group else { continue }
            let own = times.isEmpty || !honoringTimes ? ScrapedSamples.noTimestamp : times[index]
            let time = own == ScrapedSamples.noTimestamp ? timestamp.milliseconds : own
            if let start = starts.zero(of: group, before: time) { zeros.append((Int(rows[index]), start)) }
        }
        return zeros
    }

    /// The inherited series that the body did not have.
    private func inheritedOnly() -> [SeriesID] {
        guard !inherited.isEmpty else { return [] }
        let current = Set(currentSeries())
        return inherited.filter { !current.contains($0) }
    }

    /// Commits a batch, and counts and tells what was refused; nil when nothing was stored.
    @discardableResult
    private func append(_ body: (inout Batch) -> Void) -> [RejectionReason: Int]? {
        do throws(AppendError) {
            let summary = try database.append(body)
            counters.outage.end()
            tell(summary.rejections)
            let lateExemplars = summary.exemplars.outOfOrder
            if lateExemplars > 0 { counters.update { $0.exemplarsOutOfOrder += lateExemplars } }
            return summary.rejections
        } catch {
            switch error {
            // The database tells of that by itself.
            case .unavailable, .notDurable, .closed: logger.debug("samples of \(target.url) are not stored: \(error)")
            default: if counters.outage.begin() { logger.error("scraped samples cannot be stored: \(error)") }
            }
            if case .notDurable = error { return [:] }
            return nil
        }
    }

    private func tell(_ rejections: [RejectionReason: Int]) {
        if rejections.isEmpty { return log.nothingHappened() }
        counters.update { values in
            for (reason, count) in rejections {
                switch reason {
                case .outOfOrder: values.outOfOrder += count
                case .duplicateTimestamp: values.duplicateTimestamps += count
                case .tooOld, .tooFarInFuture: values.outOfBounds += count
                default: break
                }
            }
        }
        for (reason, count) in rejections where reason != .staleSeriesID && log.isNew(reason.rawValue) {
            logger.warning("samples of \(target.url) were refused: \(reason.rawValue)", metadata: ["count": "\(count)"])
        }
    }

    /// Names the series of the body that no stored body had yet.
    private func resolve(_ samples: borrowing ScrapedSamples, in batch: inout Batch) {
        named = []
        guard !unresolved.isEmpty else { return }
        let rows = samples.entries.span
        var handles = cache.mutablePayloads
        for index in 0..<rows.count {
            let row = Int(rows[index]), handle = handles[row]
            guard !handle.isResolved, !handle.isDropped else { continue }
            let labels = unresolved[handle.place]
            handles[row] = handle.resolved(batch.series(labels))
            named.append((row, labels))
            unresolvedCount -= 1
        }
        // Those that are left were on bodies that were refused, and may come again.
        if unresolvedCount == 0 { unresolved.removeAll(keepingCapacity: unresolved.count < 1000) }
    }

    /// Takes the names back of series of which nothing was stored: the database does not keep them, and they are named
    /// again when they come again.
    private func unname() {
        guard !named.isEmpty else { return }
        var ids: [SeriesID] = []
        for (row, _) in named { ids.append(cache.payloads[row].id) }
        let areCurrent = database.areCurrent(ids)
        var handles = cache.mutablePayloads
        for (index, (row, labels)) in named.enumerated() where !areCurrent[index] {
            handles[row] = .unresolved(unresolved.count, handles[row].group)
            unresolved.append(labels)
            unresolvedCount += 1
        }
    }

    private static func append(
        _ samples: borrowing ScrapedSamples, _ cache: borrowing Cache, at timestamp: Timestamp,
        honoringTimes: Bool, to batch: inout Batch
    ) {
        let handles = cache.payloads, rows = samples.entries.span, values = samples.values.span
        let times = samples.timestamps.span
        batch.reserve(rows.count)
        if times.isEmpty || !honoringTimes {
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

    private static func markStale(
        _ rows: borrowing Column<UInt32>, _ cache: borrowing Cache, at timestamp: Timestamp, in batch: inout Batch
    ) {
        let handles = cache.payloads, rows = rows.span
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            if handle.isResolved { batch.append(.staleMarker, at: timestamp, to: handle.id) }
        }
    }

    // MARK: The cache as a whole

    /// The series that had samples in the last body, and are to become stale when they do not come again.
    private func currentSeries() -> [SeriesID] {
        var rows = Column<UInt32>()
        cache.current(into: &rows)
        return Self.ids(of: rows, in: cache)
    }

    private static func ids(of rows: borrowing Column<UInt32>, in cache: borrowing Cache) -> [SeriesID] {
        let handles = cache.payloads, rows = rows.span
        var ids: [SeriesID] = []
        ids.reserveCapacity(rows.count)
        for index in 0..<rows.count {
            let handle = handles[Int(rows[index])]
            if handle.isResolved { ids.append(handle.id) }
        }
        return ids
    }

    /// Whether the cache has not been given up for some time, so that what makes it useless again and again costs
    /// little.
    private var mayForget: Bool { lastForgotten.map { .now - $0 > .seconds(60) } ?? true }

    /// Starts with an empty cache; the series are made anew by the next body, or become stale.
    private func forget() {
        inherited += currentSeries()
        cache = Cache(addsTypeAndUnit: features.typeAndUnitLabels)
        (unresolved, unresolvedCount) = ([], 0)
        starts?.removeAll()
        families.withLock { $0.version = -1 }
        lastForgotten = .now
    }
}

extension ScrapeJob.ScrapeProtocol {
    fileprivate var format: ExpositionFormat {
        switch self {
        case .openMetrics100, .openMetrics001: .openMetrics
        case .text100, .text004: .text
        }
    }
}
