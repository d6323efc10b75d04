import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@Suite struct `Reaching a target` {
    /// Scrapes a server, by the path of its answers, as a job with these fields does.
    static func scrape(
        _ fields: String, address: String = "127.0.0.1:PORT", times: Int = 1, tls: NIOSSLContext? = nil,
        socket: String? = nil, answer: @escaping @Sendable (HTTPRequestHead) -> LoopbackServer.Answer
    ) async throws -> (bodies: [Result<ScrapeBody, FetchError>], server: LoopbackServer) {
        let server = try await LoopbackServer(tls: tls, socket: socket) { head in answer(head) }
        func filled(_ text: String) -> String { text.replacing("PORT", with: "\(server.port)") }
        let text = "scrape_configs:\n- job_name: j\n  scrape_interval: 1h\n  scrape_timeout: 1h\n\(filled(fields))"
        let job = try Configuration.parse(text, path: "p").jobs[0]
        let labels: Labels = socket.map { ["__unix_socket__": $0] } ?? [:]
        let group = TargetGroup(addresses: [filled(address)], labels: labels)
        let target = try `Fetching a body`.target(of: group, job)
        let fetcher = HTTPFetcher(job: job)
        let source = fetcher.source(for: target, userAgent: "k", on: MultiThreadedEventLoopGroup.singleton.next())
        var bodies: [Result<ScrapeBody, FetchError>] = []
        for _ in 0..<times {
            do throws(FetchError) { bodies.append(.success(try await source.fetch(sizeHint: 0))) } catch {
                bodies.append(.failure(error))
            }
        }
        await fetcher.close()
        await server.close()
        return (bodies, server)
    }

    static func redirect(_ location: String) -> LoopbackServer.Answer {
        .init(bytes: Array("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n".utf8))
    }

    static func text(_ result: Result<ScrapeBody, FetchError>) throws -> String {
        String(buffer: try result.get().bytes)
    }

    static func reason(_ result: Result<ScrapeBody, FetchError>) -> String {
        guard case .failure(let error) = result else { return "" }
        return "\(error)"
    }

    // MARK: TLS and Unix sockets

    @Test func `a target's certificate is verified, for the name that the job says`() async throws {
        let directory = TemporaryDirectory()
        let ca = try directory.write(ServerCertificate.certificate, to: "ca.pem")
        let tls = "  scheme: https\n  tls_config: {ca_file: '\(ca)'"
        let context = try ServerCertificate.context()
        for (fields, isGood) in [
            ("\(tls)}", true), ("\(tls), server_name: mail.test}", true),
            ("\(tls), min_version: TLS13}", true), ("  scheme: https", false),
            ("  scheme: https\n  tls_config: {insecure_skip_verify: true}", true),
        ] {
            let (bodies, server) = try await Self.scrape(fields, tls: context) { _ in .page("a 1\n") }
            #expect((try? Self.text(bodies[0])) == (isGood ? "a 1\n" : nil), "\(fields): \(bodies)")
            #expect(server.requests.allSatisfy { $0.headers["Host"] == ["127.0.0.1:\(server.port)"] })
        }
    }

    @Test func `a target may ask who scrapes it`() async throws {
        let directory = TemporaryDirectory()
        let ca = try directory.write(ServerCertificate.certificate, to: "ca.pem")
        let certificate = try directory.write(TestPEM.certificate, to: "c.pem")
        let key = try directory.write(TestPEM.key, to: "k.pem")
        let context = try ServerCertificate.context(clientsOf: TestPEM.certificate)
        let tls = "  scheme: https\n  tls_config: {ca_file: '\(ca)'"
        let known = try await Self.scrape("\(tls), cert_file: '\(certificate)', key_file: '\(key)'}", tls: context) {
            _ in .page("a 1\n")
        }
        #expect(try Self.text(known.bodies[0]) == "a 1\n")
        let unknown = try await Self.scrape("\(tls)}", tls: context) { _ in .page("a 1\n") }
        #expect(throws: FetchError.self) { try unknown.bodies[0].get() }
        #expect(unknown.server.requests.isEmpty)
    }

    @Test func `a target may listen at a Unix socket`() async throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/s"
        let (bodies, server) = try await Self.scrape("", address: "app:80", times: 2, socket: path) { head in
            head.uri == "/metrics" ? Self.redirect("/other") : .page("a 1\n")
        }
        for body in bodies { #expect(try Self.text(body) == "a 1\n") }
        #expect(server.requests.map(\.uri) == ["/metrics", "/other", "/metrics", "/other"])
        #expect(server.requests.allSatisfy { $0.headers["Host"].first?.hasPrefix("app") == true })
        let encrypted = try await Self.scrape("  scheme: https", address: "app:80", socket: path + "2") { _ in
            .page("a 1\n")
        }
        #expect(Self.reason(encrypted.bodies[0]).contains("__unix_socket__"))
    }

    // MARK: Redirects

    @Test func `a redirect in a circle, or without an end, is an error that says so`() async throws {
        let circle = try await Self.scrape("") { Self.redirect($0.uri == "/metrics" ? "/a" : "/metrics") }
        #expect(Self.reason(circle.bodies[0]).hasSuffix(": the redirects go in a circle"))
        #expect(circle.server.requests.count == 2)
        let endless = try await Self.scrape("") { Self.redirect($0.uri + "a") }
        #expect(Self.reason(endless.bodies[0]).hasSuffix(": stopped after 10 redirects"))
        #expect(endless.server.requests.count == 11)
    }

    @Test func `credentials do not follow a redirect to another host, and do to another path`() async throws {
        let fields = """
              basic_auth: {username: u, password: p}
              http_headers: {X-Key: {secrets: [geheim]}, X-Open: {values: [o]}}
            """
        let (bodies, server) = try await Self.scrape(fields) { head in
            switch head.uri {
            case "/metrics": Self.redirect("/same")
            case "/same":
                Self.redirect("http://localhost:\(head.headers["Host"][0].split(separator: ":").last ?? "")/o")
            default: .page("a 1\n")
            }
        }
        #expect(try Self.text(bodies[0]) == "a 1\n")
        #expect(server.requests.map(\.uri) == ["/metrics", "/same", "/o"])
        #expect(server.requests.map { $0.headers["Authorization"].count } == [1, 1, 0])
        #expect(server.requests.map { $0.headers["X-Key"].count } == [1, 1, 0])
        #expect(server.requests.map { $0.headers["X-Open"].count } == [1, 1, 1])
    }

    // MARK: Proxies

    @Test func `a proxy gets the whole address, and its own credentials, on a connection that stays`() async throws {
        let fields = """
              proxy_url: http://me:pass@127.0.0.1:PORT
              proxy_connect_header: {X-Proxy: [secret]}
            """
        let (bodies, server) = try await Self.scrape(fields, address: "target.test:9100", times: 2) { _ in
            .page("a 1\n")
        }
        for body in bodies { #expect(try Self.text(body) == "a 1\n") }
        let request = try #require(server.requests.first)
        #expect(request.uri == "http://target.test:9100/metrics")
        #expect(request.headers["Host"] == ["target.test:9100"])
        #expect(request.headers["Proxy-Authorization"] == ["Basic bWU6cGFzcw=="])
        #expect(request.headers["X-Proxy"] == ["secret"])
        #expect(server.connectionCount == 1)
    }

    @Test func `a redirect goes through the proxy, too, and what is excepted does not`() async throws {
        let proxy = "  proxy_url: http://127.0.0.1:PORT\n"
        let redirected = try await Self.scrape(proxy, address: "a.test:80") { head in
            head.uri.contains("a.test") ? Self.redirect("http://b.test/x") : .page("a 1\n")
        }
        #expect(try Self.text(redirected.bodies[0]) == "a 1\n")
        #expect(redirected.server.requests.map(\.uri) == ["http://a.test:80/metrics", "http://b.test/x"])
        let direct = try await Self.scrape(proxy + "  no_proxy: 10.0.0.0/8\n") { _ in .page("a 1\n") }
        #expect(direct.server.requests.map(\.uri) == ["/metrics"])
    }

    @Test func `an address cannot add lines to what a proxy is sent`() async throws {
        let (bodies, server) = try await Self.scrape(
            "  proxy_url: http://127.0.0.1:PORT\n", address: "a.test\r\nX: y\r\n"
        ) { _ in .page("a 1\n") }
        #expect(throws: FetchError.self) { try bodies[0].get() }
        #expect(server.requests.allSatisfy { !$0.headers.contains(name: "X") })
    }

    // MARK: OAuth 2

    static let oauth2 = """
          oauth2:
            client_id: "i d"
            client_secret: geheim
            token_url: http://127.0.0.1:PORT/token
            scopes: [a, b]
            endpoint_params: {audience: x}
        """

    static func json(_ text: String, status: String = "200 OK") -> LoopbackServer.Answer {
        .page(Array(text.utf8), contentType: "application/json", status: status)
    }

    @Test func `a token is fetched once, and used for every scrape`() async throws {
        let (bodies, server) = try await Self.scrape(Self.oauth2, times: 3) { head in
            head.uri == "/token"
                ? Self.json(#"{"access_token": "t1", "token_type": "bearer", "expires_in": 3600}"#) : .page("a 1\n")
        }
        for body in bodies { #expect(try Self.text(body) == "a 1\n") }
        #expect(server.requests.map(\.uri) == ["/token", "/metrics", "/metrics", "/metrics"])
        #expect(server.requests[0].method == .POST)
        #expect(server.requests[0].headers["Authorization"] == ["Basic aStkOmdlaGVpbQ=="])
        #expect(server.requests[1].headers["Authorization"] == ["Bearer t1"])
    }

    @Test func `a token that is refused is fetched anew for the next scrape`() async throws {
        let tokens = Counter()
        let (bodies, server) = try await Self.scrape(Self.oauth2, times: 2) { head in
            if head.uri == "/token" { return Self.json(#"{"access_token": "t\#(tokens.next())"}"#) }
            return head.headers["Authorization"] == ["Bearer t1"] ? .page("a 1\n") : Self.json("", status: "401 No")
        }
        #expect(Self.reason(bodies[0]) == "server returned HTTP status 401 No")
        #expect(try Self.text(bodies[1]) == "a 1\n")
        #expect(server.requests.map(\.uri) == ["/token", "/metrics", "/token", "/metrics"])
    }

    @Test(arguments: [
        (#"{"error": "no"}"#, "401 Unauthorized"), ("not JSON", "200 OK"), (#"{"access_token": "a\r\nb"}"#, "200 OK"),
    ])
    func `without a token the target is not asked, and the error has no secret`(body: String, status: String)
        async throws
    {
        let (bodies, server) = try await Self.scrape(Self.oauth2) { _ in Self.json(body, status: status) }
        let reason = Self.reason(bodies[0])
        #expect(reason.contains("oauth2: cannot fetch token: status \(status.prefix(3))"), "\(reason)")
        #expect(!reason.contains("geheim"))
        #expect(server.requests.allSatisfy { $0.uri == "/token" })
    }

    @Test func `scrapes that need a token at the same time share it`() async throws {
        let server = try await LoopbackServer { head in
            head.uri == "/token" ? Self.json(#"{"access_token": "t"}"#) : .page("a 1\n")
        }
        let text = """
            scrape_configs:
            - job_name: j
              scrape_interval: 1h
              scrape_timeout: 1h
            \(Self.oauth2.replacing("PORT", with: "\(server.port)"))
            """
        let job = try Configuration.parse(text, path: "p").jobs[0]
        let target = try `Fetching a body`.target(
            of: TargetGroup(addresses: ["127.0.0.1:\(server.port)"], labels: [:]), job)
        let fetcher = HTTPFetcher(job: job)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                let source = fetcher.source(
                    for: target, userAgent: "k", on: MultiThreadedEventLoopGroup.singleton.next())
                group.addTask { (try? await source.fetch(sizeHint: 0)) != nil }
            }
            for await hasBody in group { #expect(hasBody) }
        }
        #expect(server.requests.count { $0.uri == "/token" } == 1)
        #expect(server.requests.count { $0.uri == "/metrics" } == 50)
        await fetcher.close()
        await server.close()
    }
}
