import AsyncHTTPClient
import Foundation
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite struct `Fetching a body` {
    /// Fetches from a server with these answers, as a job with these fields does. It has an hour for that unless they
    /// say otherwise: other tests may take all the time that there is.
    static func fetch(
        _ fields: String = "", labels: Labels = [:], address: String = "127.0.0.1:PORT", times: Int = 1,
        answer: @escaping @Sendable (Int) -> LoopbackServer.Answer, before: (_ round: Int) throws -> Void = { _ in }
    ) async throws -> (bodies: [Result<ScrapeBody, FetchError>], server: LoopbackServer) {
        let counter = Counter()
        let server = try await LoopbackServer { _ in answer(counter.next()) }
        let fields = fields.replacing("PORT", with: "\(server.port)")
        let address = address.replacing("PORT", with: "\(server.port)")
        let timeout = fields.contains("scrape_timeout") ? "" : "  scrape_timeout: 1h\n"
        let text = "scrape_configs:\n- job_name: j\n  scrape_interval: 1h\n\(timeout)\(fields)"
        let job = try Configuration.parse(text, path: "p").jobs[0]
        let group = TargetGroup(addresses: [address], labels: labels)
        guard case .target(let target) = Target.candidates(of: group, job: job)[0] else { throw CancellationError() }
        let fetcher = HTTPFetcher(job: job)
        let source = fetcher.source(
            for: target, userAgent: "ktsdb/1.2.3", on: MultiThreadedEventLoopGroup.singleton.next())
        var bodies: [Result<ScrapeBody, FetchError>] = []
        for round in 0..<times {
            try before(round)
            do throws(FetchError) { bodies.append(.success(try await source.fetch(sizeHint: 0))) } catch {
                bodies.append(.failure(error))
            }
        }
        await fetcher.close()
        await server.close()
        return (bodies, server)
    }

    static func error(
        _ fields: String = "", answer: @escaping @Sendable (Int) -> LoopbackServer.Answer
    ) async throws -> FetchError? {
        guard case .failure(let error) = try await fetch(fields, answer: answer).bodies[0] else { return nil }
        return error
    }

    static func text(_ result: Result<ScrapeBody, FetchError>) throws -> String {
        String(buffer: try result.get().bytes)
    }

    @Test func `the request says who asks, for what and for how long`() async throws {
        let (bodies, server) = try await Self.fetch("  scrape_timeout: 30m500ms\n  params: {a: [b]}") { _ in
            .page("a 1\n")
        }
        #expect(try Self.text(bodies[0]) == "a 1\n")
        let request = try #require(server.requests.first)
        #expect(request.uri == "/metrics?a=b")
        #expect(
            request.headers["Accept"] == [
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                    + "application/openmetrics-text;version=0.0.1;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
            ])
        #expect(request.headers["Accept-Encoding"] == ["gzip, zstd"])
        #expect(request.headers["User-Agent"] == ["ktsdb/1.2.3"])
        #expect(request.headers["X-Prometheus-Scrape-Timeout-Seconds"] == ["1800.5"])
    }

    @Test func `compression can be declined`() async throws {
        let (_, server) = try await Self.fetch("  enable_compression: false") { _ in .page("a 1\n") }
        #expect(server.requests.first?.headers["Accept-Encoding"] == ["identity"])
    }

    @Test func `credentials and headers are sent, those in files as they are now`() async throws {
        let directory = TemporaryDirectory()
        let token = try directory.write(" first \n", to: "token")
        let basic = try await Self.fetch("  basic_auth: {username: u, password: p}") { _ in .page("") }
        #expect(basic.server.requests.first?.headers["Authorization"] == ["Basic dTpw"])
        let fields = "  authorization: {credentials_file: '\(token)'}\n  http_headers: {X-A: {values: [b, c]}}"
        let bearer = try await Self.fetch(fields) { _ in .page("") }
        #expect(bearer.server.requests.first?.headers["Authorization"] == ["Bearer first"])
        #expect(bearer.server.requests.first?.headers["X-A"] == ["b", "c"])
        try FileManager.default.removeItem(atPath: token)
        let missing = try await Self.error(fields) { _ in .page("") }
        #expect(missing == .failed("credentials_file \"token\": No such file or directory"))
    }

    @Test(arguments: [
        ("basic_auth: {username: u, password_file: 'FILE'}", "basic_auth password_file"),
        ("basic_auth: {username_file: 'FILE', password: p}", "basic_auth username_file"),
        ("authorization: {credentials_file: 'FILE'}", "credentials_file"),
        ("bearer_token_file: 'FILE'", "credentials_file"),
        ("http_headers: {X-A: {files: ['FILE']}}", "http_headers files"),
        ("tls_config: {ca_file: 'FILE'}", "tls_config ca_file"),
        ("tls_config: {cert_file: 'FILE', key_file: 'FILE.key'}", "tls_config cert_file"),
    ])
    func `a file that is missing or broken fails the scrape, names itself, and is read when it comes`(
        fields: String, name: String
    ) async throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/secret"
        let isTLS = name.hasPrefix("tls")
        try directory.write(TestPEM.key, to: "secret.key")
        let (bodies, _) = try await Self.fetch("  " + fields.replacing("FILE", with: path), times: 4) { _ in
            .page("a 1\n")
        } before: { round in
            switch round {
            case 1: try directory.write(isTLS ? "no PEM" : "a\u{0}b", to: "secret")
            case 2: try directory.write(isTLS ? TestPEM.certificate : "geheim\n", to: "secret")
            case 3: try FileManager.default.removeItem(atPath: path)
            default: break
            }
        }
        for round in [0, 3] {
            guard case .failure(.failed(let reason)) = bodies[round] else {
                return #expect(Bool(false), "round \(round)")
            }
            #expect(reason == "\(name) \"secret\": No such file or directory")
        }
        if isTLS {
            guard case .failure(.failed(let reason)) = bodies[1] else { return #expect(Bool(false), "no PEM") }
            #expect(reason.hasPrefix("\(name) \"secret\": not valid PEM"), "\(reason)")
        }
        #expect(try Self.text(bodies[2]) == "a 1\n")
    }

    @Test func `a key that does not belong to the certificate is told`() async throws {
        let directory = TemporaryDirectory()
        let certificate = try directory.write(TestPEM.certificate, to: "c.pem")
        let key = try directory.write(TestPEM.otherKey, to: "k.pem")
        let (bodies, _) = try await Self.fetch(
            "  tls_config: {cert_file: '\(certificate)', key_file: '\(key)'}", times: 2
        ) { _ in
            .page("a 1\n")
        } before: { round in
            if round == 1 { try directory.write(TestPEM.key, to: "k.pem") }
        }
        guard case .failure(.failed(let reason)) = bodies[0] else { return #expect(Bool(false), "accepted") }
        #expect(reason.contains("cert_file \"c.pem\"") && reason.contains("key"), "\(reason)")
        #expect(try Self.text(bodies[1]) == "a 1\n")
    }

    @Test func `a secret may be in a file that an editor gave a mark, and is never guessed at`() async throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/token"
        let fields = "  bearer_token_file: '\(path)'"
        for bytes in [[0xef, 0xbb, 0xbf] + Array("geheim\r\n".utf8), [0xff, 0xfe, 0x67, 0, 0x0a, 0]] as [[UInt8]] {
            try Data(bytes).write(to: URL(filePath: path))
            let (_, server) = try await Self.fetch(fields) { _ in .page("") }
            let header = try #require(server.requests.first?.headers["Authorization"].first)
            #expect("Bearer geheim".hasPrefix(header) && header.hasSuffix(bytes[0] == 0xef ? "geheim" : "g"))
        }
        try Data(Array("gehe".utf8) + [0xff] + Array("im".utf8)).write(to: URL(filePath: path))
        let error = try await Self.error(fields) { _ in .page("") }
        #expect(
            error?.description.contains("credentials_file \"token\": not valid UTF-8: byte 0xff at offset 4") == true)
    }

    @Test func `a gzipped body is unpacked`() async throws {
        let (bodies, _) = try await Self.fetch { _ in .page(Gzip.page, encoding: "gzip") }
        #expect(try Self.text(bodies[0]) == Gzip.text)
    }

    @Test func `a body that zstd compressed is unpacked, and a bomb is bounded like any other`() async throws {
        let (bodies, _) = try await Self.fetch { _ in .page(Zstd.page + Zstd.page, encoding: "zstd") }
        #expect(try Self.text(bodies[0]) == Gzip.text + Gzip.text)
        let long = Array(repeatElement(Zstd.zeros, count: 1000).joined())
        #expect(
            try await Self.error("  body_size_limit: 3999KB") { _ in .page(long, encoding: "zstd") }
                == .bodySizeLimit(3_999 << 10))
        for damaged in [Array(Zstd.page.dropLast()), Gzip.page] {
            let error = try await Self.error { _ in .page(damaged, encoding: "zstd") }
            #expect(error?.description.contains("the compressed body is damaged: ") == true, "\(error as Any)")
        }
    }

    @Test func `a body of several members is unpacked whole, also when its coding is called x-gzip`() async throws {
        let (bodies, _) = try await Self.fetch { _ in .page(Gzip.page + Gzip.page, encoding: "X-Gzip") }
        #expect(try Self.text(bodies[0]) == Gzip.text + Gzip.text)
    }

    @Test func `a long body is unpacked whole, and one that passes the limit or the time is not`() async throws {
        let long = Array(repeatElement(Gzip.zeros, count: 1000).joined())
        let (bodies, _) = try await Self.fetch(times: 2) { _ in .page(long, encoding: "gzip") }
        for body in bodies { #expect(try body.get().bytes.readableBytes == 4_096_000) }
        let limit = "  body_size_limit: 3999KB"
        #expect(try await Self.error(limit) { _ in .page(long, encoding: "gzip") } == .bodySizeLimit(3_999 << 10))
        let damaged = try await Self.error { _ in .page(long.dropLast(), encoding: "gzip") }
        #expect(damaged?.description.contains("the compressed body is damaged: it is cut off") == true)
    }

    @Test(arguments: ["br", "deflate", "gzip, gzip", "zstd, gzip"])
    func `a coding that was not asked for is named`(coding: String) async throws {
        let error = try await Self.error { _ in .page(Gzip.page, encoding: coding) }
        #expect(
            error?.description.contains("content coding \"\(coding)\", which was not asked for") == true,
            "\(error as Any)")
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 4\n\na 1\n",
        "HTTP/1.0 200 OK\nConnection: close\n\na 1\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\na 1\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\na 1\n",
        "HTTP/1.1 200 OK\r\n" + (0..<300).map { "X-\($0): 1\r\n" }.joined() + "Content-Length: 4\r\n\r\na 1\n",
        "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\na 1\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na 1\n",
    ])
    func `answers of hand-made targets are read as Go reads them`(answer: String) async throws {
        let (bodies, _) = try await Self.fetch { _ in .init(bytes: Array(answer.utf8), closes: true) }
        #expect(try Self.text(bodies[0]) == "a 1\n")
    }

    @Test func `an answer with two lengths is refused, and says why`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\na 1\n"
        let error = try await Self.error { _ in .init(bytes: Array(answer.utf8), closes: true) }
        #expect(error?.description.contains("several headers Content-Length that differ") == true, "\(error as Any)")
    }

    @Test func `a header that no header can be is not sent`() async throws {
        let error = try await Self.error("  http_headers: {X-A: {values: [\"a\\r\\nX-B: c\"]}}") { _ in .page("") }
        #expect(error?.description.contains("X-A") == true, "\(error as Any)")
    }

    @Test func `a damaged gzipped body is an error`() async throws {
        for damaged in [Array(Gzip.page.dropLast(20)), [1, 2, 3]] {
            #expect(try await Self.error { _ in .page(damaged, encoding: "gzip") } != nil)
        }
    }

    @Test func `a body over the limit is refused, compressed or not`() async throws {
        let limit = "  body_size_limit: 1KB"
        let whole = [UInt8](repeating: UInt8(ascii: "#"), count: 1024)
        #expect(try await Self.error(limit) { _ in .page(whole) } == nil)
        #expect(try await Self.error(limit) { _ in .page(whole + [10]) } == .bodySizeLimit(1024))
        // Few bytes that unpack to 4096.
        #expect(try await Self.error(limit) { _ in .page(Gzip.zeros, encoding: "gzip") } == .bodySizeLimit(1024))
        let endless = LoopbackServer.Answer(
            bytes: Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n".utf8) + whole + whole)
        #expect(try await Self.error(limit) { _ in endless } == .bodySizeLimit(1024))
    }

    @Test func `a body that breaks off is an error`() async throws {
        let error = try await Self.error { _ in .page(Array("a 1\nb".utf8), announcing: 100, closes: true) }
        #expect(error != nil)
        let chunked = LoopbackServer.Answer(
            bytes: Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na 1\n\r\n".utf8), closes: true)
        #expect(try await Self.error { _ in chunked } != nil)
    }

    @Test func `another status than 200 is an error`() async throws {
        let error = try await Self.error { _ in .page(Array("no".utf8), status: "404 Not Found") }
        #expect(error == .failed("server returned HTTP status 404 Not Found"))
    }

    @Test func `a target that does not answer costs its timeout`() async throws {
        let error = try await Self.error("  scrape_timeout: 50ms") { _ in .none }
        #expect(error?.description.contains("context deadline exceeded: no complete answer within 50ms") == true)
    }

    /// The only target of a group.
    static func target(of group: TargetGroup, _ job: ScrapeJob) throws -> Target {
        guard case .target(let target) = try #require(Target.candidates(of: group, job: job).first) else {
            throw NoTarget()
        }
        return target
    }

    struct NoTarget: Error {}

    @Test func `a refused connection is told at once`() async throws {
        let server = try await LoopbackServer { _ in .none }
        await server.close()
        // Were it tried again until the timeout, that would be what the error is about, an hour later.
        let text = "scrape_configs:\n- job_name: j\n  scrape_interval: 1h\n  scrape_timeout: 1h"
        let job = try Configuration.parse(text, path: "p").jobs[0]
        let group = TargetGroup(addresses: ["127.0.0.1:\(server.port)"], labels: [:])
        let target = try Self.target(of: group, job)
        let fetcher = HTTPFetcher(job: job)
        let error = await #expect(throws: FetchError.self) {
            try await fetcher.source(for: target, userAgent: "", on: MultiThreadedEventLoopGroup.singleton.next())
                .fetch(sizeHint: 0)
        }
        #expect(error?.description.contains("Connection refused") == true, "\(error?.description ?? "")")
        await fetcher.close()
    }

    @Test func `a connection that the target closed while idle is replaced`() async throws {
        // The first answer closes the connection without saying so; the next request may still go out on it.
        let (bodies, _) = try await Self.fetch(times: 5) { _ in .page(Array("a 1\n".utf8), closes: true) }
        for body in bodies { #expect(throws: Never.self) { try body.get() } }
    }

    @Test func `redirects are followed unless the job says otherwise`() async throws {
        let moved = LoopbackServer.Answer(
            bytes: Array("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".utf8))
        let (bodies, server) = try await Self.fetch(times: 2) { [0, 2].contains($0) ? moved : .page("a 1\n") }
        for body in bodies { #expect(try Self.text(body) == "a 1\n") }
        #expect(server.requests.map(\.uri) == ["/metrics", "/other", "/metrics", "/other"])
        let error = try await Self.error("  follow_redirects: false") { _ in moved }
        #expect(error == .failed("server returned HTTP status 302 Found"))
    }

    @Test func `one connection serves one scrape after another, and a target that breaks off is asked anew`()
        async throws
    {
        let (bodies, server) = try await Self.fetch(times: 3) { _ in .page("a 1\n") }
        for body in bodies { #expect(try Self.text(body) == "a 1\n") }
        #expect(server.connectionCount == 1)
        let half = LoopbackServer.Answer(
            bytes: Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1".utf8), closes: true)
        let broken = try await Self.fetch(times: 2) { $0 == 0 ? half : .page("a 1\n") }
        guard case .failure(.failed(let reason)) = broken.bodies[0] else { return #expect(Bool(false), "half a page") }
        #expect(reason.hasPrefix("Get \"http://127.0.0.1:"), "\(reason)")
        #expect(try Self.text(broken.bodies[1]) == "a 1\n")
    }

    @Test func `a scrape that is cancelled ends at once, and its connection is not used again`() async throws {
        let server = try await LoopbackServer { _ in .none }
        let job = try Configuration.parse(
            "scrape_configs:\n- job_name: j\n  scrape_interval: 1h\n  scrape_timeout: 1h", path: "p"
        ).jobs[0]
        let group = TargetGroup(addresses: ["127.0.0.1:\(server.port)"], labels: [:])
        let target = try Self.target(of: group, job)
        let fetcher = HTTPFetcher(job: job)
        let source = fetcher.source(for: target, userAgent: "", on: MultiThreadedEventLoopGroup.singleton.next())
        let scrape = Task {
            do throws(FetchError) { return "\(try await source.fetch(sizeHint: 0))" } catch { return "\(error)" }
        }
        try await wait { !server.requests.isEmpty }
        scrape.cancel()
        let outcome = await scrape.value
        #expect(outcome == "\(FetchError.cancelled)")
        await fetcher.close()
        await server.close()
    }
}
