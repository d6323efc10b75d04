import AsyncHTTPClient
import KTSDBEngine
import KTSDBModel
import KTSDBServer
import KTSDBTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

@Suite struct `TLS` {
    private static func scene() throws -> AccessScene {
        let scene = AccessScene()
        try scene.write(certificate: TestCertificates.server, key: TestCertificates.serverKey)
        try scene.write(TestCertificates.authority, to: "ca.pem")
        return scene
    }

    private static func clients(_ type: String, _ more: String = "") -> String {
        AccessScene.tls + "  client_ca_file: ca.pem\n  client_auth_type: \(type)\n\(more)"
    }

    @Test(arguments: [true, false])
    func `serves both versions of HTTP`(http2: Bool) async throws {
        try await Self.scene().run(web: AccessScene.tls) { server in
            let url = "https://localhost:\(server.port)"
            try await AccessScene.withClient(http2: http2) { client in
                let answer = try await AccessScene.send(client, url + "/api/v1/query?query=7&time=1")
                #expect(answer.status == 200 && answer.text.contains("\"7\"") && answer.isHTTP2 == http2)
                let form = ByteBuffer(string: "query=8&time=1")
                let headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
                let posted = try await AccessScene.send(
                    client, url + "/api/v1/query", .POST, headers: headers, body: form)
                #expect(posted.status == 200 && posted.text.contains("\"8\""))
                let head = try await AccessScene.send(client, url + "/-/ready", .HEAD)
                #expect(head.status == 200 && head.text.isEmpty)
                #expect(try await AccessScene.send(client, url + "/x", .OPTIONS).status == 204)
                #expect(try await AccessScene.send(client, url + "/nope").status == 404)
            }
        }
    }

    @Test func `serves no HTTP 2 where that is switched off`() async throws {
        try await Self.scene().run(web: AccessScene.tls + "http_server_config: {http2: false}\n") { server in
            try await AccessScene.withClient { client in
                let answer = try await AccessScene.send(client, "https://localhost:\(server.port)/-/ready")
                #expect(answer.status == 200 && !answer.isHTTP2)
            }
        }
    }

    @Test func `answers nothing to those who do not encrypt`() async throws {
        try await Self.scene().run(web: AccessScene.tls) { server in
            let connection = try await RawConnection(server.port)
            try? await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await !connection.receiveAll().contains("ktsdb"))
        }
    }

    @Test func `asks for passwords, too`() async throws {
        try await Self.scene().run(web: AccessScene.tls + AccessScene.users) { server in
            let url = "https://localhost:\(server.port)/metrics"
            try await AccessScene.withClient { client in
                let answer = try await AccessScene.send(client, url)
                #expect(answer.status == 401)
                let alice: HTTPHeaders = ["Authorization": "Basic YWxpY2U6YQ=="]
                #expect(try await AccessScene.send(client, url, headers: alice).status == 200)
            }
        }
    }

    // MARK: Clients' certificates

    /// The certificate of a client, and whether it is let in, by the type of authentication.
    struct Case: Sendable, CustomTestStringConvertible {
        var type: String
        var more = ""
        var none: Bool, known: Bool, stray: Bool
        var testDescription: String { type + more }
    }

    static let cases: [Case] = [
        Case(type: "RequestClientCert", none: true, known: true, stray: true),
        Case(type: "RequireAnyClientCert", none: false, known: true, stray: true),
        Case(type: "VerifyClientCertIfGiven", none: true, known: true, stray: false),
        Case(type: "RequireAndVerifyClientCert", none: false, known: true, stray: false),
        Case(
            type: "RequireAndVerifyClientCert", more: "  client_allowed_sans: [\"spiffe://client/x\"]\n", none: false,
            known: true, stray: false),
        Case(
            type: "RequireAndVerifyClientCert", more: "  client_allowed_sans: [other.test]\n", none: false,
            known: false, stray: false),
        Case(
            type: "RequireAnyClientCert", more: "  client_allowed_sans: [client.test]\n", none: false, known: true,
            stray: true),
    ]

    @Test(arguments: cases)
    func `lets in the clients that are asked for`(test: Case) async throws {
        try await Self.scene().run(web: Self.clients(test.type, test.more)) { server in
            func isLetIn(_ certificate: String?, _ key: String?) async throws -> Bool {
                try await AccessScene.withClient(certificate: certificate, key: key) { client in
                    let url = "https://localhost:\(server.port)/-/ready"
                    return (try? await AccessScene.send(client, url))?.status == 200
                }
            }
            let none = try await isLetIn(nil, nil)
            let known = try await isLetIn(TestCertificates.client, TestCertificates.clientKey)
            let stray = try await isLetIn(TestCertificates.stray, TestCertificates.strayKey)
            #expect(none == test.none && known == test.known && stray == test.stray)
        }
    }

    // MARK: Changes

    @Test func `uses a new certificate for the next connection, and the old one while the new one is wrong`()
        async throws
    {
        let scene = try Self.scene()
        try await scene.run(web: AccessScene.tls) { server in
            let url = "https://localhost:\(server.port)/-/ready"
            #expect(try await Self.certificate(server) == TestCertificates.server)
            try await AccessScene.withClient { kept in
                #expect(try await AccessScene.send(kept, url).status == 200)
                // The key does not fit yet.
                try scene.write(TestCertificates.second, to: "cert.pem")
                #expect(try await Self.certificate(server) == TestCertificates.server)
                try scene.write(TestCertificates.secondKey, to: "key.pem")
                #expect(try await Self.certificate(server) == TestCertificates.second)
                #expect(try await AccessScene.send(kept, url).status == 200)
            }
            try scene.write("nonsense", to: "cert.pem")
            #expect(try await Self.certificate(server) == TestCertificates.second)
        }
    }

    /// The certificate that the server shows now.
    private static func certificate(_ server: ListeningServer) async throws -> String {
        let shown = Shared<String>("")
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .noHostnameVerification
        let context = try NIOSSLContext(configuration: tls)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context, serverHostname: "localhost"
                    ) { certificates, promise in
                        let names = ["server": TestCertificates.server, "second": TestCertificates.second]
                        for pem in names.values {
                            let known = try? NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem)
                            if known == certificates.first { shown.withLock { $0 = pem } }
                        }
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: server.port).get()
        for _ in 0..<6_000 where shown.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(5)) }
        try? await channel.close()
        return shown.withLock { $0 }
    }

    // MARK: Hostile clients

    @Test func `cuts a client that does not agree on it in time`() async throws {
        try await Self.scene().run(web: AccessScene.tls, options: { $0.readTimeout = .seconds(1) }) { server in
            let silent = try await RawConnection(server.port)
            let trickling = try await RawConnection(server.port)
            // The beginning of a ClientHello of 512 bytes.
            try await trickling.send("\u{16}\u{03}\u{01}\u{02}\u{00}")
            for _ in 0..<60_000 where !trickling.isClosed {
                try? await trickling.send("\u{01}")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(trickling.isClosed)
            try await silent.receiveAll()
        }
    }

    @Test func `sends a long answer over HTTP 2 as fast as it is read, and others meanwhile`() async throws {
        try await Self.scene().run(web: AccessScene.tls) { server in
            _ = try server.database.append { batch in
                for number in 0..<20_000 {
                    batch.append(
                        Double(number), at: Timestamp(milliseconds: 1000), to: ["__name__": "m", "n": "\(number)"])
                }
            }
            let url = "https://localhost:\(server.port)"
            try await AccessScene.withClient { client in
                let long = HTTPClientRequest(url: url + "/api/v1/query?query=m&time=1")
                let answer = try await client.execute(long, timeout: .seconds(600))
                var parts = answer.body.makeAsyncIterator(), bytes = 0
                bytes += try await parts.next()?.readableBytes ?? 0
                for _ in 0..<20 { #expect(try await AccessScene.send(client, url + "/-/ready").status == 200) }
                while let part = try await parts.next() { bytes += part.readableBytes }
                #expect(answer.version.major == 2 && bytes > 1_000_000)
            }
        }
    }

    @Test func `takes long bodies over HTTP 2 up to the limit, and not those beyond`() async throws {
        try await Self.scene().run(web: AccessScene.tls) { server in
            let url = "https://localhost:\(server.port)/api/v1/query"
            let headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
            try await AccessScene.withClient { client in
                let text = "query=7&time=1&x=" + String(repeating: "x", count: 1_000_000)
                let taken = try await AccessScene.send(
                    client, url, .POST, headers: headers, body: ByteBuffer(string: text))
                #expect(taken.status == 200 && taken.text.contains("\"7\""))
                // The answer may come before the whole body has been sent, or the stream ends.
                let huge = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000_000)
                let refused = try? await AccessScene.send(client, url, .POST, headers: headers, body: huge)
                #expect(refused == nil || refused?.status == 413)
                #expect(try await AccessScene.send(client, "https://localhost:\(server.port)/-/ready").status == 200)
            }
        }
    }
}
