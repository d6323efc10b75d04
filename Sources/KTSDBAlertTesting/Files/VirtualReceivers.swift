import KTSDBNotify

/// Plays a notifier in virtual time against receivers whose answers the caller chooses.
struct VirtualReceivers {
    /// What a receiver does with an attempt: after which time it answers, and what.
    struct Answer {
        var after = Duration.zero
        var result = DeliveryResult.success()
        /// Whether the notification counts as received.
        var isReceived = true
    }

    private enum Event {
        case answer(UInt64, DeliveryResult)
        case action((inout Notifier, WallTime) throws -> [NotifierEffect])
    }

    private(set) var notifier: Notifier
    /// What was received, and when.
    private(set) var received: [(at: WallTime, notification: Notification)] = []
    /// The notifications that failed, with their reasons.
    private(set) var failed: [(at: WallTime, notification: Notification, reason: String)] = []
    private var events: [(at: WallTime, number: Int, event: Event)] = []
    private var cancelled: Set<UInt64> = []
    private var count = 0
    let answer: (Delivery, WallTime) -> Answer

    init(_ notifier: Notifier, answer: @escaping (Delivery, WallTime) -> Answer = { _, _ in Answer() }) {
        self.notifier = notifier
        self.answer = answer
    }

    mutating func at(_ time: WallTime, _ action: @escaping (inout Notifier, WallTime) throws -> [NotifierEffect]) {
        schedule(time, .action(action))
    }

    private mutating func schedule(_ time: WallTime, _ event: Event) {
        count += 1
        events.append((time, count, event))
    }

    /// Does everything that happens until a moment, in order.
    mutating func run(until end: WallTime) throws {
        while true {
            let timer = notifier.nextWakeUp() ?? .init(seconds: .max)
            let next = events.indices.min { (events[$0].at, events[$0].number) < (events[$1].at, events[$1].number) }
            if let next, events[next].at <= timer {
                guard events[next].at <= end else { return }
                let (at, _, event) = events.remove(at: next)
                switch event {
                case .answer(let id, let result): handle(notifier.finish(id, result, at: at), at)
                case .action(let action): handle(try action(&notifier, at), at)
                }
            } else {
                guard timer <= end else { return }
                handle(notifier.advance(to: timer), timer)
            }
        }
    }

    private mutating func handle(_ effects: [NotifierEffect], _ now: WallTime) {
        for effect in effects {
            switch effect {
            case .deliver(let delivery):
                let answer = answer(delivery, now)
                if answer.isReceived { received.append((now, delivery.notification)) }
                schedule(now + answer.after, .answer(delivery.id, answer.result))
            case .failed(let notification, _, let reason): failed.append((now, notification, reason))
            case .cancel, .notified, .muted, .tooManyGroups: break
            }
        }
    }
}
