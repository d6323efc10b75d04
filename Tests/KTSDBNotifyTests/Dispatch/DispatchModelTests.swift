import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import Testing

/// Compares flushes of one group with a plain simulation, second by second.
@Suite struct DispatchModelTests {
    private let start = NotifierTable.now
    private let wait = 3, interval = 5, repetition = 20

    /// What was sent: when, and which alerts fired and were over.
    private struct Sent: Hashable, CustomStringConvertible {
        var at: Int
        var firing: Set<Int>
        var resolved: Set<Int>
        var description: String { "\(at): \(firing.sorted()) \(resolved.sorted())" }
    }

    /// An alert that is received, with its end; or a silence of one alert.
    private enum Action {
        case post(Int, end: Int)
        case silence(Int, until: Int)
    }

    private struct Model {
        var alerts: [Int: Int] = [:]
        var silences: [(alert: Int, from: Int, until: Int)] = []
        var nextFlush: Int?
        var entry: (firing: Set<Int>, resolved: Set<Int>, at: Int)?
        var sent: [Sent] = []

        mutating func flush(_ now: Int, interval: Int, repetition: Int, sendsResolved: Bool) {
            nextFlush = now + interval
            let silenced = Set(silences.filter { $0.from <= now && now <= $0.until }.map(\.alert))
            let over = Set(alerts.filter { $0.value <= now }.keys)
            let firing = Set(alerts.keys).subtracting(over).subtracting(silenced), resolved = over.subtracting(silenced)
            let shown = firing.union(resolved)
            if !shown.isEmpty, isNeeded(firing, resolved, now, repetition, sendsResolved) {
                entry = (firing, resolved, now)
                let told = sendsResolved ? resolved : []
                if !firing.union(told).isEmpty { sent.append(Sent(at: now, firing: firing, resolved: told)) }
            }
            for alert in over { alerts[alert] = nil }
            if alerts.isEmpty { nextFlush = nil }
        }

        private func isNeeded(
            _ firing: Set<Int>, _ resolved: Set<Int>, _ now: Int, _ repetition: Int, _ sendsResolved: Bool
        ) -> Bool {
            guard let entry else { return !firing.isEmpty }
            if !firing.isSubset(of: entry.firing) { return true }
            if firing.isEmpty { return !entry.firing.isEmpty }
            if sendsResolved, !resolved.isSubset(of: entry.resolved) { return true }
            return entry.at < now - repetition
        }
    }

    private func plan(sendsResolved: Bool) throws -> NotificationPlan {
        var root = RouteConfiguration()
        root.receiver = "r"
        root.groupWait = .seconds(wait)
        root.groupInterval = .seconds(interval)
        root.repeatInterval = .seconds(repetition)
        let id = IntegrationID(receiver: "r", kind: "webhook", index: 0)
        return NotificationPlan(
            routes: try RouteTree(root), receivers: ["r": [Integration(id: id, sendsResolved: sendsResolved)]])
    }

    private func actions(_ generator: inout SeededGenerator) -> [(at: Int, action: Action)] {
        var at = 0
        return (0..<60).map { _ in
            at += 1 + generator.below(4)
            let alert = generator.below(4)
            if generator.oneIn(8) { return (at, .silence(alert, until: at + 1 + generator.below(15))) }
            return (at, .post(alert, end: at + generator.pick([0, 0, 2, 7, 30])))
        }
    }

    private func number(_ alert: ReceivedAlert) -> Int { Int(alert.labels["n"] ?? "") ?? -1 }

    private func apply(_ action: Action, _ notifier: inout Notifier, _ now: WallTime) throws {
        switch action {
        case .post(let alert, let end):
            // Every version begins after the one before ends, so that none is merged with it.
            let end = start + .seconds(end)
            _ = notifier.post(
                [ReceivedAlert(labels: ["n": "\(alert)"], startsAt: end, endsAt: end, updatedAt: now)], at: now)
        case .silence(let alert, let until):
            let silence = Silence(
                matcherSets: [Matchers([Matcher("n", equals: "\(alert)")])], endsAt: start + .seconds(until))
            _ = try notifier.setSilence(silence, at: now)
        }
    }

    @Test(arguments: 0..<80 as Range<UInt64>)
    func `a group is flushed and notified as in a plain simulation`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sendsResolved = generator.oneIn(2)
        var notifier = Notifier(plan: try plan(sendsResolved: sendsResolved), at: start)
        var model = Model(), rest = actions(&generator)[...], sent: [Sent] = []
        for second in 0..<260 {
            let now = start + .seconds(second)
            // Flushes of a second come before what is received in it.
            for case .deliver(let delivery) in notifier.advance(to: now) {
                let alerts = delivery.notification.alerts
                sent.append(
                    Sent(
                        at: second, firing: Set(alerts.filter { $0.endsAt == nil }.map(number)),
                        resolved: Set(alerts.filter { $0.endsAt != nil }.map(number))))
                _ = notifier.finish(delivery.id, .success(), at: now)
            }
            if model.nextFlush == second {
                model.flush(second, interval: interval, repetition: repetition, sendsResolved: sendsResolved)
            }
            while let next = rest.first, next.at == second {
                rest.removeFirst()
                try apply(next.action, &notifier, now)
                switch next.action {
                case .post(let alert, let end):
                    if model.nextFlush == nil { model.nextFlush = second + wait }
                    model.alerts[alert] = end
                case .silence(let alert, let until): model.silences.append((alert, second, until))
                }
            }
        }
        #expect(sent == model.sent)
    }

    @Test func `a failed flush is tried again at the next, and keeps what is resolved`() throws {
        var notifier = Notifier(plan: try plan(sendsResolved: true), at: start)
        try apply(.post(1, end: 100), &notifier, start)
        func flush(_ second: Int, _ result: DeliveryResult) -> [ReceivedAlert]? {
            var alerts: [ReceivedAlert]?
            for case .deliver(let delivery) in notifier.advance(to: start + .seconds(second)) {
                alerts = delivery.notification.alerts
                _ = notifier.finish(delivery.id, result, at: start + .seconds(second))
            }
            return alerts
        }
        #expect(flush(3, .success())?.count == 1)
        try apply(.post(1, end: 5), &notifier, start + .seconds(5))
        let failure = DeliveryResult.failure(reason: "no", isRetryable: false)
        #expect(flush(8, failure)?.first?.endsAt != nil)
        #expect(flush(13, failure)?.first?.endsAt != nil)
        #expect(flush(18, .success())?.first?.endsAt != nil)
        #expect(flush(23, .success()) == nil && notifier.dispatcher.groups.isEmpty)
    }

    @Test func `a retried attempt is given up at the end of the flush's time`() throws {
        var notifier = Notifier(plan: try plan(sendsResolved: true), at: start, seed: 3)
        try apply(.post(1, end: 1000), &notifier, start)
        var attempts = 0, failures: [NotifierEffect] = []
        while let due = notifier.nextWakeUp(), due <= start + .seconds(13) {
            for effect in notifier.advance(to: due) {
                if case .failed = effect { failures.append(effect) }
                guard case .deliver(let delivery) = effect else { continue }
                attempts += 1
                _ = notifier.finish(delivery.id, .failure(reason: "busy", isRetryable: true), at: due)
            }
        }
        // Ten seconds, although the next flush is due after five.
        guard case .failed(_, let count, let reason)? = failures.first else {
            Issue.record("not failed")
            return
        }
        #expect(failures.count == 1 && reason == "busy" && (5...15).contains(count) && attempts == count + 1)
    }

    @Test func `wake-ups that are late do not move the flushes after them`() throws {
        var notifier = Notifier(plan: try plan(sendsResolved: true), at: start)
        try apply(.post(1, end: 100_000), &notifier, start)
        var dues: [Duration] = [], sent: [Duration] = []
        while let due = notifier.nextWakeUp(), due <= start + .seconds(60) {
            dues.append(due - start)
            for case .deliver(let delivery) in notifier.advance(to: due + .milliseconds(7)) {
                sent.append(due - start)
                _ = notifier.finish(delivery.id, .success(), at: due + .milliseconds(9))
            }
        }
        #expect(dues == (0..<12).map { .seconds(3 + 5 * $0) })
        // At the fourth flush after one, not quite twenty seconds have passed: the log is younger than the flush.
        #expect(sent == [3, 28, 53].map { .seconds($0) })
    }

    @Test func `a clock that is set back does not stop a group`() throws {
        var notifier = Notifier(plan: try plan(sendsResolved: true), at: start)
        try apply(.post(1, end: 100_000), &notifier, start)
        _ = notifier.advance(to: start + .seconds(3))
        let back = start - .seconds(3600)
        _ = notifier.advance(to: back)
        let due = notifier.nextWakeUp()
        #expect(due.map { $0 <= back + .seconds(5) } == true)
    }
}
