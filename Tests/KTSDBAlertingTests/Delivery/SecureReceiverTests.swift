import KTSDBTesting
import NIOHTTP1
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `A receiver that is reached in other ways` {
    private func tls(_ directory: TemporaryDirectory, _ more: String = "") throws -> String {
        try directory.put(TestCertificate.certificate, in: "ca.pem")
        return "http_config: {tls_config: {ca_file: ca.pem\(more)}}"
    }

    @Test func `has a certificate of an authority that is trusted`() async throws {
        let directory = TemporaryDirectory()
        let stub = try await StubReceiver(tls: try TestCertificate.serverContext())
        let file = directory.path + "/am.yml"
        let untrusted = try await DeliveryRig.send("webhook_configs: [{url: 'https://localhost:\(stub.port)'}]")
        #expect(!untrusted.isSuccess && untrusted.isRetryable && stub.received.isEmpty)
        let trusted = try await DeliveryRig.send(
            "webhook_configs: [{url: 'https://localhost:\(stub.port)', \(try tls(directory))}]", file: file)
        #expect(trusted.isSuccess && stub.received.count == 1, "\(trusted.error)")
        let careless = try await DeliveryRig.send(
            "webhook_configs: [{url: 'https://localhost:\(stub.port)', http_config: {tls_config: {insecure_skip_verify: true}}}]"
        )
        #expect(careless.isSuccess)
    }

    @Test func `may have a certificate for another name`() async throws {
        let directory = TemporaryDirectory()
        let stub = try await StubReceiver(tls: try TestCertificate.serverContext())
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: 'https://127.0.0.1:\(stub.port)', \(try tls(directory, ", server_name: mail.test"))}]",
            file: directory.path + "/am.yml")
        #expect(outcome.isSuccess, "\(outcome.error)")
        #expect(stub.received.first?.headers["Host"] == ["127.0.0.1:\(stub.port)"])
    }

    @Test func `may be somewhere else, if redirects are followed`() async throws {
        let target = try await StubReceiver()
        let stub = try await StubReceiver(.answers(307, headers: ["Location": "\(target.url)/there"]))
        #expect(try await DeliveryRig.send("webhook_configs: [{url: '\(stub.url)'}]").isSuccess)
        #expect(target.received.map(\.method) == ["POST"] && target.received.first?.uri == "/there")
        #expect(target.received.first?.text.contains("It burns.") == true)
        let stays = try await DeliveryRig.send(
            "webhook_configs: [{url: '\(stub.url)', http_config: {follow_redirects: false}}]")
        #expect(stays.error == "unexpected status code 307" && target.received.count == 1)
    }

    @Test func `may be reached through a proxy`() async throws {
        let proxy = try await StubReceiver()
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: 'http://receiver.test/hook', http_config: {proxy_url: 'http://u:p@127.0.0.1:\(proxy.port)'}}]"
        )
        #expect(outcome.isSuccess)
        #expect(proxy.received.first?.uri == "http://receiver.test/hook")
        #expect(proxy.received.first?.headers["Proxy-Authorization"] == ["Basic dTpw"])
    }

    @Test func `may be reached through a tunnel of a proxy`() async throws {
        let proxy = try await StubReceiver(.answers(403))
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: 'https://receiver.test/hook', http_config: {proxy_url: 'http://127.0.0.1:\(proxy.port)'}}]"
        )
        #expect(!outcome.isSuccess && outcome.isRetryable)
        #expect(proxy.received.map(\.method) == ["CONNECT"] && proxy.received.first?.uri == "receiver.test:443")
    }

    @Test func `is not waited for if the proxy hangs`() async throws {
        let proxy = try await StubReceiver(.hangs)
        let outcome = try await DeliveryRig.send(
            "webhook_configs: [{url: 'http://receiver.test', http_config: {proxy_url: 'http://127.0.0.1:\(proxy.port)'}}]",
            within: .milliseconds(300))
        #expect(outcome.reason == .contextDeadlineExceeded)
        // The time may be over before the request is sent.
        #expect(proxy.received.allSatisfy { $0.uri == "http://receiver.test/" })
    }

    // MARK: OAuth 2

    private func oauth2(_ issuer: StubReceiver, _ receiver: StubReceiver) -> String {
        """
        webhook_configs: [{url: '\(receiver.url)', http_config: {oauth2: {client_id: 'i d', client_secret: 's+cret-12',
          token_url: '\(issuer.url)/token', scopes: [a, b], endpoint_params: {x: 'y z'}}}}]
        """
    }

    @Test func `gets a token that is used until it expires or is refused`() async throws {
        let issuer = try await StubReceiver(.answers(200, body: #"{"access_token":"tok","expires_in":3600}"#))
        let receiver = try await StubReceiver(), sender = ReceiverSender()
        let loaded = try DeliveryRig.configuration(oauth2(issuer, receiver)),
            first = loaded.receivers[0].integrations[0]
        func send() async -> AttemptOutcome {
            await sender.send(
                DeliveryRig.delivery(of: first), first, loaded.payloadContext(externalURL: "", hostName: ""),
                at: DeliveryRig.now, within: .seconds(30))
        }
        #expect(await send().isSuccess)
        #expect(await send().isSuccess)
        #expect(receiver.received.map { $0.headers["Authorization"] } == [["Bearer tok"], ["Bearer tok"]])
        #expect(issuer.received.map(\.text) == ["grant_type=client_credentials&scope=a+b&x=y+z"])
        #expect(issuer.received.first?.headers["Authorization"] == ["Basic aStkOnMlMkJjcmV0LTEy"])
        receiver.behave(.answers(401))
        #expect(await !send().isSuccess)
        receiver.behave(.answers(200))
        #expect(await send().isSuccess)
        #expect(issuer.received.count == 2)
        await sender.close()
    }

    @Test func `is not notified without a token`() async throws {
        let issuer = try await StubReceiver(.answers(403, body: "s+cret-12 is wrong"))
        let receiver = try await StubReceiver()
        let outcome = try await DeliveryRig.send(oauth2(issuer, receiver))
        #expect(outcome.error == "oauth2: cannot fetch token: status 403" && outcome.reason == .authError)
        #expect(receiver.received.isEmpty && issuer.received.count == 2)
        #expect(issuer.received.last?.text.hasSuffix("client_id=i+d&client_secret=s%2Bcret-12") == true)
    }
}
