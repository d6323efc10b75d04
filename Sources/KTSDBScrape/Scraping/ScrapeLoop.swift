internal import KTSDBConfiguration
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// Scrapes one target on its schedule, in a task of its own.
///
/// A loop ends in one of three ways: it *retires* when its target is gone, and marks its series stale at the time of
/// the next scrape; it *hands over* to a successor, which takes over its series; or it just *stops*, as the server
/// does, and the next start continues where it was.
final class ScrapeLoop: Sendable {
    let target: Target
    let status: TargetStatus
    let ingest: any BodyIngest

    private let source: any BodySource
    private let environment: ScrapeEnvironment
    private let executor: LoopExecutor
    private let job: String
    private let failures: AppendedFile?
    private let schedule: ScrapeSchedule
    private let intervalName: String
    private let state = Mutex(State())

    private struct State {
        /// The loop whose series this one is going to take over; nil once it has.
        var predecessor: ScrapeLoop?
        var scraping: Task<Void, Never>?
        var retirement: Task<Void, Never>?
        /// Set while the pool has more targets than allowed: each scrape fails with this reason.
        var refusal: String?
        var lastDue: Timestamp?
        /// Whether it, or a loop that it took over from, has stored anything.
        var hasStored = false
        var sizeHint = 0
    }

    init(
        _ target: Target, job: ScrapeJob, source: any BodySource, ingest: any BodyIngest,
        environment: ScrapeEnvironment, executor: LoopExecutor
    ) {
        self.job = job.name
        failures = environment.failures.file(job.failureLogFile)
        self.target = target
        self.source = source
        self.ingest = ingest
        self.environment = environment
        self.executor = executor
        status = TargetStatus(target, job: job.name)
        schedule = ScrapeSchedule(interval: target.interval, spread: target.spread ^ environment.seed)
        intervalName = PrometheusDuration.format(target.interval)
    }

    /// Starts scraping once `predecessor` has ended, and takes over its series.
    func start(after predecessor: ScrapeLoop?) {
        state.withLock { $0.predecessor = predecessor }
        let task = Task(executorPreference: executor) { [self] in
            await takeOver()
            await run()
        }
        state.withLock { $0.scraping = task }
    }

    private func takeOver() async {
        let predecessor = state.withLock { state in
            defer { state.predecessor = nil }
            return state.predecessor
        }
        guard let predecessor else { return }
        await predecessor.stop()
        ingest.takeOver(from: predecessor.ingest)
        if predecessor.state.withLock({ $0.hasStored }) { state.withLock { $0.hasStored = true } }
        status.takeOver(from: predecessor.status)
    }

    /// Makes each scrape fail with `reason`, without a request; nil ends that.
    func refuse(_ reason: String?) { state.withLock { $0.refusal = reason } }

    /// Stops at once, and leaves the series as they are.
    func stop() async {
        let (scraping, retirement) = state.withLock { ($0.scraping, $0.retirement) }
        scraping?.cancel()
        retirement?.cancel()
        await scraping?.value
        await retirement?.value
    }

    /// Stops scraping. At the time of the next scrape, the target's series, if it has any, are marked stale,
    /// unless a successor has taken over by then.
    func retire(whenDone: @escaping @Sendable () -> Void) async {
        await stop()
        // Of many targets that come and go again, most were not scraped.
        guard state.withLock({ $0.hasStored }) else { return whenDone() }
        let due = schedule.next(after: state.withLock { $0.lastDue }, now: environment.clock.now)
        let task = Task(executorPreference: environment.threads.workers) { [self] in
            defer { whenDone() }
            guard (try? await environment.clock.sleep(until: due)) != nil else { return }
            ingest.retire(at: due)
        }
        state.withLock { $0.retirement = task }
    }

    private func run() async {
        // An obstacle is reported now, not only when the first scrape is due.
        if let obstacle = await source.obstacle {
            await store(.failure(obstacle), at: environment.clock.now, began: .now)
        }
        var last: (due: Timestamp, began: ContinuousClock.Instant)?
        while !Task.isCancelled {
            let due = schedule.next(after: last?.due, now: environment.clock.now)
            guard (try? await environment.clock.sleep(until: due)) != nil else { return }
            let began = ContinuousClock.now
            if let last { environment.counters.observe(began - last.began, interval: intervalName) }
            await scrape(at: schedule.aligned(environment.clock.now, due: due), began: began)
            last = (due, began)
            state.withLock { $0.lastDue = due }
        }
    }

    private func scrape(at timestamp: Timestamp, began: ContinuousClock.Instant) async {
        let (refusal, sizeHint) = state.withLock { ($0.refusal, $0.sizeHint) }
        let body: Result<ScrapeBody, FetchError>
        if let refusal {
            body = .failure(.failed(refusal))
        } else {
            do throws(FetchError) { body = .success(try await source.fetch(sizeHint: sizeHint)) } catch {
                body = .failure(error)
            }
        }
        await store(body, at: timestamp, began: began)
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
        let outcome: ScrapeOutcome
        if takesLong(body, isFirst: isFirst) {
            outcome = await withTaskExecutorPreference(environment.threads.workers) {
                ingest.ingest(body, at: timestamp, elapsed: { ContinuousClock.now - began })
            }
        } else {
            outcome = ingest.ingest(body, at: timestamp, elapsed: { ContinuousClock.now - began })
        }
        status.report(start: timestamp, duration: ContinuousClock.now - began, error: outcome.error)
        // A body that was refused does not show how long the next one may be.
        if outcome.error == nil, outcome.bytes > 0 { state.withLock { $0.sizeHint = outcome.bytes } }
        if let error = outcome.error {
            environment.logger.debug("scrape failed", metadata: ["target": "\(target.url)", "error": "\(error)"])
            failures?.write(ScrapeFailureLogs.line(error, job: job, target: target.url, at: environment.clock.now))
        }
    }

    /// Returns whether storing the body would hold up the other targets of the event loop. All series of a first body
    /// are new.
    private func takesLong(_ body: Result<ScrapeBody, FetchError>, isFirst: Bool) -> Bool {
        if isFirst || ingest.waitsForDisk { return true }
        guard case .success(let body) = body else { return false }
        let size = body.bytes.readableBytes
        // A sample takes a quarter of the room in protobuf.
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
    /// The files of jobs that have one for failed scrapes.
    var failures = ScrapeFailureLogs()
    /// What target sources share.
    var sources: SourceSurroundings
    /// Differs between servers, so that two servers scrape the same targets at different times.
    var seed: UInt64 = 0
}

extension ScrapeCounters {
    fileprivate func observe(_ length: Duration, interval: String) {
        update { $0.intervalLengths[interval, default: .init()].observe(length.inSeconds) }
    }
}
