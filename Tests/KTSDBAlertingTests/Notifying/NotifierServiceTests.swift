import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Synchronization
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify
@testable import KTSDBRules

@Suite struct `The notifier of a process` {
    private static let first = "team/webhook[0] first notification: A+"
    private static let again = "team/webhook[0] repeat interval elapsed: A+"
    private static let end = "team/webhook[0] all alerts resolved: A-"

    @Test func `notifies about alerts of rules once, again after the repeat interval, and when they are over`()
        async throws
    {
        let rig = try NotifierRig(), alert = rig.alert("A")
        rig.offer([alert])
        await rig.settle()
        #expect(rig.sender.sent.isEmpty)
        await rig.pass(.seconds(3 * 3600), by: .seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first])
        await rig.pass(.seconds(2 * 3600), by: .seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first, Self.again])
        await rig.pass(.seconds(600), by: .seconds(60), [rig.resolved(alert)])
        #expect(rig.sender.texts == [Self.first, Self.again, Self.end])
    }

    @Test func `takes times in milliseconds, as they are posted`() async throws {
        let rig = try NotifierRig()
        var alert = rig.alert("A")
        alert.startsAt = PreciseTime(nanoseconds: alert.startsAt.nanoseconds + 1_234_567)
        _ = rig.service.receiver.offer([alert])
        await rig.settle()
        let stored = try #require(await rig.service.notifier.alerts[alert.labels]?.alert)
        #expect(stored.startsAt == WallTime(milliseconds: NotifierRig.start.milliseconds + 1))
        #expect(stored.endsAt == WallTime(milliseconds: NotifierRig.start.milliseconds + 240_000))
        #expect(stored.generatorURL == "http://p:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1")
        #expect(!stored.isTimeout && stored.annotations == ["summary": "It burns."])
    }

    @Test func `takes no more alerts than fit, and refuses those that are too large`() async throws {
        let rig = try NotifierRig { $0.alertQueueCapacity = 3 }
        #expect(rig.offer((0..<5).map { rig.alert("A\($0)") }) == 3)
        await rig.settle()
        #expect(rig.offer([rig.alert("B")]) == 1)
        let large = rig.alert("L", [String(repeating: "y", count: 100_000): "x"])
        #expect(rig.offer([large, large]) == 2)
        await rig.settle()
        #expect(await rig.service.notifier.alerts.count == 4)
        #expect(await rig.metric("alerts_invalid_total") == 2)
        #expect(rig.log.lines(with: "refused").count == 1)
    }

    @Test func `cuts labels that are too long, so that each alert is sent, and ends`() async throws {
        let rig = try NotifierRig()
        let long = String(repeating: "y", count: 70 << 10)
        let alerts = ["1", "2"].map { rig.alert("A", ["trace": long + $0]) }
        await rig.pass(.seconds(60), by: .seconds(15), alerts)
        #expect(rig.sender.texts == ["team/webhook[0] first notification: A+ A+"])
        let sent = try #require(rig.sender.sent.first).notification.alerts.map { $0.labels["trace"] ?? "" }
        #expect(Set(sent).count == 2 && sent.allSatisfy { $0.utf8.count < 64 << 10 && $0.contains("yyy … (cut, ") })
        #expect(rig.log.lines(with: "the labels of an alert are too long").count == 2)
        await rig.pass(.seconds(600), by: .seconds(60), alerts.map(rig.resolved))
        #expect(rig.sender.texts.last?.hasSuffix(": A- A-") == true, "\(rig.sender.texts)")
    }

    @Test func `cuts annotations that are too long, so that the alert is sent`() async throws {
        let rig = try NotifierRig()
        var alert = rig.alert("L")
        alert.annotations = ["summary": "It burns.", "x": String(repeating: "y", count: 10 << 20)]
        for _ in 0..<2 {
            #expect(rig.offer([alert]) == 1)
            await rig.settle()
        }
        let stored = try #require(await rig.service.notifier.alerts[alert.labels]?.alert)
        #expect(stored.annotations["summary"] == "It burns.")
        #expect(stored.annotations["x"]?.hasSuffix("yyy … (cut)") ?? false)
        #expect(try #require(stored.annotations["x"]).utf8.count < 256 << 10)
        #expect(rig.log.lines(with: "were cut").count == 1)
    }

    @Test func `stores alerts that keep firing once`() async throws {
        let rig = try NotifierRig(NotifierRig.text.replacing("[alertname]", with: "[job]")) {
            $0.alertQueueCapacity = 2_000
        }
        let alerts = (0..<2_000).map { rig.alert("A\($0)", ["job": "j"]) }
        await rig.pass(.seconds(75), by: .seconds(75), alerts)
        let before = rig.database.statistics.logBytes
        await rig.pass(.seconds(600), by: .seconds(75), alerts)
        #expect(rig.database.statistics.logBytes - before < 100_000)
        #expect(rig.database.readView().records(in: "ktsdb.notify.alerts").count == 2_000)
    }

    // MARK: Failures

    @Test func `tries again, and logs one line for each change of a receiver`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A"), failures = Atomic(3)
        rig.sender.answer { _ in
            failures.subtract(1, ordering: .relaxed).newValue >= 0
                ? AttemptOutcome(.failure(reason: "status 500", isRetryable: true), status: 500, reason: .serverError)
                : AttemptOutcome(.success(), status: 200)
        }
        await rig.pass(.seconds(60), by: .seconds(1), [alert])
        #expect(rig.sender.sent.count == 4)
        let report = try #require(await rig.service.deliveries().first)
        #expect(report.attempts == 4 && report.isDelivered && report.status == 200 && report.error.isEmpty)
        #expect(report.duration >= .seconds(2) && report.firing == 1 && report.resolved == 0)
        #expect(rig.log.lines(with: "notification failed").count == 1)
        #expect(rig.log.lines(with: "arrive again").count == 1)
    }

    @Test func `gives a receiver up that refuses for good, and tries again at the next flush`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        rig.sender.answer { _ in
            AttemptOutcome(.failure(reason: "status 400", isRetryable: false), status: 400, reason: .clientError)
        }
        await rig.pass(.seconds(400), by: .seconds(10), [alert])
        #expect(rig.sender.texts == [Self.first, Self.first])
        let reports = await rig.service.deliveries()
        #expect(reports.map(\.isDelivered) == [false, false] && reports.first?.error == "status 400")
        #expect(rig.log.lines(with: "notification failed").count == 1)
        #expect(await rig.metric("notifications_failed_total", ["webhook", "clientError"]) == 2)
    }

    @Test func `leaves a receiver alone that asks for it, in all its groups`() async throws {
        let rig = try NotifierRig(), asks = Atomic(true)
        rig.sender.answer { _ in
            asks.load(ordering: .relaxed)
                ? AttemptOutcome(
                    .failure(reason: "busy", isRetryable: true, retryAfter: .seconds(120)), status: 429,
                    reason: .rateLimited) : AttemptOutcome(.success(), status: 200)
        }
        let first = rig.alert("A")
        await rig.pass(.seconds(31), by: .seconds(1), [first])
        #expect(rig.sender.sent.count == 1)
        asks.store(false, ordering: .relaxed)
        await rig.pass(.seconds(110), by: .seconds(1), [first, rig.alert("B")])
        #expect(rig.sender.sent.count == 1)
        await rig.pass(.seconds(15), by: .seconds(1), [first])
        #expect(rig.sender.texts.sorted().suffix(3) == [Self.first, Self.first, Self.first.replacing("A", with: "B")])
    }

    @Test func `does not let one receiver that hangs hold up another`() async throws {
        let text = NotifierRig.text.replacing(
            "- name: team", with: "- name: slow\n  webhook_configs: [{url: 'http://s.test'}]\n- name: team"
        ).replacing("route:", with: "route:\n  routes: [{receiver: slow, continue: true}, {receiver: team}]")
        let rig = try NotifierRig(text)
        rig.sender.answer { $0.notification.integration.receiver == "slow" ? nil : AttemptOutcome(.success()) }
        let alerts = (0..<50).map { rig.alert("A\($0)") }
        await rig.pass(.seconds(60), by: .seconds(30), alerts)
        #expect(rig.sender.texts.count { $0.hasPrefix("team") } == 50)
        #expect(rig.sender.heldCount == DeliveryQueue.concurrencyLimit)
        // The attempts that hang are cancelled when the flush is over, and the others get their turn.
        await rig.pass(.seconds(330), by: .seconds(30), alerts)
        #expect(await rig.metric("notifications_failed_total", ["webhook", "contextDeadlineExceeded"]) == 50)
        #expect(rig.sender.texts.count { $0.hasPrefix("team") } == 50)
        rig.sender.release()
    }

    // MARK: Reloading and stopping

    @Test func `notes a configuration that was refused`() async throws {
        let rig = try NotifierRig()
        #expect(await rig.metric("config_last_reload_successful") == 1)
        await rig.service.noteRefusedReload()
        #expect(await rig.metric("config_last_reload_successful") == 0)
        #expect(
            await rig.metric("config_last_reload_success_timestamp_seconds")
                == Double(NotifierRig.start.milliseconds) / 1000)
    }

    @Test func `runs by itself until it is stopped`() async throws {
        let text = NotifierRig.text.replacing("group_wait: 30s", with: "group_wait: 0s")
        let rig = try NotifierRig(text), run = Task { await rig.service.run() }
        rig.offer([rig.alert("A")])
        try await eventually { rig.sender.texts == [Self.first] }
        await rig.service.stop()
        await run.value
        rig.offer([rig.alert("B")])
        #expect(rig.sender.sent.count == 1)
    }

    // MARK: Clocks

    @Test(arguments: [3600, -3600]) func `neither doubles nor loses anything when the clock is set`(
        seconds: Int
    ) async throws {
        let rig = try NotifierRig()
        var alert = rig.alert("A")
        await rig.pass(.seconds(600), [alert])
        #expect(rig.sender.texts == [Self.first])
        rig.clock.now = rig.clock.now + .seconds(seconds)
        alert.startsAt = alert.startsAt + .seconds(seconds)
        await rig.pass(.seconds(3 * 3600), by: .seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first])
        await rig.pass(.seconds(2 * 3600), by: .seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first, Self.again])
        await rig.pass(.seconds(600), [rig.resolved(alert)])
        #expect(rig.sender.texts == [Self.first, Self.again, Self.end])
        #expect(rig.log.lines(with: "the clock was set").count == 1)
        // What is stored has the new times, too.
        let next = try rig.killed()
        await next.pass(.seconds(600))
        #expect(rig.sender.sent.count == 3)
    }
}
