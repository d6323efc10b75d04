import KTSDBModel
import Testing

@testable import KTSDBNotify

@Suite struct `A clock that is set` {
    private let start = WallTime(seconds: 1_800_000_000)
    private let id = IntegrationID(receiver: "r", kind: "webhook", index: 0)

    private func notifier() throws -> Notifier {
        var root = RouteConfiguration()
        root.receiver = "r"
        root.groupBy = ["alertname"]
        root.groupWait = .seconds(30)
        root.groupInterval = .seconds(300)
        root.repeatInterval = .seconds(4 * 3600)
        var rule = InhibitionRuleConfiguration()
        rule.sourceMatchers = Matchers([Matcher("alertname", equals: "Source")])
        rule.targetMatchers = Matchers([Matcher("alertname", equals: "Target")])
        let plan = try NotificationPlan(
            routes: RouteTree(root), receivers: ["r": [Integration(id: id, sendsResolved: true)]],
            inhibitionRules: [InhibitionRule(rule)])
        return Notifier(plan: plan, at: start)
    }

    private func alert(_ name: String, _ begin: WallTime, at now: WallTime) -> ReceivedAlert {
        ReceivedAlert(
            labels: ["alertname": name], startsAt: begin, endsAt: now + .seconds(240), updatedAt: now)
    }

    /// Plays eight hours of alerts that are sent again each minute, while the clock is set once or not at all. Returns
    /// what was sent after how much time.
    private func play(jump: Duration, after: Int) throws -> [String] {
        var notifier = try notifier(), offset = Duration.zero, sent: [String] = []
        for second in stride(from: 0, to: 8 * 3600, by: 5) {
            if second == after {
                offset = jump
                notifier.moveTimes(by: jump)
            }
            let now = start + offset + .seconds(second)
            var effects: [NotifierEffect] = []
            if second.isMultiple(of: 60) {
                // Whoever sends the alerts moves its times along, too.
                let names = ["Source", "Target"] + (second >= 7000 ? ["Late"] : [])
                effects += notifier.post(names.map { alert($0, start + offset, at: now) }, at: now)
            }
            effects += notifier.advance(to: now)
            for case .deliver(let delivery) in effects {
                sent.append("\(second) \(delivery.notification.groupKey) \(delivery.notification.reason)")
                effects += notifier.finish(delivery.id, .success(), at: now)
            }
        }
        return sent
    }

    @Test(arguments: [3600, -3600, 86_400, -86_400], [2, 1000, 5005, 7010])
    func `neither doubles nor loses a notification`(seconds: Int, after: Int) throws {
        let wanted = try play(jump: .zero, after: -1)
        #expect(wanted.count == 4)
        #expect(try play(jump: .seconds(seconds), after: after - after % 5) == wanted)
    }

    @Test(arguments: [3600, -3600]) func `leaves a flush to end as it would have`(seconds: Int) throws {
        var notifier = try notifier()
        _ = notifier.post([alert("A", start, at: start)], at: start)
        var effects = notifier.advance(to: start + .seconds(30))
        guard case .deliver(let first)? = effects.first else { throw Unexpected() }
        let jump = Duration.seconds(seconds)
        notifier.moveTimes(by: jump)
        // The attempt may go on until the flush's time is over, and not longer.
        #expect(
            notifier.advance(to: start + jump + .seconds(329)).allSatisfy {
                if case .cancel = $0 { false } else { true }
            })
        effects = notifier.advance(to: start + jump + .seconds(330))
        #expect(effects.contains(.cancel(first.id)))
    }

    private struct Unexpected: Error {}
}
