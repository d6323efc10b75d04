internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import PrometheusWire

/// Stores the bodies of one target in the database.
///
/// A body is read completely before anything of it is stored: a known line becomes a row number and a value, and a new
/// line also a label set. Then one batch takes the samples, the staleness markers and the report of the scrape.
/// ``ScrapeStep`` decides when the same body is read again, and when all cached series are forgotten.
///
/// `@unchecked Sendable`: mutable state is used by one task at a time, as ``BodyIngest`` promises, except `families`,
/// which has a lock.
final class DatabaseIngest: BodyIngest, @unchecked Sendable {
    private let database: Database
    private let job: SharedJob
    private let target: Target
    private let counters: ScrapeCounters
    private let scratches: ScratchPool
    private var reader: ScrapeReader

    private var series: ScrapeSeries
    /// Series that had samples and are not in `series`: series of an earlier loop, and series that were forgotten.
    private var inherited: [SeriesID] = []
    private var report: ReportSeries
    private var commits: ScrapeCommits
    /// When counters began to count; nil unless start times are requested.
    private var starts: StartTimes?
    /// When the series were last forgotten.
    private var lastForgotten: ContinuousClock.Instant?
    private let families = ScrapedFamilies()

    init(
        _ target: Target, job: SharedJob, database: Database, counters: ScrapeCounters, scratches: ScratchPool,
        features: ScrapeFeatures, logger: Logger
    ) {
        self.database = database
        self.job = job
        self.target = target
        self.counters = counters
        self.scratches = scratches
        series = ScrapeSeries(
            .init(
                addsTypeAndUnit: features.typeAndUnitLabels, histograms: job.value.histograms,
                readsStartTimes: features.startTimeZeros))
        starts = features.startTimeZeros ? StartTimes() : nil
        let policy = SeriesPolicy(
            targetLabels: target.publicLabels, job: job.value, storageLimits: database.labelLimits)
        reader = ScrapeReader(job: job, policy: policy, counters: counters)
        commits = ScrapeCommits(database, of: target, counters: counters, logger: logger)
        report = ReportSeries(targetLabels: target.publicLabels, extra: job.value.reportsExtraMetrics)
    }

    // MARK: BodyIngest

    func ingest(
        _ body: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration
    ) -> ScrapeOutcome {
        let scratch = scratches.take()
        defer { scratches.give(scratch) }
        // The target may answer in another format than before, for example after an update.
        if case .success(let body) = body, reader.changesKind(body, of: series) { forget() }
        var outcome = reader.read(body, into: scratch, &series, &starts)
        if ScrapeStep.afterReading(state) == .reread {
            forget()
            outcome = reader.read(body, into: scratch, &series, &starts)
        }
        var next = store(scratch, &outcome, at: timestamp, reporting: elapsed())
        if next == .reread {
            forget()
            var again = reader.read(body, into: scratch, &series, &starts)
            next = store(scratch, &again, at: timestamp, reporting: nil)
        }
        if next == .forget { forget() }
        return outcome
    }

    func retire(at timestamp: Timestamp) {
        let ids = series.current + inherited
        inherited = []
        series.removeAll()
        _ = commits.append { [self] batch in
            for id in ids { batch.append(.staleMarker, at: timestamp, to: id) }
            report.markStale(at: timestamp, in: &batch)
        }
    }

    func takeOver(from predecessor: any BodyIngest) {
        guard let predecessor = predecessor as? DatabaseIngest else { return }
        inherited = predecessor.series.current + predecessor.inherited
        predecessor.series.removeAll()
        predecessor.inherited = []
    }

    var waitsForDisk: Bool { database.durability == .durable }

    var metadata: [String: MetricMetadata] { families.metadata }

    var metadataSize: MetadataSize { families.size }

    // MARK: Storing

    /// Stores a body that was read, in one batch; `elapsed` is nil if the scrape has been reported already.
    private func store(
        _ scratch: Scratch, _ outcome: inout ScrapeOutcome, at timestamp: Timestamp, reporting elapsed: Duration?
    ) -> ScrapeStep {
        // An empty body ends all series; the cache never sees such a body.
        series.finish(
            isStored: outcome.error == nil && outcome.bytes > 0,
            watchesTimed: !job.value.honorsTimestamps || job.value.tracksTimestampStaleness, stale: &scratch.stale,
            added: &scratch.added)
        outcome.added = series.kept(of: scratch.added, within: outcome.addable)
        let isGood = outcome.error == nil
        if isGood {
            families.update(from: series)
            appendZeros(scratch.samples, at: timestamp)
        }
        let rejections = commits.append { [self, outcome] batch in
            if isGood {
                series.resolve(scratch.samples, in: &batch)
                series.append(scratch.samples, at: timestamp, honoringTimes: job.value.honorsTimestamps, to: &batch)
                families.store(in: &batch)
            }
            series.markStale(scratch.stale, at: timestamp, in: &batch)
            for id in inheritedOnly() { batch.append(.staleMarker, at: timestamp, to: id) }
            if let elapsed {
                report.append(outcome, elapsed: elapsed, job: job.value, target: target, at: timestamp, to: &batch)
            }
        }
        if let rejections {
            inherited = []
            if isGood { families.noteStored() }
            let bounds: [RejectionReason] = [.tooOld, .outOfBounds, .tooFarInFuture]
            series.endBatch(isWhole: bounds.allSatisfy { rejections[$0] == nil }, in: database)
        } else {
            // The markers of a failed batch still have to be set.
            inherited += series.ids(of: scratch.stale)
        }
        let state = state
        if rejections != nil, state.isOvergrown { counters.update { $0.forcedCacheFlushes += 1 } }
        return .afterStoring(rejections, state)
    }

    /// Appends a zero where a counter began to count again. The zeros have a batch of their own, whose refusals are
    /// ignored: when a loop begins, most zeros are refused because the series have newer samples.
    private func appendZeros(_ samples: borrowing ScrapedSamples, at timestamp: Timestamp) {
        guard let starts, starts.tellNews else { return }
        let zeros = series.zeros(samples, starts, at: timestamp, honoringTimes: job.value.honorsTimestamps)
        if !zeros.isEmpty { _ = try? database.append { series.append(zeros, to: &$0) } }
    }

    // MARK: The series as a whole

    /// Returns the inherited series that are not in the body.
    private func inheritedOnly() -> [SeriesID] {
        guard !inherited.isEmpty else { return [] }
        let current = Set(series.current)
        return inherited.filter { !current.contains($0) }
    }

    private var state: ScrapeStep.Series {
        ScrapeStep.Series(
            changedKinds: series.changedKinds, isOvergrown: series.isOvergrown,
            hasStrayGroups: starts.map { $0.count > 1000 + 2 * series.count } ?? false,
            mayForget: lastForgotten.map { .now - $0 > .seconds(60) } ?? true)
    }

    /// Forgets the series: the next body creates them again, or they become stale.
    private func forget() {
        inherited += series.current
        series.removeAll()
        starts?.removeAll()
        families.forget()
        lastForgotten = .now
    }
}
