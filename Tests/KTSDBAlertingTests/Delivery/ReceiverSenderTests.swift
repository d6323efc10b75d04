import KTSDBModel
import KTSDBTesting
import NIOHTTP1
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `A receiver` {
    @Test func `gets the notification with the headers of its settings`() async throws {
        let stub = try await StubReceiver()
        let outcome = try await DeliveryRig.send(
            """
            webhook_configs: [{url: '\(stub.url)/hook', http_config: {
              basic_auth: {username: u, password: p}, http_headers: {X-Extra: {values: [a], secrets: [b]}}}}]
            """)
        #expect(outcome == AttemptOutcome(.success(), status: 200))
        let request = try #require(stub.received.first)
        #expect(request.method == "POST" && request.uri == "/hook")
        #expect(request.headers["Authorization"] == ["Basic dTpw"])
        #expect(request.headers["X-Extra"] == ["a", "b"])
        #expect(request.headers["Content-Type"] == ["application/json"])
        #expect(request.headers["User-Agent"] == ["Alertmanager/0.34.0"])
        #expect(request.text.contains("\"summary\":\"It burns.\"") && request.text.contains("\"version\":\"4\""))
    }

    @Test(arguments: [
        ("authorization: {credentials: tok-en-123}", "Bearer tok-en-123"),
        ("authorization: {type: Custom, credentials: tok-en-123}", "Custom tok-en-123"),
        ("bearer_token: tok-en-123", "Bearer tok-en-123"),
    ])
    func `is shown credentials`(settings: String, header: String) async throws {
        let stub = try await StubReceiver(.answers(500, body: "no \(header)"))
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: '\(stub.url)', http_config: {\(settings)}}]")
        #expect(stub.received.first?.headers["Authorization"] == [header])
        #expect(!outcome.error.contains("tok-en-123"), "\(outcome.error)")
    }

    @Test func `is shown credentials of its address`() async throws {
        let stub = try await StubReceiver()
        let url = "http://us%40er:pa%3Ass@127.0.0.1:\(stub.port)/x?y=z"
        #expect(try await DeliveryRig.send("webhook_configs: [{url: '\(url)'}]").isSuccess)
        let request = try #require(stub.received.first)
        #expect(request.uri == "/x?y=z" && request.headers["Authorization"] == ["Basic dXNAZXI6cGE6c3M="])
    }

    @Test func `has its address and its secrets in files that are read each time`() async throws {
        let directory = TemporaryDirectory(), stub = try await StubReceiver()
        let loaded = try DeliveryRig.configuration(
            "webhook_configs: [{url_file: url, http_config: {authorization: {credentials_file: token}}}]",
            file: directory.path + "/am.yml")
        let missing = try await DeliveryRig.send(loaded, sender: ReceiverSender())
        #expect(missing.error == "read url_file: open url: No such file or directory" && !missing.isRetryable)
        try directory.put("\(stub.url)/a\n", in: "url")
        try directory.put("first\n", in: "token")
        #expect(try await DeliveryRig.send(loaded, sender: ReceiverSender()).isSuccess)
        try directory.put("second\n", in: "token")
        #expect(try await DeliveryRig.send(loaded, sender: ReceiverSender()).isSuccess)
        #expect(stub.received.map { $0.headers["Authorization"] } == [["Bearer first"], ["Bearer second"]])
    }

    @Test(arguments: [
        (500, true, ReceiverAnswer.Reason.serverError), (503, true, .serverError), (400, false, .clientError),
        (404, false, .clientError), (401, false, .authError), (429, false, .rateLimited),
    ])
    func `that refuses is tried again if that may help`(
        status: Int, isRetryable: Bool, reason: ReceiverAnswer.Reason
    ) async throws {
        let stub = try await StubReceiver(.answers(status, body: "sorry"))
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]")
        #expect(outcome.error == "unexpected status code \(status): sorry")
        #expect(outcome.isRetryable == isRetryable && outcome.reason == reason && outcome.status == status)
    }

    @Test func `that says when to come again is left alone until then`() async throws {
        let stub = try await StubReceiver(.answers(429, headers: ["Retry-After": "7"]))
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]")
        #expect(outcome.isRetryable && outcome.retryAfter == .seconds(7))
    }

    @Test func `that cannot be reached is named without its path`() async throws {
        let stub = try await StubReceiver()
        await stub.close()
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)/services/T0/SECRETTOKEN'}]")
        #expect(outcome.isRetryable && outcome.error.hasPrefix("Post \"<redacted>\": "), "\(outcome.error)")
        #expect(outcome.error.contains("Connection refused"))
        #expect(!outcome.error.contains("SECRET"))
    }

    @Test func `that repeats its address in the answer does not give it away`() async throws {
        let path = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
        let stub = try await StubReceiver { .answers(404, body: "no such page: \($0.uri)") }
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)\(path)'}]")
        #expect(outcome.error == "unexpected status code 404: no such page: <redacted>")
    }

    // MARK: Hostile receivers

    @Test func `that hangs is given up when the time is over`() async throws {
        let stub = try await StubReceiver(.hangs)
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: '\(stub.url)'}]", within: .milliseconds(300))
        #expect(outcome.isRetryable && outcome.reason == .contextDeadlineExceeded)
    }

    @Test func `that hangs is given up after its own timeout`() async throws {
        let stub = try await StubReceiver(.hangs)
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)', timeout: 300ms}]")
        #expect(outcome.isRetryable && outcome.reason == .contextDeadlineExceeded)
    }

    @Test(arguments: [200, 500]) func `that trickles is judged by its head`(status: Int) async throws {
        let stub = try await StubReceiver(.trickles(status))
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]")
        #expect(outcome.isSuccess == (status == 200) && outcome.status == status)
        if status == 500 { #expect(outcome.error.hasPrefix("unexpected status code 500: oo")) }
    }

    @Test(arguments: [200, 500]) func `that sends 100 MB is not listened to`(status: Int) async throws {
        let stub = try await StubReceiver(.floods(status))
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]")
        #expect(outcome.isSuccess == (status == 200) && outcome.status == status)
        #expect(outcome.error.utf8.count < 8192 && stub.floodedBytes < 50 << 20)
    }

    @Test func `that closes the connection is tried again`() async throws {
        let stub = try await StubReceiver(.closes)
        let outcome = try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]")
        #expect(outcome.isRetryable && outcome.status == nil)
    }

    @Test func `is not waited for when the attempt is cancelled`() async throws {
        let stub = try await StubReceiver(.hangs)
        let attempt = Task { try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]") }
        try await eventually { !stub.received.isEmpty }
        attempt.cancel()
        #expect(try await attempt.value.reason == .contextCanceled)
    }

    // MARK: Kinds

    @Test func `of the kind Slack has to say ok`() async throws {
        let stub = try await StubReceiver(.answers(200, body: "invalid_payload"))
        let slack = "slack_configs: [{api_url: '\(stub.url)', channel: '#a'}]"
        let outcome = try await DeliveryRig.send(slack)
        #expect(outcome.error == "channel \"#a\": received an error response from Slack: invalid_payload")
        #expect(!outcome.isRetryable)
        stub.behave(.answers(200, body: "ok"))
        #expect(try await DeliveryRig.send(slack).isSuccess)
    }

    @Test func `of the kind Slack gives the message that is changed later`() async throws {
        let stub = try await StubReceiver(
            .answers(
                200, headers: ["Content-Type": "application/json"], body: #"{"ok":true,"ts":"1.5","channel":"C1"}"#))
        var loaded = try DeliveryRig.configuration(
            """
            slack_configs: [{api_url: 'https://slack.com/api/chat.postMessage', channel: c, update_message: true,
              http_config: {authorization: {credentials: xoxb-token-1}}}]
            """)
        loaded.receivers[0].integrations[0].values["api_url"] = .text(stub.url)
        let outcome = try await DeliveryRig.send(loaded, sender: ReceiverSender())
        #expect(outcome.result == .success(data: ["threadTs": .text("1.5"), "channelId": .text("C1")]))
        #expect(stub.received.first?.headers["Authorization"] == ["Bearer xoxb-token-1"])
    }

    @Test func `of the kind Opsgenie gets all its requests, until one fails`() async throws {
        let stub = try await StubReceiver { $0.method == "PUT" ? .answers(500) : .answers(202) }
        let outcome = try await DeliveryRig.send(
            "opsgenie_configs: [{api_key: k, api_url: '\(stub.url)', update_alerts: true}]")
        #expect(!outcome.isSuccess && stub.received.map(\.method) == ["POST", "PUT"])
        #expect(stub.received.first?.headers["Authorization"] == ["GenieKey k"])
    }

    @Test func `whose template fails gets a message that says so`() async throws {
        let stub = try await StubReceiver(.answers(200, body: "ok"))
        let outcome = try await DeliveryRig.send(
            "slack_configs: [{api_url: '\(stub.url)', text: '{{ .NoSuch.Field }}'}]")
        #expect(outcome.isSuccess && outcome.warning?.contains("NoSuch") == true)
        #expect(stub.received.first?.text.contains("error expanding template") == true)
    }
}
