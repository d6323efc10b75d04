import KTSDBModel
import KTSDBScrape
import NIOHTTP1
import Synchronization
import Testing

@testable import KTSDBAlerting

@Suite(.timeLimit(.minutes(20))) struct `Alerts for which there is no room` {
    /// Offers alerts until all are taken, as a rule does.
    private func offerAll(_ alerts: [OutgoingAlert], to receiver: some AlertReceiver) async throws {
        var rest = alerts[...]
        try await eventually {
            rest = rest.dropFirst(receiver.offer(Array(rest.prefix(1024))))
            return rest.isEmpty
        }
    }

    @Test func `are left to their rules while the Alertmanager is healthy`() async throws {
        let stub = try await StubAlertmanager(.holds),
            rig = SendingRig {
                $0.queueCapacity = 10
                $0.batchSize = 2
                $0.patience = .seconds(3600)
            }
        try await rig.apply(stub)
        #expect(rig.sender.room == 10)
        #expect(rig.sender.offer(SendingRig.alerts(2, "first")) == 2)
        try await eventually { stub.requests.count == 1 }
        #expect(rig.sender.offer(SendingRig.alerts(20)) == 10)
        #expect(rig.sender.room == 0 && rig.sender.offer(SendingRig.alerts(1)) == 0)
        #expect(rig.figures(stub).waiting == 10 && rig.figures(stub).dropped == 0)
        stub.release()
        try await eventually { rig.sender.room == 10 }
        await rig.sender.stop()
        #expect(try stub.names == ["first0", "first1"] + (0..<10).map { "A\($0)" })
        #expect(rig.log.lines.isEmpty)
    }

    @Test func `push out the oldest of an Alertmanager that fails, and others do not wait for it`() async throws {
        let good = try await StubAlertmanager(), hanging = try await StubAlertmanager(.holds)
        let rig = SendingRig {
            $0.queueCapacity = 100
            $0.batchSize = 10
            // Longer than a request to the good one takes when other tests hold all threads.
            $0.patience = .seconds(45)
            $0.drainLimit = .milliseconds(100)
        }
        try await rig.apply(good, hanging)
        try await offerAll(SendingRig.alerts(1000), to: rig.sender)
        try await eventually { rig.figures(good).sent == 1000 }
        #expect(rig.figures(good).dropped == 0)
        #expect(rig.figures(hanging).waiting == 100 && rig.figures(hanging).dropped == 890)
        #expect(rig.log.lines(with: "warning the queue of alerts is full; the oldest are lost").count == 1)
        #expect(rig.log.lines.count == 1)
        await rig.sender.stop()
        #expect(rig.log.lines(with: "they could not be sent in time").count == 1)
    }

    @Test func `do not wait for one that nobody can reach`() async throws {
        let good = try await StubAlertmanager(), gone = try await StubAlertmanager()
        let rig = SendingRig { $0.patience = .seconds(3600) }
        await gone.close()
        try await rig.apply(good, gone)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(gone).failed == 1 }
        try await offerAll(SendingRig.alerts(30_000), to: rig.sender)
        try await eventually { rig.figures(good).sent == 30_001 }
        #expect(rig.figures(good).dropped == 0)
        #expect(rig.log.lines(with: "alerts cannot be sent").count == 1)
        await rig.sender.stop()
    }

    @Test func `100,000 at once all arrive, and none is lost`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig { $0.patience = .seconds(3600) }
        try await rig.apply(stub)
        let alerts = (0..<100_000).map { SendingRig.alert("Down", ["instance": "i\($0)"]) }
        try await offerAll(alerts, to: rig.sender)
        try await eventually { rig.figures(stub).sent == 100_000 }
        #expect(rig.figures(stub).dropped == 0 && rig.figures(stub).failed == 0)
        #expect(stub.requests.count >= 391 && stub.requests.allSatisfy { $0.body.count < 200_000 })
        let instances = try stub.requests.flatMap { try $0.alerts }.compactMap { $0.labels["instance"] }
        #expect(instances.count == 100_000 && Set(instances).count == 100_000)
        await rig.sender.stop()
    }

    @Test func `find it again when the Alertmanager is well again`() async throws {
        let stub = try await StubAlertmanager(.answers(.serviceUnavailable)), rig = SendingRig { $0.queueCapacity = 5 }
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).failed == 1 }
        #expect(rig.sender.room == .max)
        stub.behave(.answers(.ok))
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.sender.room == 5 }
        await rig.sender.stop()
    }
}
