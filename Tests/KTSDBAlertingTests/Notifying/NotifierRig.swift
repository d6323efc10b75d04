import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Logging
import Synchronization

@testable import KTSDBAlerting
@testable import KTSDBNotify
@testable import KTSDBRules

/// Takes notifications as a test says.
final class FakeSender: NotificationSender {
    typealias Answer = @Sendable (Delivery) -> AttemptOutcome?

    private struct State {
        var answer: Answer
        var sent: [Delivery] = []
        var held: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var heldOutcome = AttemptOutcome(.success(), status: 200)
    }

    private let state: Mutex<State>

    /// `answer` returns nil for attempts that are held until ``release()`` or their cancellation.
    init(_ answer: @escaping Answer = { _ in AttemptOutcome(.success(), status: 200) }) {
        state = Mutex(State(answer: answer))
    }

    /// The attempts so far.
    var sent: [Delivery] { state.withLock { $0.sent } }
    var heldCount: Int { state.withLock { $0.held.count } }

    /// What was sent, as texts: the group and which alerts fire.
    var texts: [String] { sent.map(\.text) }

    func answer(_ answer: @escaping Answer) { state.withLock { $0.answer = answer } }

    /// How attempts end that were held and not cancelled.
    func answerHeld(_ outcome: AttemptOutcome) { state.withLock { $0.heldOutcome = outcome } }

    /// Lets the attempts that are held end.
    func release() {
        for stream in state.withLock({ $0.held.values.map { $0 } }) { stream.finish() }
    }

    func send(
        _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
        at now: WallTime, within remaining: Duration
    ) async -> AttemptOutcome {
        let answer = state.withLock { state in
            state.sent.append(delivery)
            return state.answer
        }
        if let outcome = answer(delivery) { return outcome }
        let (held, release) = AsyncStream<Void>.makeStream()
        state.withLock { $0.held[delivery.id] = release }
        for await _ in held {}
        state.withLock { $0.held[delivery.id] = nil }
        return Task.isCancelled
            ? AttemptOutcome(.failure(reason: "cancelled", isRetryable: true), reason: .contextCanceled)
            : state.withLock { $0.heldOutcome }
    }

    func forgetConnections() async {}
    func close() async {}
}

extension Delivery {
    fileprivate var text: String {
        let alerts = notification.alerts.map { ($0.labels["alertname"] ?? "") + ($0.endsAt == nil ? "+" : "-") }
        return "\(notification.integration) \(notification.reason.rawValue): " + alerts.joined(separator: " ")
    }
}

/// A notifier in virtual time, on a disk that a test may break.
struct NotifierRig {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let text = """
        route:
          receiver: team
          group_by: [alertname]
          group_wait: 30s
          group_interval: 5m
          repeat_interval: 4h
        receivers:
        - name: team
          webhook_configs: [{url: 'http://hook.test'}]
        """

    let disk: SimulatedFileSystem
    let clock: ManualClock
    let sender: FakeSender
    let log = SendingLog()
    let database: Database
    let service: NotifierService

    init(
        _ text: String = Self.text, disk: SimulatedFileSystem = SimulatedFileSystem(),
        clock: ManualClock = ManualClock(Self.start), sender: FakeSender = FakeSender(),
        _ change: (inout NotifierOptions) -> Void = { _ in }
    ) throws {
        self.disk = disk
        self.clock = clock
        self.sender = sender
        var configuration = Database.Configuration()
        configuration.durability = .durable
        configuration.runsMaintenance = false
        configuration.clock = .manual(clock)
        database = try Database(files: disk, path: "/data", configuration: configuration)
        var options = NotifierOptions(externalURL: "http://am")
        options.seed = 1
        options.patience = .zero
        change(&options)
        let log = log
        service = NotifierService(
            try LoadedNotifierConfiguration.parse(text, file: "/am.yml"), database: database, options: options,
            sender: sender, clock: .manual(clock), logger: Logger(label: "test") { _ in log.handler })
    }

    /// The same after the process was killed: on what its disk has then.
    func killed(sender: FakeSender? = nil) throws -> NotifierRig {
        try NotifierRig(disk: disk.processEndImage(), clock: clock, sender: sender ?? self.sender)
    }

    /// Does what is due, and waits until all attempts that are not held have ended.
    func settle() async {
        await service.advance()
        while await service.attempts.count > sender.heldCount { await Task.yield() }
    }

    /// Waits until no attempt is held any more, because it was released or cancelled.
    func untilNothingIsHeld() async {
        for _ in 0..<1_000_000 where sender.heldCount > 0 { await Task.yield() }
        await settle()
    }

    /// Lets time pass in steps, while rules send their alerts at each of them.
    func pass(_ duration: Duration, by step: Duration = .seconds(15), _ alerts: [OutgoingAlert] = []) async {
        var left = duration
        while left > .zero {
            clock.advance(by: min(step, left))
            left -= step
            if !alerts.isEmpty { _ = offer(alerts) }
            await settle()
        }
    }

    @discardableResult
    func offer(_ alerts: [OutgoingAlert]) -> Int {
        service.receiver.offer(
            alerts.map { alert in
                var alert = alert
                if !alert.isResolved { alert.endsAt = PreciseTime(clock.now) + .seconds(240) }
                return alert
            })
    }

    /// An alert of a rule that fires since now.
    func alert(_ name: String, _ labels: Labels = [:], resolved: Bool = false) -> OutgoingAlert {
        let now = PreciseTime(clock.now), labels = labels.setting("alertname", to: name)
        let due = DueAlert(
            group: GroupKey(file: "", name: "g"), rule: name, expression: "up == 0", labels: labels,
            annotations: ["summary": "It burns."], startsAt: now, endsAt: now + .seconds(240), isResolved: resolved,
            value: 1)
        return OutgoingAlert(due, labels: labels, externalURL: "http://p:9090")
    }

    func resolved(_ alert: OutgoingAlert) -> OutgoingAlert {
        var alert = alert
        (alert.isResolved, alert.endsAt) = (true, PreciseTime(clock.now))
        return alert
    }

    func metric(_ name: String, _ labels: [String] = [], suffix: String = "") async -> Double? {
        await service.selfMetrics().first { $0.name == "alertmanager_" + name }?.points.first { point in
            point.suffix == suffix && labels.allSatisfy { label in point.labels.contains { $0.value == label } }
        }?.value
    }
}
