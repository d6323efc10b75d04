import KTSDBModel
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify
@testable import KTSDBRules

@Suite struct `A notifier that gets another configuration` {
    private static let first = "team/webhook[0] first notification: A+"
    private static let end = "team/webhook[0] all alerts resolved: A-"

    private static func changed(_ file: String = "/new.yml", url: String = "hook.test") throws
        -> LoadedNotifierConfiguration
    {
        try LoadedNotifierConfiguration.parse(
            "# Lines move.\n" + NotifierRig.text.replacing("hook.test", with: url), file: file)
    }

    @Test func `does not wait for deliveries when it follows another configuration, and sends nothing twice`()
        async throws
    {
        let rig = try NotifierRig { $0.patience = .seconds(86_400) }, alert = rig.alert("A")
        rig.sender.answer { _ in nil }
        await rig.pass(.seconds(45), [alert])
        #expect(rig.sender.heldCount == 1)
        await rig.service.reload(try Self.changed())
        #expect(await rig.service.configuration.file == "/new.yml")
        // The new group is due at once, and waits for what is under way.
        await rig.pass(.seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first] && rig.sender.heldCount == 1)
        #expect(await rig.service.attempts.values.allSatisfy { !$0.isCancelled })
        rig.sender.release()
        await rig.untilNothingIsHeld()
        await rig.pass(.seconds(600), [alert])
        #expect(rig.sender.texts == [Self.first])
        let reports = await rig.service.deliveries()
        #expect(reports.count == 1 && reports[0].isDelivered && reports[0].duration > .seconds(30))
    }

    @Test func `sends what has changed while a delivery of the old configuration was under way`() async throws {
        let rig = try NotifierRig(NotifierRig.text.replacing("[alertname]", with: "[job]"))
        let alerts = [rig.alert("A"), rig.alert("B")]
        rig.sender.answer { _ in nil }
        await rig.pass(.seconds(45), [alerts[0]])
        await rig.service.reload(
            try LoadedNotifierConfiguration.parse(
                NotifierRig.text.replacing("[alertname]", with: "[job]"), file: "/new.yml"))
        await rig.pass(.seconds(15), alerts)
        #expect(rig.sender.sent.count == 1)
        rig.sender.answer { _ in AttemptOutcome(.success()) }
        rig.sender.release()
        await rig.untilNothingIsHeld()
        await rig.pass(.seconds(600), alerts)
        #expect(rig.sender.texts == [Self.first, "team/webhook[0] new alerts added: A+ B+"])
    }

    @Test func `sends that an alert is over which was on its way when the configuration changed`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        rig.sender.answer { _ in nil }
        await rig.pass(.seconds(45), [alert])
        await rig.service.reload(try Self.changed())
        await rig.pass(.seconds(15), [rig.resolved(alert)])
        rig.sender.answer { _ in AttemptOutcome(.success()) }
        rig.sender.release()
        await rig.untilNothingIsHeld()
        await rig.pass(.seconds(600), [rig.resolved(alert)])
        #expect(rig.sender.texts == [Self.first, Self.end])
    }

    @Test func `makes a delivery again that failed under the old configuration`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        rig.sender.answer { _ in nil }
        rig.sender.answerHeld(AttemptOutcome(.failure(reason: "status 500", isRetryable: true), reason: .serverError))
        await rig.pass(.seconds(45), [alert])
        await rig.service.reload(try Self.changed())
        await rig.pass(.seconds(15), [alert])
        #expect(rig.sender.sent.count == 1)
        rig.sender.answer { _ in AttemptOutcome(.success()) }
        rig.sender.release()
        await rig.untilNothingIsHeld()
        await rig.pass(.seconds(60), [alert])
        #expect(rig.sender.texts == [Self.first, Self.first])
    }

    @Test func `cancels deliveries to an integration that has changed, and makes them again`() async throws {
        let rig = try NotifierRig { $0.patience = .seconds(20) }, alert = rig.alert("A")
        rig.sender.answer { _ in nil }
        await rig.pass(.seconds(45), [alert])
        await rig.service.reload(try Self.changed(url: "other.test"))
        #expect(await rig.service.attempts.values.allSatisfy { !$0.isCancelled })
        rig.sender.answer { _ in AttemptOutcome(.success()) }
        await rig.pass(.seconds(30), [alert])
        #expect(rig.sender.texts == [Self.first, Self.first])
        await rig.pass(.seconds(600), [alert])
        #expect(rig.sender.sent.count == 2 && rig.sender.heldCount == 0)
    }

    @Test func `cancels at once what has not begun when the configuration changes`() async throws {
        let rig = try NotifierRig { $0.patience = .zero }
        let alerts = (0..<40).map { rig.alert("A\($0)") }
        rig.sender.answer { _ in nil }
        await rig.pass(.seconds(45), alerts)
        #expect(rig.sender.sent.count == DeliveryQueue.concurrencyLimit)
        rig.sender.answer { _ in AttemptOutcome(.success()) }
        await rig.service.reload(try Self.changed(url: "other.test"))
        await rig.untilNothingIsHeld()
        await rig.pass(.seconds(60), alerts)
        #expect(rig.sender.sent.count == DeliveryQueue.concurrencyLimit + 40)
    }
}
