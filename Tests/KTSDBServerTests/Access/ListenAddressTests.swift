import AsyncHTTPClient
import CLibrary
import HTTPTypes
import HummingbirdTesting
import KTSDBEngine
import KTSDBScrape
import KTSDBServer
import KTSDBTesting
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite struct `Addresses to listen at` {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server at addresses.
    private static func run(
        _ texts: [String], _ body: @escaping @Sendable ([ListenAddress]) async throws -> Void
    ) async throws {
        var options = ServerOptions()
        options.listenAddresses = texts.compactMap(ListenAddress.init)
        let state = try ServerState(options, LoadedFiles(try .parse("", path: "test.yml")), logger: logger)
        let database = Database.inMemory()
        state.becomeReady(database, ScrapeManager(database: database, logger: logger, version: "test"))
        let (all, bound) = AsyncStream.makeStream(of: [ListenAddress].self)
        let listener = Listener(state) { bound.yield($0) }
        let running = Task {
            defer { bound.finish() }
            try await listener.run()
        }
        var iterator = all.makeAsyncIterator()
        let result: Result<Void, any Error>
        if let addresses = await iterator.next() {
            do { result = .success(try await body(addresses)) } catch { result = .failure(error) }
        } else {
            result = .success(())
        }
        running.cancel()
        try await running.value
        try result.get()
    }

    private static func status(_ url: String) async throws -> Int {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Host", value: "a")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
        _ = try await response.body.collect(upTo: 1 << 20)
        return Int(response.status.code)
    }

    private static func unixURL(_ path: String) -> String {
        "http+unix://" + path.replacing("/", with: "%2F") + "/-/ready"
    }

    @Test func `are served alike, ports and sockets of Unix`() async throws {
        let directory = TemporaryDirectory(), path = directory.path + "/k.sock"
        try await Self.run(["127.0.0.1:0", "unix:" + path, "127.0.0.1:0"]) { addresses in
            #expect(addresses.count == 3 && addresses[0].port != addresses[2].port)
            for address in [addresses[0], addresses[2]] {
                let status = try await Self.status("http://\(address)/-/ready")
                #expect(status == 200)
            }
            #expect(addresses[1].description == "unix:\(path)")
            #expect(try await Self.status(Self.unixURL(path)) == 200)
            // A server that is there is not pushed aside.
            let error = await #expect(throws: StartError.self) { try await Self.run(["unix:" + path]) { _ in } }
            #expect(error?.description == "cannot listen at unix:\(path): another server listens there")
            #expect(try await Self.status(Self.unixURL(path)) == 200)
        }
        var status = stat()
        #expect(SystemCall.fileStatus(path, &status) != 0)
    }

    @Test func `take over the socket of a server that is gone, and no other file`() async throws {
        let directory = TemporaryDirectory(), path = directory.path + "/k.sock"
        let left = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path).get()
        try await left.close()
        try await Self.run(["unix:" + path]) { _ in
            let status = try await Self.status(Self.unixURL(path))
            #expect(status == 200)
        }
        let file = directory.path + "/file"
        let descriptor = SystemCall.openFile(file, O_WRONLY | O_CREAT | O_CLOEXEC)
        close(descriptor)
        await #expect(throws: StartError.self) { try await Self.run(["unix:" + file]) { _ in } }
        var status = stat()
        #expect(SystemCall.fileStatus(file, &status) == 0)
        await #expect(throws: StartError.self) {
            try await Self.run(["unix:/" + String(repeating: "x", count: 200)]) { _ in }
        }
    }

    @Test func `are all needed: if one is taken, none is served`() async throws {
        try await Self.run(["127.0.0.1:0"]) { taken in
            await #expect(throws: StartError.self) { try await Self.run(["127.0.0.1:0", "\(taken[0])"]) { _ in } }
        }
    }

    @Test func `send those who come without the prefix to it`() async throws {
        try await TestServer.run(options: { $0.givenRoutePrefix = "/prom/" }) { server in
            let answer = try await server.get("/")
            #expect(answer.status == .found && answer.headers[.location] == "/prom")
            #expect(try await server.get("/prom").status == .ok)
            #expect(try await server.get("/prom/-/ready").status == .ok)
            #expect(try await server.get("/-/ready").status == .notFound)
        }
        // A proxy removes the path of the external address before requests come here; pages keep it.
        let options: (inout ServerOptions) -> Void = {
            $0.externalURL = "https://example.org/metrics/"
            $0.givenRoutePrefix = "/"
        }
        try await TestServer.run(options: options) { server in
            let page = try await server.get("/")
            #expect(page.status == .ok && page.text.contains("href=\"/metrics/api/v1/targets\""))
        }
    }
}
