import KTSDBEngine
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify
@testable import KTSDBRules

@Suite struct `The notifier after it was killed` {
    private static let first = "team/webhook[0] first notification: A+"
    private static let end = "team/webhook[0] all alerts resolved: A-"

    private func silence(_ name: String, until end: WallTime) -> Silence {
        Silence(matcherSets: [Matchers([Matcher("alertname", equals: name)])], endsAt: end, comment: "c")
    }

    private func setSilence(_ name: String, _ rig: NotifierRig) async throws -> String {
        let end = WallTime(milliseconds: rig.clock.now.milliseconds) + .seconds(86_400),
            silence = silence(name, until: end)
        return try await rig.service.perform { notifier, now throws(SilenceError) in
            ([], try notifier.setSilence(silence, at: now))
        }
    }

    @Test func `sends nothing twice and forgets nothing`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        let id = try await setSilence("B", rig)
        await rig.pass(.seconds(60), [alert, rig.alert("B")])
        #expect(rig.sender.texts == [Self.first])
        let next = try rig.killed()
        #expect(await next.service.notifier.silences[id: id] != nil)
        await next.pass(.seconds(600), [alert, next.alert("B")])
        #expect(rig.sender.texts == [Self.first])
        #expect(await next.service.deliveries().count == 1)
        await next.pass(.seconds(600), [next.resolved(alert)])
        #expect(rig.sender.texts == [Self.first, Self.end])
        #expect(await next.service.deliveries().map(\.reason) == [.allResolved, .firstNotification])
    }

    @Test func `holds alerts until their rules had time to send them again`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        await rig.pass(.seconds(60), [alert])
        rig.clock.advance(by: .seconds(1800))
        let next = try rig.killed()
        await next.pass(.seconds(240))
        #expect(rig.sender.texts == [Self.first])
        await next.pass(.seconds(600), [alert])
        #expect(rig.sender.texts == [Self.first])
    }

    @Test func `says that an alert is over that nobody sends again`() async throws {
        let rig = try NotifierRig()
        await rig.pass(.seconds(60), [rig.alert("A")])
        rig.clock.advance(by: .seconds(1800))
        let next = try rig.killed()
        await next.pass(.seconds(900))
        #expect(rig.sender.texts == [Self.first, Self.end])
        let last = try next.killed()
        await last.pass(.seconds(3600), by: .seconds(60))
        #expect(rig.sender.sent.count == 2)
    }

    @Test func `sends what was resolved before, if nobody knows`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        await rig.pass(.seconds(60), [alert])
        await rig.pass(.seconds(15), [rig.resolved(alert)])
        let next = try rig.killed()
        await next.pass(.seconds(60))
        #expect(rig.sender.texts == [Self.first, Self.end])
    }

    @Test func `does not notify about an alert again whose end nobody saw`() async throws {
        let rig = try NotifierRig()
        await rig.pass(.seconds(60), [rig.alert("A")])
        await rig.pass(.seconds(700))
        #expect(rig.sender.texts == [Self.first, Self.end])
        let next = try rig.killed()
        await next.pass(.seconds(3600), by: .seconds(60))
        #expect(rig.sender.sent.count == 2)
    }

    @Test func `continues although a record is damaged`() async throws {
        let rig = try NotifierRig()
        await rig.pass(.seconds(60), [rig.alert("A")])
        try rig.database.append { $0.change("x", to: [9, 9], in: "ktsdb.notify.silences") }
        let next = try rig.killed()
        #expect(next.log.lines(with: "cannot be read").count == 1)
        await next.pass(.seconds(60))
        #expect(rig.sender.sent.count == 1)
    }

    // MARK: Disks

    @Test func `goes on in memory while the disk fails, and stores everything afterwards`() async throws {
        let rig = try NotifierRig(), alert = rig.alert("A")
        await rig.pass(.seconds(15), [alert])
        rig.disk.setReadOnly(30)
        await rig.pass(.seconds(300), [alert])
        #expect(rig.sender.texts == [Self.first])
        #expect(rig.log.lines(with: "cannot be stored").count == 1)
        let id = try await setSilence("B", rig)
        rig.disk.setReadOnly(nil)
        rig.database.maintain()
        await rig.pass(.seconds(60), [alert])
        #expect(rig.log.lines(with: "is stored again").count == 1)
        let next = try rig.killed()
        #expect(await next.service.notifier.silences[id: id] != nil)
        await next.pass(.seconds(600), [alert])
        #expect(rig.sender.sent.count == 1)
    }

    /// Sets a silence, notifies about two alerts, and about the end of one.
    private func session(_ rig: NotifierRig, _ alerts: [OutgoingAlert]) async throws -> String? {
        guard let id = try? await setSilence("S", rig) else { return nil }
        let isStored = await rig.service.storage.fault == nil && !rig.disk.hasCrashed
        await rig.pass(.seconds(60), alerts)
        if rig.disk.hasCrashed { return isStored ? id : nil }
        await rig.pass(.seconds(330), by: .seconds(60), [rig.resolved(alerts[0]), alerts[1]])
        return isStored ? id : nil
    }

    @Test func `at any call of its disk has lost nothing that was acknowledged, and doubles one notification at most`()
        async throws
    {
        let names = ["A", "S"], sample = try NotifierRig()
        _ = try await session(sample, names.map { sample.alert($0) })
        let wanted = sample.sender.texts
        #expect(wanted == [Self.first, Self.end])
        var call = 0, hasCrashed = true, doubled = 0
        while hasCrashed {
            let disk = SimulatedFileSystem(), sender = FakeSender()
            disk.inject(.crash, atCall: call)
            var silence: String?, alerts: [OutgoingAlert] = []
            let clock = ManualClock(NotifierRig.start)
            if let rig = try? NotifierRig(disk: disk, clock: clock, sender: sender) {
                alerts = names.map { rig.alert($0) }
                silence = try await session(rig, alerts)
            }
            hasCrashed = disk.hasCrashed
            let image = hasCrashed ? disk.crashImage(seed: UInt64(call)) : disk.processEndImage()
            let next = try NotifierRig(disk: image, clock: clock, sender: sender)
            if let silence {
                #expect(await next.service.notifier.silences[id: silence] != nil, "call \(call)")
            }
            if alerts.isEmpty { alerts = names.map { next.alert($0) } }
            _ = try await setSilence("S", next)
            await next.pass(.seconds(600), by: .seconds(120), alerts)
            await next.pass(.seconds(660), by: .seconds(120), [next.resolved(alerts[0]), alerts[1]])
            let counts = Dictionary(grouping: sender.texts) { $0 }.mapValues(\.count)
            #expect((counts[Self.first] ?? 0) >= 1 && (counts[Self.end] ?? 0) >= 1, "call \(call): \(counts)")
            #expect(!sender.texts.contains { $0.contains("S+") }, "call \(call): \(counts)")
            doubled = max(doubled, sender.texts.count - wanted.count)
            call += 1
        }
        #expect(call > 10 && doubled <= 2)
    }
}
