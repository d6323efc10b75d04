package import KTSDBEngine
internal import KTSDBModel
package import KTSDBNotify
package import Logging

/// The notifier of this process: moves a `Notifier` by the clock, delivers what it wants delivered, and keeps its state
/// in the database's records.
///
/// Whatever changes the notifier goes through ``perform(_:)``, so that there is one place that stores and delivers.
/// After a crash, a new service on the same database continues: nothing is forgotten, and nothing is sent again that
/// was noted as sent.
package actor NotifierService {
    /// The configuration that is followed.
    package internal(set) var configuration: LoadedNotifierConfiguration
    var notifier: Notifier
    let options: NotifierOptions
    let sender: any NotificationSender
    let logger: Logger
    let inbox: AlertInbox
    var clock: NotifierClock
    var storage: NotifierStorage
    var history: DeliveryHistory
    var health: ReceiverHealth
    var meters = NotifierMeters()
    // Attempts: those under way, and those that have to wait.
    var queue = DeliveryQueue()
    var attempts: [UInt64: Task<Void, Never>] = [:]
    var flights: [NotificationLog.Key: Flight] = [:]
    /// Integrations that want to be left alone.
    var pauses: [IntegrationID: Pause] = [:]
    /// The last count of alerts by state, and when it was made.
    var countedStates: (at: Duration, counts: AlertStates)?
    var isWriting = false
    var writeWaiters: [CheckedContinuation<Void, Never>] = []
    private(set) var isStopped = false
    /// What ``run()`` waits for; cancelled when something is due earlier than it was.
    private var sleeper: Task<Void, Never>?
    private var isWoken = false

    /// Threads that may wait for the disk.
    let threads = BlockingThreads("ktsdb.notifier", count: 1)
    /// The longest sleep, after which the clock is looked at again, and what could not be stored is tried again.
    private static let longestSleep = Duration.seconds(10)
    /// The longest sleep while nothing is due at any time, so that the clock does not matter.
    private static let longestRest = Duration.seconds(60)
    /// How long cancelled attempts may take to end.
    private static let cancellationTime = Duration.seconds(2)

    /// Creates a service that continues from what the database's records say.
    package init(
        _ configuration: LoadedNotifierConfiguration, database: Database, options: NotifierOptions = .init(),
        sender: any NotificationSender, clock: DatabaseClock = .system, logger: Logger
    ) {
        self.configuration = configuration
        self.options = options
        self.sender = sender
        self.logger = logger
        self.clock = NotifierClock(clock)
        inbox = AlertInbox(capacity: options.alertQueueCapacity)
        let now = self.clock.observe().now
        var stored = NotifierStorage.load(database, retention: options.retention)
        storage = NotifierStorage(database, stored.resume(at: now))
        history = DeliveryHistory(stored.reports)
        health = ReceiverHealth(logger)
        var silences = stored.silences
        silences.limits = options.silenceLimits
        silences.syntax = options.syntax
        notifier = Notifier(
            plan: configuration.plan, alerts: stored.alerts, silences: silences, log: stored.log, at: now,
            startDelay: options.startDelay, seed: options.seed)
        notifier.apply(options.settings, at: now)
        meters.noteLoad(succeeded: true, at: now)
        if let problem = stored.problems.first {
            logger.error(
                "records of the notifier cannot be read; what they say is forgotten",
                metadata: ["count": "\(stored.problems.count)", "error": "\(problem)"])
        }
    }

    /// Where rules put their alerts.
    package nonisolated var receiver: any AlertReceiver { inbox }

    // MARK: Changing

    /// Runs `body` on the notifier at the current time, begins the deliveries that it returned, and returns when what
    /// it changed is stored.
    package func perform<Result: Sendable, Failure: Error>(
        _ body:
            @Sendable (_ notifier: inout Notifier, _ now: WallTime) throws(Failure) -> (
                effects: [NotifierEffect], result: Result
            )
    ) async throws(Failure) -> Result {
        let now = lookAtClock()
        let outcome = try meters.measuring(&notifier) { notifier throws(Failure) in try body(&notifier, now) }
        handle(outcome.effects, at: now)
        await store()
        wake()
        return outcome.result
    }

    /// Follows another configuration. Log, silences and alerts stay; groups begin anew.
    ///
    /// Deliveries under way continue by themselves, and what they are about is not sent again until they have ended:
    /// those to integrations that stay the same until their flush would be over, others for a moment.
    package func reload(_ new: LoadedNotifierConfiguration) async {
        let now = lookAtClock(), old = configuration, queue = queue, patience = options.patience
        configuration = new
        meters.noteLoad(succeeded: true, at: now)
        health.keep { new.integrations[$0] != nil }
        let effects = notifier.reload(new.plan, at: now) { delivery, id in
            // One that has not begun is made by the new groups.
            if queue.isWaiting(delivery) { return .zero }
            guard let new = new.integrations[id], let old = old.integrations[id] else { return patience }
            return new.values == old.values ? nil : patience
        }
        flights = flights.filter { notifier.isDraining($0.key) }
        handle(effects, at: now)
        pauses = [:]
        await sender.forgetConnections()
        await store()
        wake()
    }

    /// Notes that a configuration was refused, for the metrics.
    package func noteRefusedReload() { meters.noteLoad(succeeded: false, at: lookAtClock()) }

    /// What time it is. If the clock was set, everything that is known moves along.
    func lookAtClock() -> WallTime {
        let (now, jump) = clock.observe()
        guard let jump else { return now }
        logger.warning("the clock was set; timers of notifications move along", metadata: ["by": "\(jump)"])
        notifier.moveTimes(by: jump)
        storage.storeAllAlerts()
        return now
    }

    // MARK: Running

    /// Notifies until ``stop()`` is called or the task is cancelled.
    package func run() async {
        let listener = Task { [inbox] in
            for await _ in inbox.arrivals { self.wake() }
        }
        defer { listener.cancel() }
        while !isStopped, !Task.isCancelled {
            isWoken = false
            await advance()
            if isWoken || isStopped { continue }
            await sleep()
        }
    }

    private func sleep() async {
        let now = lookAtClock()
        let wait = notifier.nextWakeUp().map { min(max(.milliseconds(1), $0 - now), Self.longestSleep) }
        let sleeper = Task { _ = try? await Task.sleep(for: wait ?? Self.longestRest) }
        self.sleeper = sleeper
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
    }

    func wake() {
        isWoken = true
        sleeper?.cancel()
    }

    /// Does everything that is due now: takes the alerts of rules, and begins flushes. For tests, and for applications
    /// with timers of their own.
    package func advance() async {
        while inbox.count > 0 { await takeAlerts() }
        let now = lookAtClock(), maintenances = notifier.statistics.maintenances
        handle(notifier.advance(to: now), at: now)
        let wasMaintained = notifier.statistics.maintenances != maintenances
        storage.tryAgain()
        await store()
        if wasMaintained, storage.fault != nil { meters.countFailedMaintenance() }
    }

    /// When ``advance()`` is to be called next.
    package var nextWakeUp: WallTime? { notifier.nextWakeUp() }

    /// Ends. Deliveries under way have a moment to end; what is not sent until then is sent after the next start.
    package func stop() async {
        isStopped = true
        inbox.finish()
        wake()
        while inbox.count > 0 { await takeAlerts() }
        await waitForAttempts(upTo: options.patience)
        for attempt in attempts.values { attempt.cancel() }
        await waitForAttempts(upTo: Self.cancellationTime)
        await store()
        await sender.close()
    }
}
