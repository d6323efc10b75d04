internal import KTSDBConfiguration
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// Scrapes one target on its schedule.
///
/// Between two scrapes a loop is an alarm and what it knows of its target; the target itself, a task, the client and
/// the target's series are made when the first scrape is due. So a target that was only discovered takes little memory.
///
/// A loop ends in one of three ways: it *retires* when its target is gone, and marks its series stale at the time of
/// the next scrape; it *hands over* to a successor, which takes over its series; or it just *stops*, as the server
/// does, and the next start continues where it was.
final class ScrapeLoop: AlarmOwner {
    /// The hash of the labels of the target's series.
    let publicFingerprint: UInt64

    private let context: LoopContext
    private let thread: ScrapeThreads.Member
    private let schedule: ScrapeSchedule
    private let state: Mutex<State>

    private struct State {
        var seed: TargetSeed
        /// When the alarm rings, which is that of the next scrape or of the retirement; nil without one.
        var due: Timestamp?
        /// The number of the alarm; those before it are over.
        var alarm: UInt32 = 0
        var isEnded = false
        /// The state of the work; nil until the loop has something to do.
        private(set) var known: LoopWork?

        init(_ seed: TargetSeed) { self.seed = seed }

        /// Whether nothing was ever to be done.
        var isBlank: Bool { known == nil }

        /// The state of the work, which is created if it does not exist yet.
        var work: LoopWork {
            mutating get {
                let work = known ?? LoopWork()
                known = work
                return work
            }
        }

        /// Sets the alarm, and returns its number.
        mutating func setAlarm(at time: Timestamp) -> UInt32 {
            due = time
            alarm &+= 1
            return alarm
        }
    }

    init(_ seed: TargetSeed, _ plan: TargetPlan, _ context: LoopContext) {
        self.context = context
        publicFingerprint = plan.publicFingerprint
        thread = context.environment.threads.next()
        schedule = ScrapeSchedule(interval: plan.interval, spread: plan.spread ^ context.environment.seed)
        state = Mutex(State(seed))
    }

    // MARK: What others see

    /// The target. One that was never scraped is made anew each time.
    var target: Target {
        let (target, seed) = state.withLock { ($0.known?.target, $0.seed) }
        guard let target = target ?? seed.target(context.job.value) else {
            preconditionFailure("An address that was a target no longer is one: \(seed.address)")
        }
        return target
    }

    /// Whether nothing was ever to be done: it has no series, and is not about to take over any.
    var isBlank: Bool { state.withLock { $0.isBlank } }

    var snapshot: ActiveTarget {
        state.withLock { $0.known?.status ?? TargetStatus() }.snapshot(of: target, job: context.job.value.name)
    }

    var metadata: [String: MetricMetadata] { state.withLock { $0.known?.ingest }?.metadata ?? [:] }
    var metadataSize: MetadataSize { state.withLock { $0.known?.ingest }?.metadataSize ?? MetadataSize() }

    /// Notes the labels under which the target was discovered: relabelling can turn different labels into the same
    /// target.
    func discover(as seed: TargetSeed) {
        guard state.withLock({ $0.seed }) != seed else { return }
        let target = state.withLock { $0.isBlank } ? nil : seed.target(context.job.value)
        state.withLock { state in
            state.seed = seed
            if let target { state.work.target = target }
        }
    }

    /// Makes each scrape fail with `reason`, without a request; nil ends that.
    func refuse(_ reason: String?) {
        state.withLock { state in
            if reason != nil || !state.isBlank { state.work.refusal = reason }
        }
    }

    // MARK: Alarms

    func waits(for number: UInt32) -> Bool { state.withLock { $0.due != nil && $0.alarm == number } }

    func ring(_ number: UInt32) {
        state.withLock { state in
            guard let due = state.due, state.alarm == number else { return }
            state.due = nil
            if let whenRetired = state.work.whenRetired {
                state.work.whenRetired = nil
                state.work.running = retirement(at: due, whenRetired)
            } else if !state.isEnded {
                state.work.running = Task(executorPreference: thread.executor) { [self] in
                    await scrape(due)
                    finish()
                }
            }
        }
    }

    private func retirement(at due: Timestamp, _ whenRetired: @escaping @Sendable () -> Void) -> Task<Void, Never> {
        Task(executorPreference: context.environment.threads.workers) { [self] in
            ingest.retire(at: due)
            state.withLock { $0.work.running = nil }
            whenRetired()
        }
    }

    /// Waits for the next scrape.
    private func setAlarm() {
        let now = context.environment.clock.now
        let alarm = state.withLock { state -> (time: Timestamp, number: UInt32)? in
            guard !state.isEnded else { return nil }
            let due = schedule.next(after: state.known?.last?.due, now: now)
            return (due, state.setAlarm(at: due))
        }
        if let alarm { setAlarm(alarm.number, at: alarm.time) }
    }

    private func setAlarm(_ number: UInt32, at due: Timestamp) {
        context.environment.clock.set(ScrapeAlarm(of: self, number: number), at: due, on: thread.alarms)
    }

    // MARK: Beginning and ending

    /// Starts scraping once `predecessor` has ended, and takes over its series.
    func start(after predecessor: ScrapeLoop?) {
        guard predecessor != nil || context.fetcher.needsFiles else { return setAlarm() }
        state.withLock { state in
            state.work.predecessor = predecessor
            state.work.running = Task(executorPreference: thread.executor) { [self] in
                await takeOver()
                await reportObstacle()
                finish()
            }
        }
    }

    private func takeOver() async {
        let predecessor = state.withLock { state in
            defer { state.work.predecessor = nil }
            return state.work.predecessor
        }
        guard let predecessor else { return }
        await predecessor.stop()
        let before = predecessor.state.withLock { state in
            (ingest: state.known?.ingest, hasStored: state.known?.hasStored ?? false, status: state.known?.status)
        }
        if let old = before.ingest { ingest.takeOver(from: old) }
        state.withLock { state in
            state.work.hasStored = state.work.hasStored || before.hasStored
            state.work.status = before.status ?? TargetStatus()
        }
    }

    /// Reports at once what prevents requests from being sent, rather than when the first scrape is due.
    private func reportObstacle() async {
        guard context.fetcher.needsFiles, let obstacle = await source.obstacle else { return }
        await store(.failure(obstacle), at: context.environment.clock.now, began: .now)
    }

    /// Stops the loop if it has nothing in progress; returns whether it did.
    func stopIfIdle() -> Bool {
        let isIdle = state.withLock { state in
            let isIdle = state.known?.running == nil && state.known?.whenRetired == nil
            if isIdle { (state.isEnded, state.due) = (true, nil) }
            return isIdle
        }
        if isIdle { thread.alarms.noteOver() }
        return isIdle
    }

    /// Stops the loop, and leaves the series as they are.
    func stop() async {
        if stopIfIdle() { return }
        let (running, whenRetired) = state.withLock { state in
            defer { state.known?.whenRetired = nil }
            (state.isEnded, state.due) = (true, nil)
            return (state.known?.running, state.known?.whenRetired)
        }
        thread.alarms.noteOver()
        running?.cancel()
        await running?.value
        whenRetired?()
    }

    /// Stops scraping. At the time of the next scrape, the target's series, if it has any, are marked stale,
    /// unless a successor has taken over by then.
    func retire(whenDone: @escaping @Sendable () -> Void) async {
        await stop()
        let now = context.environment.clock.now
        let alarm = state.withLock { state -> (time: Timestamp, number: UInt32)? in
            // Of many targets that come and go again, most were not scraped.
            guard let work = state.known, work.hasStored else { return nil }
            let due = schedule.next(after: work.last?.due, now: now)
            work.whenRetired = whenDone
            return (due, state.setAlarm(at: due))
        }
        guard let alarm else { return whenDone() }
        setAlarm(alarm.number, at: alarm.time)
    }

    // MARK: Scraping

    /// The client of the target, made at its first use.
    private var source: any BodySource {
        if let source = state.withLock({ $0.known?.source }) { return source }
        let target = keptTarget
        return state.withLock { state in
            let source = state.work.source ?? context.source(for: target, on: thread.executor.loop)
            state.work.source = source
            return source
        }
    }

    /// The ingest that stores the bodies, made at its first use.
    private var ingest: any BodyIngest {
        if let ingest = state.withLock({ $0.known?.ingest }) { return ingest }
        let target = keptTarget
        return state.withLock { state in
            let ingest = state.work.ingest ?? context.ingest(for: target)
            state.work.ingest = ingest
            return ingest
        }
    }

    /// The target, which is kept from now on.
    private var keptTarget: Target {
        if let target = state.withLock({ $0.known?.target }) { return target }
        let target = target
        return state.withLock { state in
            let kept = state.work.target ?? target
            state.work.target = kept
            return kept
        }
    }

    /// Releases the finished task, and sets the alarm of the next scrape.
    private func finish() {
        state.withLock { $0.known?.running = nil }
        setAlarm()
    }

    private func scrape(_ due: Timestamp) async {
        let began = ContinuousClock.now, clock = context.environment.clock
        let (last, refusal, sizeHint) = state.withLock { state in
            (state.known?.last, state.known?.refusal, state.known?.sizeHint ?? 0)
        }
        if let last {
            context.environment.counters.observe(began - last.began, interval: context.intervalName(of: keptTarget))
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
        state.withLock { $0.work.last = (due, began) }
    }

    private func store(
        _ body: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, began: ContinuousClock.Instant
    ) async {
        // A scrape that was interrupted by the loop's end says nothing about the target.
        if Task.isCancelled { return }
        let isFirst = state.withLock { state in
            state.work.hasStored = true
            return state.work.sizeHint == 0
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
            state.work.status = status
            // A body that was refused does not show how long the next one may be.
            if outcome.error == nil, outcome.bytes > 0 { state.work.sizeHint = outcome.bytes }
        }
        if let error = outcome.error { log(error) }
    }

    private func log(_ error: String) {
        let environment = context.environment, job = context.job.value.name, target = keptTarget
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
        return size > ScrapeThreads.shortBody || ExpositionFormat.isProtobuf(body.contentType)
    }
}
