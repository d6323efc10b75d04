import KTSDBEngine
import KTSDBScrape
import KTSDBServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

/// A server that listens on a port of its own, over a database in memory.
struct ListeningServer: Sendable {
    let state: ServerState
    let database: Database
    let port: Int

    static func run(
        options change: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (ListeningServer) async throws -> Void
    ) async throws {
        var options = ServerOptions()
        options.queryTimeout = .seconds(86_400)
        options.queryMaximumBytes = nil
        options.memoryLimit = nil
        options.listenAddress = ListenAddress(host: "127.0.0.1", port: 0)
        // Nothing takes too long unless the test says so: other tests may hold all threads for minutes.
        options.readTimeout = .seconds(86_400)
        options.connectionLimits.writeTimeout = .seconds(86_400)
        options.connectionLimits.patience = .seconds(86_400)
        change(&options)
        try await TestServer.turns.withTurn(within: .seconds(86_400)) { try await run(options, body) }
    }

    private static func run(
        _ options: ServerOptions, _ body: @escaping @Sendable (ListeningServer) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let files = LoadedFiles(
            try .parse("", path: "test.yml"), settings: try Settings.load(path: options.settingsFile))
        let state = try ServerState(options, files, logger: logger)
        try state.loadAccess(files.settings)
        let database = Database.inMemory()
        state.becomeReady(database, ScrapeManager(database: database, logger: logger, version: "test"))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let listener = Listener(state) { port.yield($0[0].port) }
        let running = Task { try await listener.run() }
        var iterator = ports.makeAsyncIterator()
        let server = ListeningServer(state: state, database: database, port: await iterator.next() ?? 0)
        do { try await body(server) } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
        #expect(state.connections.openCount == 0)
    }

    /// All that is sent back for `bytes` until the server closes the connection.
    func answer(to bytes: String) async throws -> String {
        let connection = try await RawConnection(port)
        try await connection.send(bytes)
        return try await connection.receiveAll()
    }
}

/// A connection on which a test sends what it likes.
final class RawConnection: Sendable {
    private let channel: any Channel
    private let collector: Collector

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let received = Mutex<(bytes: [UInt8], isClosed: Bool)>(([], false))

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received.withLock { $0.bytes += bytes.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) { received.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// Connects; `reads` false: what the server sends stays in the sockets, which are small then.
    init(_ port: Int, reads: Bool = true) async throws {
        let collector = Collector()
        self.collector = collector
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 20 : 4096)
            .channelInitializer { $0.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func close() async { try? await channel.close() }

    /// What has come so far.
    var text: String { collector.received.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    var isClosed: Bool { collector.received.withLock { $0.isClosed } }

    /// Begins to read.
    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Waits until what has come contains `text`, or the connection is closed; counts attempts, not seconds.
    @discardableResult
    func receive(until text: String) async throws -> String {
        for _ in 0..<60_000 where !self.text.contains(text) && !isClosed { try await Task.sleep(for: .milliseconds(2)) }
        return self.text
    }

    /// Waits until the server has closed the connection.
    @discardableResult
    func receiveAll() async throws -> String {
        for _ in 0..<60_000 where !isClosed { try await Task.sleep(for: .milliseconds(2)) }
        #expect(isClosed)
        return text
    }
}
