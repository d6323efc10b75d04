internal import KTSDBModel
internal import KTSDBNotify

/// What the service counts, for the metrics.
struct NotifierMeters {
    /// The figures of one kind of integration.
    struct Kind {
        var notifications = 0
        var failures: [ReceiverAnswer.Reason: Int] = [:]
        var requests = 0
        var failedRequests = 0
        /// How many attempts took at most as long as each of the bounds; the last one counts those that took longer.
        var latencies = [Int](repeating: 0, count: NotifierMeters.latencyBounds.count + 1)
        var latencySum = Duration.zero
    }

    /// In seconds, as in Alertmanager.
    static let latencyBounds: [Double] = [1, 5, 10, 15, 20]
    /// A refused alert, or a lack of groups, is logged again when this many have been counted since.
    private static let loggedEvery = 10_000

    private(set) var kinds: [IntegrationKind: Kind] = [:]
    private(set) var invalidAlerts = 0
    /// How often groups were too many.
    private var groupRefusals = 0
    /// How many alerts were put into groups, and how long that took.
    private(set) var processedAlerts = 0
    private(set) var processingTime = Duration.zero
    /// Writes of the notifier's state, and those that failed.
    private(set) var writes = 0
    private(set) var failedWrites = 0
    /// Maintenances after which the notifier's state could not be stored.
    private(set) var failedMaintenances = 0
    private(set) var loadSucceeded = true
    private(set) var lastLoad = WallTime.zero

    mutating func count(attempt outcome: AttemptOutcome, of kind: String, _ duration: Duration) {
        guard let kind = IntegrationKind(rawValue: kind) else { return }
        var figures = kinds[kind] ?? Kind()
        figures.requests += 1
        if case .failure = outcome.result { figures.failedRequests += 1 }
        let seconds = duration / .seconds(1)
        figures.latencies[Self.latencyBounds.firstIndex { seconds <= $0 } ?? Self.latencyBounds.count] += 1
        figures.latencySum += duration
        kinds[kind] = figures
    }

    /// Counts a notification that ended; `failure` is why it was not delivered.
    mutating func count(notification kind: String, failure: ReceiverAnswer.Reason?) {
        guard let kind = IntegrationKind(rawValue: kind) else { return }
        kinds[kind, default: Kind()].notifications += 1
        if let failure { kinds[kind, default: Kind()].failures[failure, default: 0] += 1 }
    }

    /// Counts a refused alert; returns whether to log it.
    mutating func countInvalid() -> Bool {
        invalidAlerts += 1
        return invalidAlerts % Self.loggedEvery == 1
    }

    /// Notes that an alert found no group; returns whether to log it.
    mutating func noteTooManyGroups() -> Bool {
        groupRefusals += 1
        return groupRefusals % Self.loggedEvery == 1
    }

    mutating func count(writeSucceeded: Bool) {
        writes += 1
        if !writeSucceeded { failedWrites += 1 }
    }

    mutating func countFailedMaintenance() { failedMaintenances += 1 }

    /// The reasons that Alertmanager counts failures by.
    static let countedReasons: [ReceiverAnswer.Reason] = [
        .other, .clientError, .serverError, .contextCanceled, .contextDeadlineExceeded, .authError, .rateLimited,
    ]

    /// The figures of all kinds that receivers have, or had.
    func figures(of receivers: [Receiver]) -> [(IntegrationKind, Kind)] {
        let used = Set(receivers.flatMap(\.integrations).map(\.kind))
        return IntegrationKind.allCases.compactMap { kind in
            kinds[kind].map { (kind, $0) } ?? (used.contains(kind) ? (kind, Kind()) : nil)
        }
    }

    mutating func noteLoad(succeeded: Bool, at now: WallTime) {
        loadSucceeded = succeeded
        if succeeded { lastLoad = now }
    }

    /// Runs `body`, and counts the alerts that it puts into groups.
    mutating func measuring<Result, Failure: Error>(
        _ notifier: inout Notifier, _ body: (inout Notifier) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = notifier.statistics.received, start = ContinuousClock.now
        defer {
            let count = notifier.statistics.received - before
            if count > 0 {
                processedAlerts += count
                processingTime += ContinuousClock.now - start
            }
        }
        return try body(&notifier)
    }
}
