internal import KTSDBConfiguration
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// Scrapes one target on its schedule.
///
/// Between scrapes, a loop consists of an alarm and the state of its target. The task, the client and the target's
/// series are made when the first scrape is due, so a target that was only discovered takes little memory.
///
/// A loop ends in one of three ways: it *retires* when its target is gone, and marks its series stale at the time of
/// the next scrape; it *hands over* to a successor, which takes over its series; or it just *stops* with the server,
/// and the next start continues its series.
final class ScrapeLoop: Sendable {
    let target: Target

    private let context: LoopContext
    private let thread: ScrapeThreads.Member
    private let schedule: ScrapeSchedule
    private let state = Mutex(State())

    private struct State {
        /// The loop whose series this one is about to take over; nil once it has.
        var predecessor: ScrapeLoop?
        /// The alarm of the next scrape, or of the retirement.
        var alarm: ScrapeAlarm?
        /// The task in progress: taking over, a scrape, or marking series stale.
        var running: Task<Void, Never>?
        /// Called when the loop has retired; nil unless it is retiring.
        var whenRetired: (@Sendable () -> Void)?
        var isEnded = false
        /// Set while the pool has more targets than allowed: each scrape fails with this reason.
        var refusal: String?
        /// When the last scrape was due, and when it began.
        var last: (due: Timestamp, began: ContinuousClock.Instant)?
        /// Whether this loop, or one that it took over from, has stored anything.
        var hasStored = false
        var sizeHint = 0
        var source: (any BodySource)?
        var ingest: (any BodyIngest)?
        var status = TargetStatus()
        /// The labels under which the target was last discovered, if they differ from those of `target`: relabelling
        /// can turn different labels into the same target.
        var discoveredLabels: Labels?
    }

    init(_ target: Target, _ context: LoopContext) {
        self.target = target
        self.context = context
        thread = context.environment.threads.next()
        schedule = ScrapeSchedule(interval: target.interval, spread: target.spread ^ context.environment.seed)
    }

    // MARK: What others see

    var snapshot: ActiveTarget {
        let (status, labels) = state.withLock { ($0.status, $0.discoveredLabels) }
        return status.snapshot(of: target, job: context.job.value.name, discoveredAs: labels)
    }

    var metadata: [String: MetricMetadata] { state.withLock { $0.ingest }?.metadata ?? [:] }
    var metadataSize: MetadataSize { state.withLock { $0.ingest }?.metadataSize ?? MetadataSize() }

    /// Notes the labels under which the target was discovered.
    func discover(as labels: Labels) {
        let isOwn = labels == target.discoveredLabels
        state.withLock { $0.discoveredLabels = isOwn ? nil : labels }
    }

    /// Makes each scrape fail with `reason`, without a request; nil lets scrapes run again.
    func refuse(_ reason: String?) { state.withLock { $0.refusal = reason } }

    // MARK: Beginning and ending

    /// Starts scraping once `predecessor` has ended, and takes over its series.
    func start(after predecessor: ScrapeLoop?) {
        guard predecessor != nil || context.fetcher.needsFiles else { return setAlarm() }
        state.withLock { state in
            state.predecessor = predecessor
            state.running = Task(executorPreference: thread.executor) { [self] in
                await takeOver()
                await reportObstacle()
                finish()
            }
        }
    }

    private func takeOver() async {
        let predecessor = state.withLock { state in
            defer { state.predecessor = nil }
            return state.predecessor
        }
        guard let predecessor else { return }
        await predecessor.stop()
        let (old, hasStored, status) = predecessor.state.withLock { ($0.ingest, $0.hasStored, $0.status) }
        if let old { ingest.takeOver(from: old) }
        state.withLock { state in
            state.hasStored = state.hasStored || hasStored
            state.status = status
        }
    }

    /// Reports at once what prevents requests from being sent, rather than when the first scrape is due.
    private func reportObstacle() async {
        guard context.fetcher.needsFiles, let obstacle = await source.obstacle else { return }
        await store(.failure(obstacle), at: context.environment.clock.now, began: .now)
    }

    /// Stops the loop if it has nothing in progress; returns whether it did.
    func stopIfIdle() -> Bool {
        state.withLock { state in
            guard state.running == nil, state.whenRetired == nil else { return false }
            state.isEnded = true
            state.alarm?.cancel()
            state.alarm = nil
            return true
        }
    }

    /// Stops the loop, and leaves the series as they are.
    func stop() async {
        let (running, whenRetired) = state.withLock { state in
            defer { state.whenRetired = nil }
            state.isEnded = true
            state.alarm?.cancel()
            state.alarm = nil
            return (state.running, state.whenRetired)
        }
        running?.cancel()
        await running?.value
        whenRetired?()
    }

    /// Stops scraping. At the time of the next scrape, the target's series, if it has any, are marked stale,
    /// unless a successor has taken over by then.
    func retire(whenDone: @escaping @Sendable () -> Void) async {
        await stop()
        let now = context.environment.clock.now
        let due = state.withLock { state -> Timestamp? in
            // Targets that come and go quickly have often never been scraped.
            guard state.hasStored else { return nil }
            let due = schedule.next(after: state.last?.due, now: now)
            state.whenRetired = whenDone
            state.alarm = ScrapeAlarm { [self] in markStale(at: due) }
            return due
        }
        guard let due else { return whenDone() }
        setAlarm(at: due)
    }

    private func markStale(at due: Timestamp) {
        state.withLock { state in
            // If it is nil, a successor has the series.
            guard let whenRetired = state.whenRetired else { return }
            state.whenRetired = nil
            state.alarm = nil
            state.running = Task(executorPreference: context.environment.threads.workers) { [self] in
                ingest.retire(at: due)
                self.state.withLock { $0.running = nil }
                whenRetired()
            }
        }
    }

    // MARK: Scraping

    /// The client of the target, made at its first use.
    private var source: any BodySource {
        state.withLock { state in
            let source = state.source ?? context.source(for: target, on: thread.executor.loop)
            state.source = source
            return source
        }
    }

    /// The ingest that stores the bodies, made at its first use.
    private var ingest: any BodyIngest {
        state.withLock { state in
            let ingest = state.ingest ?? context.ingest(for: target)
            state.ingest = ingest
            return ingest
        }
    }

    /// Sets the alarm of the next scrape.
    private func setAlarm() {
        let now = context.environment.clock.now
        let due = state.withLock { state -> Timestamp? in
            guard !state.isEnded else { return nil }
            let due = schedule.next(after: state.last?.due, now: now)
            state.alarm = ScrapeAlarm { [self] in begin(due) }
            return due
        }
        if let due { setAlarm(at: due) }
    }

    private func setAlarm(at due: Timestamp) {
        guard let alarm = state.withLock({ $0.alarm }) else { return }
        context.environment.clock.set(alarm, at: due, on: thread.alarms)
    }

    private func begin(_ due: Timestamp) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.alarm = nil
            state.running = Task(executorPreference: thread.executor) { [self] in
                await scrape(due)
                finish()
            }
        }
    }

    /// Releases the finished task, and sets the alarm of the next scrape.
    private func finish() {
        state.withLock { $0.running = nil }
        setAlarm()
    }

    private func scrape(_ due: Timestamp) async {
        let began = ContinuousClock.now, clock = context.environment.clock
        let (last, refusal, sizeHint) = state.withLock { ($0.last, $0.refusal, $0.sizeHint) }
        if let last {
            context.environment.counters.observe(began - last.began, interval: context.intervalName(of: target))
        }
        let timestamp = schedule.aligned(clock.now, due: due), body: Result<ScrapeBody, FetchError>
        if let refusal {
            body = .failure(.failed(refusal))
        } else {
            do throws(FetchError) { body = .success(try await source.fetch(sizeHint: sizeHint)) } catch {
                body = .failure(error)
            }
        }
        await store(body, at: timestamp, began: began)
        state.withLock { $0.last = (due, began) }
    }

    private func store(
        _ body: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, began: ContinuousClock.Instant
    ) async {
        // A scrape that was interrupted by the loop's end says nothing about the target.
        if Task.isCancelled { return }
        let isFirst = state.withLock { state in
            state.hasStored = true
            return state.sizeHint == 0
        }
        let ingest = ingest, outcome: ScrapeOutcome
        if takesLong(body, isFirst: isFirst, ingest) {
            outcome = await withTaskExecutorPreference(context.environment.threads.workers) {
                ingest.ingest(body, at: timestamp, elapsed: { ContinuousClock.now - began })
            }
        } else {
            outcome = ingest.ingest(body, at: timestamp, elapsed: { ContinuousClock.now - began })
        }
        let status = TargetStatus(
            lastScrape: timestamp, duration: ContinuousClock.now - began, error: outcome.error)
        state.withLock { state in
            state.status = status
            // A refused body says nothing about the length of the next one.
            if outcome.error == nil, outcome.bytes > 0 { state.sizeHint = outcome.bytes }
        }
        if let error = outcome.error { log(error) }
    }

    private func log(_ error: String) {
        let environment = context.environment, job = context.job.value.name
        environment.logger.debug("scrape failed", metadata: ["target": "\(target.url)", "error": "\(error)"])
        context.failures?.write(
            ScrapeFailureLogs.line(error, job: job, target: target.url, at: environment.clock.now))
    }

    /// Returns whether storing the body would hold up the other targets of the event loop. All series of a first body
    /// are new.
    private func takesLong(
        _ body: Result<ScrapeBody, FetchError>, isFirst: Bool, _ ingest: any BodyIngest
    ) -> Bool {
        if isFirst || ingest.waitsForDisk { return true }
        guard case .success(let body) = body else { return false }
        let size = body.bytes.readableBytes
        // In protobuf, a sample takes about a quarter of the bytes.
        if size <= ScrapeThreads.shortBody / 4 { return false }
        return size > ScrapeThreads.shortBody || body.contentType.contains("protobuf")
    }
}

/// The environment that all scrape loops share.
struct ScrapeEnvironment: Sendable {
    var clock: any ScrapeClock
    var threads: ScrapeThreads
    var counters: ScrapeCounters
    var logger: Logger
    /// The files for failed scrapes, of the jobs that have one.
    var failures = ScrapeFailureLogs()
    /// What the target sources of all jobs share.
    var sources: SourceSurroundings
    /// Differs between servers, so that two servers scrape the same targets at different times.
    var seed: UInt64 = 0
}

extension ScrapeCounters {
    fileprivate func observe(_ length: Duration, interval: String) {
        update { $0.intervalLengths[interval, default: .init()].observe(length.inSeconds) }
    }
}
