import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import NIOHTTP1
import Testing

@testable import KTSDBAlerting

@Suite(.timeLimit(.minutes(20))) struct `Sending alerts to Alertmanagers` {
    @Test func `posts them as Prometheus does, with the credentials of the configuration`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig()
        try await rig.apply(
            stub,
            settings:
                "path_prefix: /am/, basic_auth: {username: kerp, password: s3cret}, http_headers: {X-A: {values: [b]}},"
        )
        #expect(rig.sender.offer([SendingRig.alert("A", ["job": "api"])]) == 1)
        try await eventually { stub.requests.count == 1 }
        let request = stub.requests[0]
        #expect(request.head.method == .POST && request.head.uri == "/am/api/v2/alerts")
        #expect(request.head.headers["User-Agent"] == ["ktsdb/test"])
        #expect(request.head.headers["Content-Type"] == ["application/json"])
        #expect(request.head.headers["Content-Length"] == ["\(request.body.count)"])
        // As in the recording of a real Prometheus.
        #expect(request.head.headers["Authorization"] == ["Basic a2VycDpzM2NyZXQ="])
        #expect(request.head.headers["X-A"] == ["b"])
        #expect(try request.alerts.map(\.labels) == [["alertname": "A", "job": "api"]])
        await rig.sender.stop()
    }

    @Test func `goes in batches, on one connection, in order`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig { $0.batchSize = 100 }
        try await rig.apply(stub)
        #expect(rig.sender.offer(SendingRig.alerts(250)) == 250)
        await rig.sender.stop()
        #expect(try stub.requests.map { try $0.alerts.count } == [100, 100, 50])
        #expect(try stub.names == (0..<250).map { "A\($0)" })
    }

    @Test(arguments: [HTTPResponseStatus.ok, .accepted, .noContent]) func `succeeds with any status of success`(
        status: HTTPResponseStatus
    ) async throws {
        let stub = try await StubAlertmanager(.answers(status)), rig = SendingRig()
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(3))
        try await eventually { rig.figures(stub).sent == 3 }
        #expect(rig.figures(stub).failed == 0 && rig.figures(stub).dropped == 0)
        #expect(rig.log.lines.isEmpty)
        await rig.sender.stop()
    }

    @Test(arguments: [HTTPResponseStatus.internalServerError, .badRequest, .notFound])
    func `fails with any other; the batch is lost, and the log says so once`(status: HTTPResponseStatus) async throws {
        let stub = try await StubAlertmanager(.answers(status)), rig = SendingRig()
        try await rig.apply(stub)
        for round in 1...3 {
            _ = rig.sender.offer(SendingRig.alerts(2))
            try await eventually { rig.figures(stub).failed == 2 * round }
        }
        #expect(rig.figures(stub).dropped == 6 && rig.figures(stub).sent == 0)
        let line =
            "error alerts cannot be sent; those that still fire are sent again later "
            + "alertmanager=\(stub.url) error=bad response status \(status.code) \(status.reasonPhrase) lost=2"
        #expect(rig.log.lines == [line])
        stub.behave(.answers(.ok))
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).sent == 1 }
        try await eventually {
            rig.log.lines == [line, "info alerts can be sent again alertmanager=\(stub.url) lost=6"]
        }
        await rig.sender.stop()
    }

    @Test func `fails when there is no answer in time`() async throws {
        let stub = try await StubAlertmanager(.holds), rig = SendingRig()
        try await rig.apply(stub, settings: "timeout: 50ms,")
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).failed == 1 }
        let reason = "Post \"\(stub.url)\": context deadline exceeded: no complete answer within 50ms"
        #expect(rig.log.lines.count == 1 && rig.log.lines[0].contains(reason))
        await rig.sender.stop()
    }

    @Test func `is not held up by an answer that does not end`() async throws {
        let stub = try await StubAlertmanager(.answersLong(100 << 20)), rig = SendingRig()
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).sent == 1 }
        stub.behave(.stopsAfterHead)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).sent == 2 }
        stub.behave(.answers(.ok))
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).sent == 3 }
        await rig.sender.stop()
    }

    @Test func `is repeated when an idle connection was closed, and fails when a new one is`() async throws {
        let stub = try await StubAlertmanager(.closes), rig = SendingRig()
        try await rig.apply(stub)
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).failed == 1 }
        #expect(rig.log.lines(with: "error=Post \"\(stub.url)\": ").count == 1)
        await rig.sender.stop()
    }

    @Test func `is refused as soon as nobody listens`() async throws {
        let gone = try await StubAlertmanager(), rig = SendingRig()
        await gone.close()
        try await rig.apply(gone)
        #expect(rig.sender.offer(SendingRig.alerts(1)) == 1)
        try await eventually { rig.figures(gone).failed == 1 }
        try await eventually {
            rig.log.lines(with: "Post \"\(gone.url)\": Connection refused").count == 1
        }
        await rig.sender.stop()
    }

    @Test func `fails when the secret of a request cannot be read, without saying where it is`() async throws {
        let stub = try await StubAlertmanager(), rig = SendingRig(), directory = TemporaryDirectory()
        try await rig.apply(stub, settings: "bearer_token_file: \(directory.path)/token,")
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { rig.figures(stub).failed == 1 }
        #expect(rig.log.lines.count == 1 && rig.log.lines[0].contains("credentials_file \"token\""))
        #expect(!rig.log.lines[0].contains(directory.path))
        try directory.put("t0ken\n", in: "token")
        _ = rig.sender.offer(SendingRig.alerts(1))
        try await eventually { stub.requests.first?.head.headers["Authorization"] == ["Bearer t0ken"] }
        await rig.sender.stop()
    }

    @Test func `relabels alerts for all, and for some alone`() async throws {
        let first = try await StubAlertmanager(), second = try await StubAlertmanager(), rig = SendingRig()
        try await rig.apply(
            """
            alertmanagers: [{static_configs: [{targets: ['\(first.address)']}]},
              {static_configs: [{targets: ['\(second.address)']}], alert_relabel_configs: [
                {source_labels: [alertname], regex: B, action: drop}, {target_label: via, replacement: second}]}]
            """)
        #expect(rig.sender.offer([SendingRig.alert("A"), SendingRig.alert("B")]) == 2)
        await rig.sender.stop()
        #expect(try first.requests[0].alerts.map(\.labels) == [["alertname": "A"], ["alertname": "B"]])
        #expect(try second.requests[0].alerts.map(\.labels) == [["alertname": "A", "via": "second"]])
    }
}
