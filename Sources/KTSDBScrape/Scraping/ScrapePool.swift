internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import PrometheusWire
internal import Synchronization

/// The targets of one job, and their loops. Methods that change it are called one after the other.
final class ScrapePool: Sendable {
    private let state: Mutex<State>

    private struct State {
        var context: LoopContext
        var sources: [Source]
        var loops: [Target.Identity: ScrapeLoop] = [:]
        /// Loops whose targets are gone and whose series are not marked stale yet, by the hash of their public labels.
        var retiring: [UInt64: [ScrapeLoop]] = [:]
        /// How many loops have ended since free memory was last given back.
        var endedCount = 0
        /// The result of the last synchronization.
        var built = BuiltTargets()

        /// A target source, and the settings from which it was made.
        struct Source {
            let entry: TargetSourceEntry
            var source: any TargetSource
        }

        /// Removes the loops of some targets; those that may have series count as retiring until they have a successor,
        /// or are done.
        mutating func removeLoops(where isGone: (Target.Identity) -> Bool) -> [ScrapeLoop] {
            let gone = loops.filter { isGone($0.key) }
            for (identity, loop) in gone {
                loops[identity] = nil
                if !loop.isBlank { retiring[loop.publicFingerprint, default: []].append(loop) }
            }
            // A dictionary keeps the room of what it had.
            if loops.isEmpty { loops = [:] }
            endedCount += gone.count
            return Array(gone.values)
        }

        func isRetiring(_ loop: ScrapeLoop) -> Bool {
            retiring[loop.publicFingerprint]?.contains { $0 === loop } ?? false
        }

        mutating func endRetiring(_ loop: ScrapeLoop) {
            let key = loop.publicFingerprint
            retiring[key]?.removeAll { $0 === loop }
            if retiring[key]?.isEmpty == true { retiring[key] = nil }
        }

        /// Removes and returns the loop that had the series which `target` will have, preferably the one with the same
        /// URL.
        mutating func predecessor(of seed: TargetSeed, _ plan: TargetPlan) -> ScrapeLoop? {
            guard let near = retiring[plan.publicFingerprint], let target = seed.target(context.job.value) else {
                return nil
            }
            let loops = near.filter { $0.target.publicLabels == target.publicLabels }
            guard let loop = loops.first(where: { $0.target.url == target.url }) ?? loops.first else { return nil }
            endRetiring(loop)
            return loop
        }
    }

    init(
        _ job: ScrapeJob, environment: ScrapeEnvironment, userAgent: String,
        makeIngest: @escaping LoopContext.MakeIngest
    ) {
        state = Mutex(
            State(
                context: LoopContext(job, environment, userAgent: userAgent, makeIngest: makeIngest),
                sources: Self.sources(of: job, in: environment)))
    }

    var job: ScrapeJob { state.withLock { $0.context.job.value } }

    /// Returns the target sources of a job. Sources in `known` with the same settings are kept, because the files or
    /// servers that they have read may not be readable now.
    private static func sources(
        of job: ScrapeJob, in environment: ScrapeEnvironment, keeping known: [State.Source] = []
    ) -> [State.Source] {
        let surroundings = environment.sources.of(job.name)
        return job.sources.map { entry in
            known.first { $0.entry == entry }
                ?? State.Source(entry: entry, source: entry.makeSource(in: surroundings))
        }
    }

    /// Applies a changed job: new loops replace all loops, and take over their series.
    func reconfigure(_ job: ScrapeJob, environment: ScrapeEnvironment) async {
        let began = ContinuousClock.now
        let (oldFetcher, oldLoops) = state.withLock { state in
            defer {
                state.context = state.context.changed(job, environment)
                state.sources = Self.sources(of: job, in: environment, keeping: state.sources)
                state.built = BuiltTargets()
            }
            return (state.context.fetcher, state.removeLoops { _ in true })
        }
        await Self.stop(oldLoops)
        await oldFetcher.close()
        await refreshSources()
        await sync(leaving: oldLoops)
        let interval = PrometheusDuration.format(job.interval)
        environment.counters.update {
            $0.reloadLengths[interval, default: .init()].observe((ContinuousClock.now - began).inSeconds)
        }
    }

    /// Whether there are target sources whose targets can change.
    var canChange: Bool { state.withLock { $0.sources.contains { !$0.source.isFixed } } }

    /// Refreshes the target sources; returns whether anything changed.
    @discardableResult
    func refreshSources() async -> Bool {
        // Nothing else changes the sources meanwhile; refreshing them under the lock would block the API.
        var (sources, environment) = state.withLock { ($0.sources, $0.context.environment) }
        var changed = false
        for index in sources.indices {
            let update = await sources[index].source.refresh(now: .now)
            changed = changed || update.changed
            for failure in update.failures {
                environment.logger.error("targets could not be read; the last good ones stay: \(failure)")
            }
        }
        state.withLock { $0.sources = sources }
        return changed
    }

    /// Rebuilds the targets; starts loops for new targets and ends the loops of those that are gone.
    ///
    /// `leaving` are loops that have ended already; the new loops of the same targets take over their series, and the
    /// other series become stale.
    func sync(leaving: [ScrapeLoop] = []) async {
        let began = ContinuousClock.now
        let (context, sources, known) = state.withLock { ($0.context, $0.sources, $0.built.outcomes) }
        let job = context.job.value, environment = context.environment
        let built = BuiltTargets(sources.flatMap(\.source.groups), job: job, known: known)
        for problem in built.problems {
            environment.logger.error("a target of job \(job.name) is not usable: \(problem)")
        }
        let gone = state.withLock { state in
            state.built = built.withoutTargets
            return state.removeLoops { built.targets[$0] == nil }
        }
        await Self.stop(gone)
        start(built.targets, context)
        await retire(leaving + gone)
        releaseMemory()
        environment.counters.update {
            $0.syncLengths[job.name, default: .init()].observe((ContinuousClock.now - began).inSeconds)
            $0.syncFailures[job.name, default: 0] += built.invalidCount
        }
        environment.sources.figures.updated(
            .scrape, config: job.name, targets: built.targets.count + built.droppedCount, at: environment.clock.now)
    }

    private func start(_ targets: [Target.Identity: BuiltTargets.Found], _ context: LoopContext) {
        state.withLock { state in
            for (identity, found) in targets {
                if let loop = state.loops[identity] {
                    loop.discover(as: found.seed)
                    continue
                }
                let plan = found.plan ?? found.seed.target(context.job.value).map(TargetPlan.init)
                guard let plan else { continue }
                let loop = ScrapeLoop(found.seed, plan, context)
                state.loops[identity] = loop
                loop.start(after: state.predecessor(of: found.seed, plan))
            }
            var refusal: String?
            if let limit = context.job.value.limits.targets, state.loops.count > limit {
                refusal = "target_limit exceeded (number of targets: \(state.loops.count), limit: \(limit))"
                context.environment.counters.update { $0.targetLimitExceeded += 1 }
            }
            for loop in state.loops.values { loop.refuse(refusal) }
        }
    }

    /// Makes loops that have ended mark their series stale at the time of their next scrapes, except those that have a
    /// successor.
    private func retire(_ loops: [ScrapeLoop]) async {
        for loop in loops where state.withLock({ $0.isRetiring(loop) }) {
            await loop.retire { self.endRetiring(loop) }
        }
    }

    /// After this many loops have ended, free memory is returned to the system.
    private static let manyLoops = 1000

    private func endRetiring(_ loop: ScrapeLoop) {
        state.withLock { $0.endRetiring(loop) }
        releaseMemory()
    }

    /// Gives free memory back to the system if many loops have gone.
    private func releaseMemory() {
        let workers = state.withLock { state -> WorkerExecutor? in
            guard state.retiring.isEmpty, state.endedCount >= Self.manyLoops else { return nil }
            state.endedCount = 0
            return state.context.environment.threads.workers
        }
        guard let workers else { return }
        // The caller still holds what it is about to free.
        Task(executorPreference: workers) {
            try? await Task.sleep(for: .seconds(1))
            HeapMemory.releaseFreePages()
        }
    }

    private static func stop(_ loops: [ScrapeLoop]) async {
        // Most loops have nothing in progress.
        let busy = loops.filter { !$0.stopIfIdle() }
        await withDiscardingTaskGroup { group in
            for loop in busy { group.addTask { await loop.stop() } }
        }
    }

    /// Ends all loops because the job is gone: their series are marked stale at the time of their next scrapes. Its
    /// target sources end at once.
    func retire() async {
        let loops = state.withLock { state in
            state.sources = []
            state.built = BuiltTargets()
            return state.removeLoops { _ in true }
        }
        await Self.stop(loops)
        await retire(loops)
        releaseMemory()
        await state.withLock { $0.context.fetcher }.close()
    }

    /// Whether series of ended loops still have to be marked stale.
    var isRetiring: Bool { state.withLock { !$0.retiring.isEmpty } }

    /// Ends all loops because the server stops: series are left as they are.
    func stop(closingConnections: Bool = true) async {
        let (loops, fetcher) = state.withLock { state in
            defer {
                state.loops = [:]
                state.retiring = [:]
                state.sources = []
                state.built = BuiltTargets()
            }
            return (Array(state.loops.values) + state.retiring.values.joined(), state.context.fetcher)
        }
        await Self.stop(loops)
        if closingConnections { await fetcher.close() }
    }

    // MARK: What the API shows

    func add(to snapshot: inout TargetSnapshot) {
        let (loops, dropped, count, job) = state.withLock {
            (Array($0.loops.values), $0.built.dropped, $0.built.droppedCount, $0.context.job.value)
        }
        let active = loops.map(\.snapshot)
        snapshot.active += active.sorted { ($0.scrapeURL, $0.labels) < ($1.scrapeURL, $1.labels) }
        snapshot.dropped += dropped.map { seed, rule in
            let action = rule < job.targetRules.count ? job.targetRules[rule].action.rawValue : ""
            return DroppedTarget(
                discoveredLabels: seed.discoveredLabels(job), scrapePool: job.name,
                reason: "relabel_configs, rule \(rule + 1): \(action)")
        }
        snapshot.droppedCounts[job.name] = count
    }

    /// The metadata of each target's metrics.
    var metadata: [(target: Labels, metrics: [String: MetricMetadata])] {
        state.withLock { Array($0.loops.values) }.compactMap { loop in
            let metrics = loop.metadata
            return metrics.isEmpty ? nil : (loop.target.publicLabels, metrics)
        }
    }

    var figures: PoolFigures {
        let (job, loops) = state.withLock { ($0.context.job.value, Array($0.loops.values)) }
        return PoolFigures(
            job: job.name, targets: loops.count, targetLimit: job.limits.targets ?? 0,
            metadata: loops.reduce(into: MetadataSize()) { $0 += $1.metadataSize })
    }

    /// The metrics of its target sources.
    var sourceMetrics: [SelfMetricFamily] { state.withLock { $0.sources }.flatMap(\.source.metrics) }
}
