import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import NIOHTTP1
import Synchronization
import Testing

@testable import KTSDBAlerting

@Suite(.timeLimit(.minutes(20))) struct `Beginning, reloading and ending to send` {
    @Test func `No alerts are taken before the first configuration and after the end`() async throws {
        let rig = SendingRig()
        #expect(rig.sender.room == 0 && rig.sender.offer(SendingRig.alerts(1)) == 0)
        try await rig.apply("alertmanagers: []")
        #expect(rig.sender.room == .max && rig.sender.offer(SendingRig.alerts(3)) == 3)
        await rig.sender.stop()
        #expect(rig.sender.room == 0 && rig.sender.offer(SendingRig.alerts(1)) == 0)
        try await rig.apply("alertmanagers: []")
        #expect(rig.sender.room == 0)
    }

    @Test func `Alerts that wait are sent before the end`() async throws {
        let stub = try await StubAlertmanager(.holds), rig = SendingRig { $0.batchSize = 3 }
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(10))
        try await eventually { stub.requests.count == 1 }
        let stopping = Task { await rig.sender.stop() }
        try await eventually { rig.sender.room == 0 }
        stub.release()
        await stopping.value
        #expect(try stub.names == (0..<10).map { "A\($0)" } && rig.log.lines.isEmpty)
    }

    @Test func `Alerts that wait are lost at the end where the flag says so`() async throws {
        let stub = try await StubAlertmanager(.holds)
        let rig = SendingRig {
            $0.batchSize = 3
            $0.drainsOnShutdown = false
        }
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(10))
        try await eventually { stub.requests.count == 1 }
        let stopping = Task { await rig.sender.stop() }
        try await eventually { rig.figures(stub).dropped == 7 }
        stub.release()
        await stopping.value
        #expect(stub.requests.count == 1)
        #expect(rig.log.lines(with: "alerts that waited are lost: the queue is not drained").count == 1)
    }

    @Test func `The end does not wait longer than allowed for one that hangs`() async throws {
        let stub = try await StubAlertmanager(.holds),
            rig = SendingRig {
                $0.batchSize = 3
                $0.drainLimit = .milliseconds(100)
            }
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(10))
        await rig.sender.stop()
        #expect(rig.log.lines(with: "alerts that waited are lost: they could not be sent in time").count == 1)
        #expect(rig.log.lines.allSatisfy { !$0.hasPrefix("error") })
        #expect(stub.requests.count <= 1)
    }

    @Test func `Running ends when the sender is stopped, and stops it when it is cancelled`() async throws {
        let first = SendingRig(), running = Task { await first.sender.run() }
        try await first.apply("alertmanagers: []")
        await first.sender.stop()
        await running.value
        await first.sender.run()
        let second = SendingRig(), cancelled = Task { await second.sender.run() }
        try await second.apply("alertmanagers: []")
        cancelled.cancel()
        await cancelled.value
        #expect(second.sender.room == 0)
    }

    @Test func `An Alertmanager whose settings change keeps its queue`() async throws {
        let stub = try await StubAlertmanager(.holds), rig = SendingRig { $0.batchSize = 2 }
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(6))
        try await eventually { stub.requests.count == 1 }
        try await rig.apply(stub, settings: "bearer_token: new,")
        #expect(rig.figures(stub).waiting == 4 && rig.sender.active == [stub.url])
        stub.release()
        try await eventually { rig.figures(stub).sent == 6 }
        #expect(try stub.names == (0..<6).map { "A\($0)" })
        #expect(stub.requests.map { $0.head.headers["Authorization"].first } == [nil, "Bearer new", "Bearer new"])
        await rig.sender.stop()
        #expect(rig.log.lines.isEmpty)
    }

    @Test func `One that is gone gets what waits for it, while others are sent to`() async throws {
        let old = try await StubAlertmanager(.holds), new = try await StubAlertmanager()
        let rig = SendingRig { $0.batchSize = 2 }
        try await rig.apply(old)
        _ = rig.sender.offer(SendingRig.alerts(6))
        try await eventually { old.requests.count == 1 }
        try await rig.apply(new)
        #expect(rig.sender.active == [new.url])
        _ = rig.sender.offer(SendingRig.alerts(1, "new"))
        try await eventually { try new.names == ["new0"] }
        old.release()
        await rig.sender.stop()
        #expect(try old.names == (0..<6).map { "A\($0)" })
    }

    @Test func `Alertmanagers in a file are found when it changes`() async throws {
        let directory = TemporaryDirectory(), rig = SendingRig()
        let stub = try await StubAlertmanager(), other = try await StubAlertmanager()
        try directory.put("[{targets: ['\(stub.address)']}]", in: "peers.yml")
        let settings =
            "file_sd_configs: [{files: ['\(directory.path)/*.yml']}], relabel_configs: "
            + "[{source_labels: [env], regex: test, action: drop}]"
        try await rig.apply("alertmanagers: [{\(settings)}]")
        #expect(rig.sender.active == [stub.url] && rig.sender.dropped.isEmpty)
        try directory.put(
            "[{targets: ['\(other.address)']}, {targets: ['x:1'], labels: {env: test}}, {targets: ['a/b']}]",
            in: "peers.yml")
        await rig.sender.refreshSources()
        #expect(rig.sender.active == [other.url] && rig.sender.dropped == ["http://x:1/api/v2/alerts"])
        #expect(rig.log.lines == ["error an Alertmanager is not usable: \"a/b\" is not a valid hostname"])
        try directory.put("no list", in: "peers.yml")
        await rig.sender.refreshSources()
        #expect(rig.sender.active == [other.url])
        #expect(rig.log.lines.last?.contains("the last good ones stay") == true)
        #expect(rig.metric("alertmanagers_discovered") == 1)
        await rig.sender.stop()
    }

    @Test func `Alertmanagers that a web server lists are found at once`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig()
        let list = try await StubReceiver(
            .answers(200, headers: ["Content-Type": "application/json"], body: #"[{"targets": ["\#(stub.address)"]}]"#))
        try await rig.apply("alertmanagers: [{http_sd_configs: [{url: '\(list.url)/am', refresh_interval: 1s}]}]")
        try await eventually { rig.sender.active == [stub.url] }
        list.behave(.answers(200, headers: ["Content-Type": "application/json"], body: "[]"))
        try await eventually { rig.sender.active.isEmpty }
        await rig.sender.stop()
        await list.close()
    }

    @Test func `Sources are asked again and again`() async throws {
        let directory = TemporaryDirectory(), rig = SendingRig { $0.sourcePollInterval = .milliseconds(5) }
        try await rig.apply("alertmanagers: [{file_sd_configs: [{files: ['\(directory.path)/*.yml']}]}]")
        try directory.put("[{targets: ['a:1']}]", in: "peers.yml")
        try await eventually { rig.sender.active == ["http://a:1/api/v2/alerts"] }
        await rig.sender.stop()
    }

    @Test func `This server is not sent its own alerts`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig(), port = stub.port
        for _ in 1...2 {
            try await rig.apply(
                "alertmanagers: [{static_configs: [{targets: ['\(stub.address)', 'other:9093']}]}]"
            ) { $1 == port && $0 == "127.0.0.1" }
        }
        #expect(rig.sender.active == ["http://other:9093/api/v2/alerts"] && rig.sender.dropped == [stub.url])
        let line = "info an Alertmanager of the configuration is this server, which takes alerts directly"
        #expect(rig.log.lines == [line + " alertmanager=\(stub.url)"])
        // The same entry, but nothing here takes alerts any more.
        try await rig.apply(stub)
        #expect(rig.sender.active == [stub.url])
        await rig.sender.stop()
    }

    private final class Counter: Sendable {
        let value = Mutex(0)
    }

    @Test func `Offers, reloads and the end may happen at once`() async throws {
        let stubs = [try await StubAlertmanager(), try await StubAlertmanager(), try await StubAlertmanager()]
        let rig = SendingRig(), dispatch = AlertDispatch(), count = Counter()
        try await rig.apply(stubs[0])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    for round in 0..<200 {
                        let taken = rig.sender.offer(SendingRig.alerts(5, "\(number)-\(round)-"))
                        count.value.withLock { $0 += taken }
                    }
                }
            }
            group.addTask {
                for round in 0..<60 {
                    dispatch.set(.init(), to: round % 2 == 0 ? [rig.sender] : [])
                    try? await rig.apply(stubs[0], stubs[1 + round % 2], settings: "timeout: \(10 + round % 3)s,")
                }
                await rig.sender.stop()
            }
        }
        // The first one was there all the time: nothing that was taken is missing.
        #expect(try Set(stubs[0].names).count == count.value.withLock { $0 })
        await rig.sender.stop()
    }
}
