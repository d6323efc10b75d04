import KTSDBAccess
import KTSDBConfiguration
import KTSDBTesting
import NIOSSL
import PasswordHashing
import Testing

@Suite struct `Web configurations` {
    private static func read(_ text: String) throws(ConfigurationError) -> WebConfiguration {
        guard let document = try YAMLValue.document(text, file: "web.yml") else { return WebConfiguration() }
        return try WebConfiguration(document, directory: "/etc/k")
    }

    private static func indented(_ pem: String) -> String {
        pem.split(separator: "\n").map { "    \($0)\n" }.joined()
    }

    @Test func `may have everything`() throws {
        let web = try Self.read(
            """
            tls_server_config:
              cert_file: server.pem
              key_file: /keys/server.key
              client_ca_file: ca.pem
              client_auth_type: RequireAndVerifyClientCert
              client_allowed_sans: [a.test, b.test]
              min_version: TLS12
              max_version: TLS13
              cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
              curve_preferences: [X25519, CurveP256]
              prefer_server_cipher_suites: false
            http_server_config:
              http2: false
              headers:
                X-Frame-Options: deny
                Strict-Transport-Security: max-age=1
                X-XSS-Protection: ""
            basic_auth_users:
              alice: $2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC
            rate_limit:
              interval: 1.5s
              burst: 7
            """)
        let tls = try #require(web.tls)
        #expect(tls.certificate == .file("/etc/k/server.pem") && tls.key == .file("/keys/server.key"))
        #expect(tls.clientAuthorities == .file("/etc/k/ca.pem"))
        #expect(tls.clientAuthentication == .requireAndVerifyClientCert && tls.allowedNames == ["a.test", "b.test"])
        #expect(!web.usesHTTP2 && web.headers.map(\.name) == ["X-Frame-Options", "Strict-Transport-Security"])
        #expect(web.users["alice"]?.matches(Array("a".utf8)) == true)
        #expect(web.rateLimit == .init(interval: .milliseconds(1500), burst: 7))
        #expect(web.paths == ["/etc/k/server.pem", "/keys/server.key", "/etc/k/ca.pem"])
    }

    @Test func `may be empty, and then change nothing`() throws {
        for text in ["", "# nothing\n", "tls_server_config:\n", "basic_auth_users: {}\nrate_limit: {interval: 0}\n"] {
            let web = try Self.read(text)
            #expect(web.tls == nil && web.users.isEmpty && web.headers.isEmpty && web.rateLimit == nil, "\(text)")
            #expect(web.usesHTTP2)
        }
        // As in Prometheus' toolkit, setting only TLS versions does not enable TLS.
        #expect(try Self.read("tls_server_config: {min_version: TLS13}\n").tls == nil)
    }

    static let refusals: [(text: String, line: Int, reason: String)] = [
        ("tls_config: {}\n", 1, "field tls_config not found in the web configuration"),
        (
            "tls_server_config:\n  certfile: a\n", 2,
            "field certfile not found in tls_server_config; did you mean cert_file?"
        ),
        ("http_server_config:\n  http3: true\n", 2, "field http3 not found in http_server_config; did you mean http2?"),
        ("http_server_config:\n  http2: maybe\n", 2, "expected true or false, without quotes, found \"maybe\""),
        ("http_server_config:\n  headers:\n    Server: x\n", 3, "HTTP header \"Server\" can not be configured"),
        (
            "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n", 3,
            "invalid value for X-Content-Type-Options. Expected one of: [\"nosniff\"], but got: \"sniff\""
        ),
        (
            "http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\nb\"\n", 3,
            "the value of X-XSS-Protection has a control character"
        ),
        (
            "basic_auth_users:\n  alice: secret\n", 2,
            "crypto/bcrypt: hashedSecret too short to be a bcrypted password"
        ),
        ("tls_server_config:\n  client_auth_type: Some\n", 2, "invalid ClientAuth: Some"),
        (
            "tls_server_config:\n  client_ca_file: a\n", 2,
            "client CA's have been configured without a Client Auth Policy"
        ),
        (
            "tls_server_config:\n  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n", 3,
            "client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or "
                + "RequireAndVerifyClientCert"
        ),
        ("tls_server_config:\n  min_version: SSL3\n", 2, "unknown TLS version: SSL3"),
        ("tls_server_config:\n  cipher_suites: [A]\n", 2, "unknown cipher: A"),
        ("tls_server_config:\n  curve_preferences:\n  - A\n", 3, "unknown curve: A"),
        (
            "rate_limit:\n  interval: soon\n", 2, "not a valid duration: \"soon\"; write for example 100ms"
        ),
        ("basic_auth_users:\n  a: x\n  a: y\n", 2, "key \"a\" already set in map"),
    ]

    @Test(arguments: refusals)
    func `that are wrong are refused with the line`(text: String, line: Int, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
        #expect(error == ConfigurationError(file: "web.yml", line: line, reason: reason))
    }

    // MARK: Certificates

    private static func tls(_ certificate: String, _ key: String, _ more: String = "") throws -> TLSIdentity? {
        try read(
            "tls_server_config:\n  cert: |\n\(indented(certificate))  key: |\n\(indented(key))\(more)"
        ).tls?.makeIdentity(http2: true)
    }

    @Test func `make an identity of a certificate and its key`() throws {
        let more =
            "  client_ca: |\n\(Self.indented(TestCertificates.authority))"
            + "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [10.1.2.3]\n"
        let identity = try #require(try Self.tls(TestCertificates.server, TestCertificates.serverKey, more))
        #expect(identity.accepts(try .init(bytes: Array(TestCertificates.client.utf8), format: .pem)))
        #expect(!identity.accepts(try .init(bytes: Array(TestCertificates.stray.utf8), format: .pem)))
        #expect(!identity.accepts(nil))
    }

    static let wrongPairs: [(certificate: String, key: String, reason: String)] = [
        (TestCertificates.server, TestCertificates.clientKey, "tls: private key does not match public key"),
        (
            TestCertificates.serverKey, TestCertificates.serverKey,
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may "
                + "have been switched"
        ),
        (
            TestCertificates.server, TestCertificates.server,
            "tls: found a certificate rather than a key in the PEM for the private key"
        ),
        ("nothing", TestCertificates.serverKey, "tls: failed to find any PEM data in certificate input"),
        (TestCertificates.server, "nothing", "tls: failed to find any PEM data in key input"),
        (
            "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", TestCertificates.serverKey,
            "x509: malformed certificate"
        ),
    ]

    @Test(arguments: wrongPairs)
    func `refuse certificates and keys that cannot be used`(certificate: String, key: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.tls(certificate, key) }
        #expect(error?.reason == "failed to load X509KeyPair: \(reason)" && error?.line == 2)
    }

    @Test func `refuse ciphers that HTTP 2 cannot have, and files that are missing`() throws {
        let ciphers = "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"
        let error = #expect(throws: ConfigurationError.self) {
            try Self.tls(TestCertificates.server, TestCertificates.serverKey, ciphers)
        }
        #expect(error?.reason.hasPrefix("http2: TLSConfig.CipherSuites is missing") == true)
        // From version 1.3 on, they cannot be chosen.
        let newest = try Self.tls(
            TestCertificates.server, TestCertificates.serverKey, ciphers + "  min_version: TLS13\n")
        #expect(newest != nil)
        let missing = #expect(throws: ConfigurationError.self) {
            try Self.read("tls_server_config: {cert_file: /no/c.pem, key_file: /no/k.pem}\n").tls?
                .makeIdentity(http2: true)
        }
        #expect(
            missing?.reason
                == "failed to read cert_file (/no/c.pem): open /no/c.pem: no such file or directory")
        for (text, reason) in [
            ("cert: a", "missing one of key or key_file"), ("key: a", "missing one of cert or cert_file"),
        ] {
            let half = #expect(throws: ConfigurationError.self) {
                try Self.read("tls_server_config: {\(text)}\n").tls?.makeIdentity(http2: true)
            }
            #expect(half?.reason == reason)
        }
    }
}
