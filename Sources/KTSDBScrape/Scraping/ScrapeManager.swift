internal import CLibrary
public import KTSDBEngine
public import KTSDBModel
public import Logging
internal import Synchronization

/// The optional features of scraping, besides storing samples.
public struct ScrapeFeatures: Sendable {
    /// Series get the labels `__type__` and `__unit__`, taken from their target's metadata of the metric
    /// (`type-and-unit-labels`).
    public var typeAndUnitLabels = false
    /// Counters, histograms and summaries in OpenMetrics get a zero at the time that their `_created` lines give, and
    /// these lines are not series (`created-timestamp-zero-ingestion`).
    public var startTimeZeros = false

    /// Jobs that do not set `extra_scrape_metrics` get these metrics (`extra-scrape-metrics`).
    public var extraMetrics = false

    /// Creates a set without any features.
    public init() {}

    /// Returns the job with the changes of these features, except to settings that its file contains. For start times,
    /// protobuf is preferred, since it has them for more metrics than the text formats.
    func applied(to job: ScrapeJob) -> ScrapeJob {
        var job = job
        if extraMetrics, !job.choices.extraMetrics { job.reportsExtraMetrics = true }
        if startTimeZeros, !job.choices.protocols { job.protocols = ScrapeJob.ScrapeProtocol.allCases }
        return job
    }
}

/// Finds targets, scrapes them and stores their samples.
public final class ScrapeManager: Sendable {
    private let makeIngest: @Sendable (Target, SharedJob) -> any BodyIngest
    private let base: ScrapeEnvironment
    private let userAgent: String
    private let sourcePollInterval: Duration
    private let features: ScrapeFeatures
    private let turns: Turns
    private let state = Mutex(State())

    /// The memory that all targets' bodies have taken beyond what each may have, in bytes.
    public static var bodyByteCount: Int { BodyRoom.shared.usedByteCount }

    private struct State {
        var pools: [ScrapePool] = []
        /// Pools of jobs that no longer exist, until their series are marked stale.
        var retiring: [ScrapePool] = []
        var polling = SourcePolling()
        var isStopped = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private init(
        environment: ScrapeEnvironment, version: String, sourcePollInterval: Duration,
        features: ScrapeFeatures = .init(),
        makeIngest: @escaping @Sendable (Target, SharedJob) -> any BodyIngest
    ) {
        base = environment
        turns = Turns(environment.threads.workers)
        userAgent = "ktsdb/\(version)"
        self.sourcePollInterval = sourcePollInterval
        self.features = features
        self.makeIngest = makeIngest
    }

    /// Creates a manager that stores scraped samples in `database`.
    ///
    /// `version` goes into the header `User-Agent`. Target sources are refreshed every `sourcePollInterval`.
    public convenience init(
        database: Database, logger: Logger, version: String, sourcePollInterval: Duration = .seconds(2),
        features: ScrapeFeatures = .init()
    ) {
        self.init(
            database: database, clock: SystemClock(), logger: logger, version: version,
            sourcePollInterval: sourcePollInterval, features: features)
    }

    /// Creates a manager whose loops follow `clock`.
    package convenience init(
        database: Database, clock: any ScrapeClock, logger: Logger, version: String = "test",
        sourcePollInterval: Duration = .seconds(3600), features: ScrapeFeatures = .init(),
        discovery: DiscoveryOptions = .init()
    ) {
        let counters = ScrapeCounters(), scratches = ScratchPool()
        let environment = ScrapeEnvironment(
            clock: clock, threads: .shared, counters: counters, logger: logger,
            sources: SourceSurroundings(user: .scrape, userAgent: "ktsdb/\(version)", options: discovery))
        self.init(
            environment: environment, version: version, sourcePollInterval: sourcePollInterval, features: features
        ) { target, job in
            DatabaseIngest(
                target, job: job, database: database, counters: counters, scratches: scratches,
                features: features, logger: logger)
        }
    }

    /// Creates a manager that passes bodies to the ingests made by `makeIngest`.
    package convenience init(
        clock: any ScrapeClock, logger: Logger, version: String = "test", sourcePollInterval: Duration = .seconds(3600),
        discovery: DiscoveryOptions = .init(), makeIngest: @escaping @Sendable (Target, SharedJob) -> any BodyIngest
    ) {
        let environment = ScrapeEnvironment(
            clock: clock, threads: .shared, counters: ScrapeCounters(), logger: logger,
            sources: SourceSurroundings(user: .scrape, userAgent: "ktsdb/\(version)", options: discovery))
        self.init(
            environment: environment, version: version, sourcePollInterval: sourcePollInterval, makeIngest: makeIngest)
    }

    /// Applies `configuration`: starts new jobs, restarts changed jobs, and leaves the others undisturbed.
    ///
    /// Returns when all targets known by then have their loops. Does nothing after ``stop()``.
    public func apply(_ configuration: Configuration) async {
        await turns.take { [self] in
            if state.withLock({ $0.isStopped }) { return }
            var environment = base
            environment.seed = FNV.hash("\(Self.hostName)\(configuration.global.externalLabels)")
            openFailureLogs(configuration)
            var old = Dictionary(uniqueKeysWithValues: state.withLock { $0.pools }.map { ($0.job.name, $0) })
            var pools: [ScrapePool] = []
            for job in configuration.jobs.map(features.applied) {
                pools.append(await pool(for: job, old: old.removeValue(forKey: job.name), environment: environment))
            }
            state.withLock { [gone = old.values] state in
                state.pools = pools
                state.retiring = state.retiring.filter(\.isRetiring) + gone
            }
            for (name, pool) in old {
                await pool.retire()
                base.counters.forget(job: name)
                base.sources.figures.forget(config: name, of: .scrape)
            }
            poll()
        }
    }

    /// Opens the files for failed scrapes, and reopens those that are open already, since they may have been moved
    /// away.
    private func openFailureLogs(_ configuration: Configuration) {
        let paths = Set(configuration.jobs.compactMap(\.failureLogFile))
        for (path, reason) in base.failures.open(paths) {
            base.logger.error("failed scrapes cannot be logged to \(path): \(reason)")
        }
    }

    private func pool(for job: ScrapeJob, old: ScrapePool?, environment: ScrapeEnvironment) async -> ScrapePool {
        if let old {
            if old.job == job { return old }
            base.counters.update { $0.poolReloads += 1 }
            await old.reconfigure(job, environment: environment)
            return old
        }
        base.counters.update { $0.poolsCreated += 1 }
        let pool = ScrapePool(job, environment: environment, userAgent: userAgent, makeIngest: makeIngest)
        await pool.refreshSources()
        await pool.sync()
        return pool
    }

    /// Waits until the manager has been stopped; stops it if the task is cancelled.
    public func run() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isStopped = state.withLock { state in
                    if !state.isStopped { state.waiters.append(continuation) }
                    return state.isStopped
                }
                if isStopped { continuation.resume() }
            }
        } onCancel: {
            Task { await stop() }
        }
    }

    /// Ends all scrapes at once. Series are not marked stale: the next start continues with them.
    public func stop() async {
        await turns.take { [self] in
            let (pools, polling, waiters) = state.withLock { state in
                defer {
                    state = State()
                    state.isStopped = true
                }
                return (
                    state.pools.map { ($0, true) } + state.retiring.map { ($0, false) }, state.polling, state.waiters
                )
            }
            polling.stop()
            await withDiscardingTaskGroup { group in
                for (pool, hasConnections) in pools {
                    group.addTask { await pool.stop(closingConnections: hasConnections) }
                }
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// Refreshes target sources from now on, at each poll interval and when a source has found something.
    private func poll() {
        let canChange = state.withLock { $0.pools }.contains(where: \.canChange)
        state.withLock { state in
            guard !state.isStopped else { return }
            state.polling.run(
                base.sources.signal, every: sourcePollInterval, canChange: canChange, on: base.threads.workers
            ) { [weak self] in await self?.refreshSources() }
        }
    }

    /// Refreshes all target sources, and applies the changes of their targets.
    package func refreshSources() async {
        await turns.take { [self] in
            for pool in state.withLock({ $0.pools }) where await pool.refreshSources() { await pool.sync() }
        }
    }

    private static let hostName = SystemCall.hostName

    /// Returns the surroundings for target sources outside this manager, whose events are counted together with its
    /// own.
    package func surroundings(for user: SourceSurroundings.User) -> SourceSurroundings {
        SourceSurroundings(
            user: user, userAgent: userAgent, figures: base.sources.figures, options: base.sources.options)
    }
}

extension ScrapeManager {
    /// Returns all targets as they are now.
    public func targets() -> TargetSnapshot {
        var snapshot = TargetSnapshot()
        for pool in state.withLock({ $0.pools }) { pool.add(to: &snapshot) }
        return snapshot
    }

    /// The names of the jobs.
    public var scrapePools: [String] { state.withLock { $0.pools }.map(\.job.name).sorted() }

    /// Returns the distinct metadata that targets report for each metric, or for `metric` alone.
    public func metadata(metric: String? = nil) -> [String: [MetricMetadata]] {
        var result: [String: Set<MetricMetadata>] = [:]
        for (_, metrics) in state.withLock({ $0.pools }).flatMap(\.metadata) {
            for (name, metadata) in metrics where metric == nil || metric == name {
                result[name, default: []].insert(metadata)
            }
        }
        return result.mapValues { $0.sorted { ($0.type, $0.help, $0.unit) < ($1.type, $1.help, $1.unit) } }
    }

    /// Returns each target's metadata of its metrics, or of `metric` alone, for targets whose labels match.
    public func targetMetadata(matching matchers: [LabelMatcher] = [], metric: String? = nil) -> [TargetMetadata] {
        var result: [TargetMetadata] = []
        for (target, metrics) in state.withLock({ $0.pools }).flatMap(\.metadata) {
            guard matchers.allSatisfy({ $0.matches(target) }) else { continue }
            let wanted = metrics.filter { metric == nil || metric == $0.key }
            result += wanted.map { TargetMetadata(target: target, metric: $0.key, metadata: $0.value) }
        }
        return result.sorted { ($0.target, $0.metric) < ($1.target, $1.metric) }
    }

    /// Returns the metrics about scraping, under the names that stock dashboards use.
    public func selfMetrics() -> [SelfMetricFamily] {
        let pools = state.withLock { $0.pools }
        return base.counters.families(pools: pools.map(\.figures))
            + base.sources.figures.families(pools.flatMap(\.sourceMetrics))
    }
}
