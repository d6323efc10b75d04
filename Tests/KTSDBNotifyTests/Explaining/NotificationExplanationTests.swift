import KTSDBAlertTesting
import KTSDBModel
import KTSDBNotify
import KTSDBTesting
import PrometheusWire
import Testing

@Suite struct `Explanations of notifications` {
    private let start = NotifierTable.now

    private func route(_ receiver: String, _ change: (inout RouteConfiguration) throws -> Void) rethrows
        -> RouteConfiguration
    {
        var route = RouteConfiguration()
        route.receiver = receiver
        try change(&route)
        return route
    }

    private func plan(
        _ root: RouteConfiguration, _ rules: [InhibitionRule] = [], intervals: [String: [TimeInterval]] = [:],
        sendsResolved: Bool = true
    ) throws -> NotificationPlan {
        var receivers: [String: [Integration]] = [:]
        for name in ["r", "a", "b"] {
            let id = IntegrationID(receiver: name, kind: "webhook", index: 0)
            receivers[name] = [Integration(id: id, sendsResolved: sendsResolved)]
        }
        return NotificationPlan(
            routes: try RouteTree(root), receivers: receivers, inhibitionRules: rules,
            timeIntervals: TimeIntervals(intervals))
    }

    private func post(_ labels: Labels, _ notifier: inout Notifier, at now: WallTime, end: WallTime? = nil) {
        let alert = ReceivedAlert(labels: labels, startsAt: now, endsAt: end, updatedAt: now)
        _ = notifier.post([alert], at: now)
    }

    /// Times of day in which nothing is sent, or in which alone something is.
    private func interval(_ minutes: Range<Int>) -> TimeInterval {
        var interval = TimeInterval()
        interval.times = [minutes]
        return interval
    }

    @Test(arguments: 0..<150 as Range<UInt64>)
    func `the next notification is the one that is sent`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let minute = Int(start.seconds % 86_400 / 60)
        let root = route("r") {
            $0.groupWait = .seconds(generator.pick([0, 7, 30]))
            $0.groupInterval = .seconds(generator.pick([11, 60, 300]))
            $0.repeatInterval = .seconds(generator.pick([60, 700, 4000]))
            $0.groupBy = generator.oneIn(2) ? ["n"] : []
        }
        var parent = root
        parent.routes = [
            route("a") {
                if generator.oneIn(3) { $0.muteTimeIntervals = ["night"] }
                if generator.oneIn(3) { $0.activeTimeIntervals = ["work"] }
            }
        ]
        let plan = try plan(
            parent,
            intervals: [
                "night": [interval(max(0, minute - 1)..<min(1440, minute + generator.below(90) + 1))],
                "work": [interval(min(1439, minute + generator.below(90))..<1440)],
            ], sendsResolved: generator.oneIn(2))
        var notifier = Notifier(plan: plan, at: start)
        let count = 1 + generator.below(3)
        var now = start
        func run(to end: WallTime) {
            while let due = notifier.nextWakeUp(), due <= end {
                for case .deliver(let delivery) in notifier.advance(to: due) {
                    _ = notifier.finish(delivery.id, .success(), at: due + .milliseconds(3))
                }
            }
            now = end
        }
        for _ in 0..<6 {
            let labels: Labels = ["n": "\(generator.below(count))"]
            post(labels, &notifier, at: now, end: generator.oneIn(4) ? now : nil)
            if generator.oneIn(4) {
                let until = now + .seconds(generator.below(900))
                let matcher = Matcher("n", equals: "\(generator.below(count))")
                _ = try notifier.setSilence(Silence(matcherSets: [Matchers([matcher])], endsAt: until), at: now)
            }
            run(to: now + .seconds(generator.below(400)))
        }
        let labels: Labels = ["n": "0"]
        post(labels, &notifier, at: now)
        let explained = try #require(notifier.explain(labels, at: now).routes.first?.integrations.first)
        let wanted = try #require(explained.next, "\(explained.because)")
        var sent: (at: WallTime, reason: NotificationReason)?
        // Others of the group do not change either.
        while sent == nil, let due = notifier.nextWakeUp(), due <= wanted + .seconds(1) {
            for case .deliver(let delivery) in notifier.advance(to: due) {
                if delivery.notification.alerts.contains(where: { $0.labels == labels }) {
                    sent = sent ?? (due, delivery.notification.reason)
                }
                _ = notifier.finish(delivery.id, .success(), at: due + .milliseconds(3))
            }
        }
        #expect(sent?.at == wanted && sent?.reason == explained.reason, "\(explained) \(String(describing: sent))")
    }

    @Test func `routes, and why others do not match`() throws {
        var root = route("r") { $0.groupBy = ["alertname"] }
        root.routes = [
            route("a") { $0.matchers = Matchers([Matcher("team", equals: "x")]) },
            route("b") { $0.matchers = Matchers([Matcher("team", equals: "y")]) },
        ]
        let notifier = Notifier(plan: try plan(root), at: start)
        let explanation = notifier.explain(["alertname": "A", "team": "y"], at: start)
        #expect(explanation.routes.map(\.receiver) == ["b"] && explanation.alert == nil)
        #expect(explanation.rejections.map(\.matcher) == ["team=\"x\""])
        #expect(explanation.rejections[0].value == "y")
        #expect(explanation.routes[0].nextFlush == start + .seconds(30))
        #expect(explanation.description.contains("was never received here"))
        #expect(explanation.description.contains("not {}/{team=\"x\"} → a: team=\"x\" does not match \"y\""))
        #expect(explanation.json["routes"] != nil)
    }

    @Test func `an inhibited alert is not sent, and its inhibitor is named`() throws {
        let rule = InhibitionRule(
            name: "critical first", source: Matchers([Matcher("severity", equals: "critical")]),
            target: Matchers([Matcher("severity", equals: "warning")]), equal: ["job"])
        var notifier = Notifier(plan: try plan(route("r") { _ in }, [rule]), at: start)
        post(["job": "j", "severity": "critical"], &notifier, at: start)
        post(["job": "j", "severity": "warning"], &notifier, at: start)
        let explanation = notifier.explain(["job": "j", "severity": "warning"], at: start)
        #expect(explanation.inhibition?.rule == "critical first")
        #expect(explanation.inhibition?.source == ["job": "j", "severity": "critical"])
        #expect(explanation.routes[0].integrations[0].next == nil)
        #expect(explanation.routes[0].integrations[0].because.hasPrefix("it is inhibited"))
        #expect(notifier.explain(["job": "k", "severity": "warning"], at: start).inhibition == nil)
    }

    @Test func `silences and muting delay until they are over`() throws {
        var root = route("r") { _ in }
        let minute = Int(start.seconds % 86_400 / 60)
        root.routes = [route("a") { $0.muteTimeIntervals = ["lunch"] }]
        let plan = try plan(root, intervals: ["lunch": [interval(minute..<(minute + 10))]])
        var notifier = Notifier(plan: plan, at: start)
        post(["n": "0"], &notifier, at: start)
        let end = start + .seconds(10 * 60 - Int(start.seconds % 60))
        var explanation = notifier.explain(["n": "0"], at: start)
        #expect(explanation.routes[0].mutedBy == ["lunch"] && explanation.routes[0].mutedUntil == end)
        // Flushes are due after 30 s and then each five minutes: the first after the tenth minute.
        #expect(explanation.routes[0].integrations[0].next == start + .seconds(630))
        #expect(explanation.routes[0].integrations[0].because.contains("muted by lunch"))
        let silence = Silence(
            matcherSets: [Matchers([Matcher("n", equals: "0")])], endsAt: start + .seconds(3600), createdBy: "ann",
            comment: "deploy")
        let id = try notifier.setSilence(silence, at: start)
        explanation = notifier.explain(["n": "0"], at: start)
        #expect(explanation.silences.map(\.id) == [id] && explanation.silences[0].createdBy == "ann")
        #expect(explanation.routes[0].integrations[0].next == start + .seconds(30 + 12 * 300))
        #expect(explanation.description.contains("silenced by \(id) until"))
    }

    @Test func `an alert that is over says why nothing more comes`() throws {
        var notifier = Notifier(plan: try plan(route("r") { _ in }, sendsResolved: false), at: start)
        post(["n": "0"], &notifier, at: start)
        var reason = notifier.explain(["n": "0"], at: start).routes[0].integrations[0]
        #expect(reason.next == start + .seconds(30) && reason.reason == .firstNotification)
        for case .deliver(let delivery) in notifier.advance(to: start + .seconds(30)) {
            let sending = notifier.explain(["n": "0"], at: start + .seconds(30)).routes[0].integrations[0]
            #expect(sending.attempts == 1)
            _ = notifier.finish(delivery.id, .success(), at: start + .seconds(30))
        }
        reason = notifier.explain(["n": "0"], at: start + .seconds(31)).routes[0].integrations[0]
        #expect(reason.wasIncluded && reason.lastNotified == start + .seconds(30))
        // Each five minutes after the first; the log's entry has to be older than four hours.
        #expect(reason.reason == .repeatIntervalElapsed && reason.next == start + .seconds(30 + 49 * 300))
        post(["n": "0"], &notifier, at: start + .seconds(40), end: start + .seconds(40))
        reason = notifier.explain(["n": "0"], at: start + .seconds(41)).routes[0].integrations[0]
        #expect(reason.next == nil && reason.because == "it is over, and send_resolved is off")
    }
}
