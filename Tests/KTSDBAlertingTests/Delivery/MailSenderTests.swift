import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBAlerting
@testable import KTSDBNotify

@Suite struct `Mail` {
    private func send(
        _ server: StubMailServer, _ settings: String, host: String = "127.0.0.1", within time: Duration = .seconds(30)
    ) async throws -> AttemptOutcome {
        let directory = TemporaryDirectory()
        try directory.put(TestCertificate.certificate, in: "ca.pem")
        return try await DeliveryRig.send(
            """
            email_configs: [{to: 'on call <a@kerp.example>, b@kerp.example', from: 'x@kerp.example', hello: kerp.example,
              smarthost: '\(host):\(server.port)', text: ".dot\\n..two\\nend", html: '', \(settings)}]
            """, file: directory.path + "/am.yml", within: time)
    }

    private let tls = "tls_config: {ca_file: ca.pem}"

    @Test func `is sent to all recipients, with dots doubled on the way`() async throws {
        let server = try await StubMailServer()
        let outcome = try await send(server, "require_tls: false")
        #expect(outcome == AttemptOutcome(.success(), status: 250))
        #expect(
            server.lines.prefix(5) == [
                "EHLO kerp.example", "MAIL FROM:<x@kerp.example> BODY=8BITMIME", "RCPT TO:<a@kerp.example>",
                "RCPT TO:<b@kerp.example>", "DATA",
            ])
        let mail = try #require(server.mails.first)
        #expect(mail.contains("\r\n\r\n.dot\r\n..two\r\nend\r\n"))
        #expect(mail.contains("To: on call <a@kerp.example>, b@kerp.example\r\n"))
        #expect(mail.contains("Message-Id: <1800000000000000000."))
    }

    @Test(arguments: ["127.0.0.1", "localhost"]) func `is encrypted before anything is said`(host: String) async throws
    {
        var settings = StubMailServer.Settings()
        settings.offersTLS = true
        let server = try await StubMailServer(settings)
        let outcome = try await send(server, tls, host: host)
        #expect(outcome.isSuccess, "\(outcome.error)")
        #expect(server.wasEncrypted && server.mails.count == 1)
        #expect(server.lines.prefix(3) == ["EHLO kerp.example", "STARTTLS", "EHLO kerp.example"])
    }

    @Test func `is not sent to a server without encryption, or with a certificate of nobody`() async throws {
        let plain = try await StubMailServer()
        let outcome = try await send(plain, "require_tls: true")
        #expect(
            outcome.error == "send STARTTLS command: 'require_tls' is true (default) but \"127.0.0.1:\(plain.port)\" "
                + "does not advertise the STARTTLS extension")
        #expect(outcome.isRetryable && plain.mails.isEmpty)
        var settings = StubMailServer.Settings()
        settings.offersTLS = true
        let unknown = try await StubMailServer(settings)
        let refused = try await send(unknown, "require_tls: true")
        #expect(!refused.isSuccess && unknown.mails.isEmpty && unknown.lines.count == 2)
    }

    @Test func `is encrypted from the beginning`() async throws {
        var settings = StubMailServer.Settings()
        settings.isImplicit = true
        let server = try await StubMailServer(settings)
        let outcome = try await send(server, "force_implicit_tls: true, " + tls)
        #expect(outcome.isSuccess, "\(outcome.error)")
        #expect(server.lines.first == "EHLO kerp.example" && server.mails.count == 1)
    }

    @Test func `is not sent when somebody speaks before encryption begins`() async throws {
        var settings = StubMailServer.Settings()
        settings.offersTLS = true
        settings.injected = "250 injected"
        let server = try await StubMailServer(settings)
        let outcome = try await send(server, tls)
        #expect(!outcome.isSuccess && server.mails.isEmpty)
    }

    // MARK: Authentication

    @Test(arguments: [
        ("AUTH PLAIN LOGIN", [String](), ["AUTH PLAIN AHUAc2VjcmV0LXB3"]),
        ("AUTH LOGIN PLAIN", ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"], ["AUTH LOGIN", "dQ==", "c2VjcmV0LXB3"]),
        (
            "AUTH CRAM-MD5", ["PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"],
            ["AUTH CRAM-MD5", "dSA0MDM2NzZjZWExMjMyNzM0MmE2NGM1NDk1YTE4MDEyOA=="]
        ),
    ])
    func `is sent by whom the server knows`(mechanisms: String, challenges: [String], wanted: [String]) async throws {
        var settings = StubMailServer.Settings()
        settings.extensions = [mechanisms]
        settings.challenges = challenges
        let server = try await StubMailServer(settings)
        let outcome = try await send(
            server, "require_tls: false, auth_username: u, auth_password: secret-pw, auth_secret: secret-key")
        #expect(outcome.isSuccess, "\(outcome.error)")
        if mechanisms.hasSuffix("MD5") {
            #expect(server.lines[1] == wanted[0] && server.lines[2].count == wanted[1].count)
        } else {
            #expect(Array(server.lines.dropFirst().prefix(wanted.count)) == wanted)
        }
    }

    @Test func `that is refused says why, without the password`() async throws {
        var settings = StubMailServer.Settings()
        settings.extensions = ["AUTH PLAIN"]
        settings.answers = ["AUTHENTICATED": "535 5.7.8 secret-pw is wrong"]
        let server = try await StubMailServer(settings)
        let outcome = try await send(server, "require_tls: false, auth_username: u, auth_password: secret-pw")
        #expect(outcome.error == "PLAIN auth: 535 5.7.8 <redacted> is wrong")
        #expect(outcome.status == 535 && outcome.reason == .authError && outcome.isRetryable)
    }

    @Test func `is not sent without a mechanism that can be used`() async throws {
        var settings = StubMailServer.Settings()
        settings.extensions = ["AUTH GSSAPI CRAM-MD5"]
        let server = try await StubMailServer(settings)
        let outcome = try await send(server, "require_tls: false, auth_username: u, auth_password: p")
        #expect(
            outcome.error == "find auth mechanism: unknown auth mechanism: GSSAPI\n"
                + "missing secret for CRAM-MD5 auth mechanism")
        #expect(try await send(server, "require_tls: false").isSuccess)
    }

    // MARK: Servers that refuse, or are hostile

    @Test(arguments: [
        ("MAIL", "550 not you", "send MAIL command: 550 not you"),
        ("RCPT", "550 nobody", "send RCPT command: 550 nobody"),
        ("DATA", "554 no", "send DATA command: 554 no"), ("CONTENT", "552 too long", "delivery failure: 552 too long"),
    ])
    func `that a server refuses is tried again`(command: String, answer: String, error: String) async throws {
        var settings = StubMailServer.Settings()
        settings.answers = [command: answer]
        let outcome = try await send(try await StubMailServer(settings), "require_tls: false")
        #expect(outcome.error == error && outcome.isRetryable && outcome.status == Int(answer.prefix(3)))
    }

    @Test func `falls back to the old greeting`() async throws {
        var settings = StubMailServer.Settings()
        settings.answers = ["EHLO": "502 what"]
        let server = try await StubMailServer(settings)
        #expect(try await send(server, "require_tls: false").isSuccess)
        #expect(server.lines.prefix(3) == ["EHLO kerp.example", "HELO kerp.example", "MAIL FROM:<x@kerp.example>"])
    }

    @Test(arguments: ["EHLO", "RCPT"]) func `to a server that hangs is given up`(command: String) async throws {
        var settings = StubMailServer.Settings()
        settings.silent = [command]
        let outcome = try await send(
            try await StubMailServer(settings), "require_tls: false", within: .milliseconds(500))
        #expect(outcome.reason == .contextDeadlineExceeded && outcome.isRetryable)
    }

    @Test(arguments: [
        "hello", "220", String(repeating: "220-x\r\n", count: 300), "220 " + String(repeating: "x", count: 9000),
    ])
    func `to what is not a mail server gives an error`(greeting: String) async throws {
        var settings = StubMailServer.Settings()
        settings.greeting = greeting
        let outcome = try await send(try await StubMailServer(settings), "require_tls: false", within: .seconds(20))
        #expect(outcome.isSuccess == (greeting == "220") && outcome.error.utf8.count < 1000)
    }

    @Test func `is not waited for when the attempt is cancelled`() async throws {
        var settings = StubMailServer.Settings()
        settings.silent = ["DATA"]
        let server = try await StubMailServer(settings)
        let attempt = Task { try await send(server, "require_tls: false") }
        try await eventually { server.lines.contains("DATA") }
        attempt.cancel()
        #expect(try await attempt.value.reason == .contextCanceled)
    }
}
