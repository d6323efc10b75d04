import KTSDBEngine
import KTSDBModel
import KTSDBRules
import KTSDBScrape
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import KTSDBAlerting

/// Remembers what was posted.
private final class Recorder: HeartbeatClient {
    let posts = Mutex<[String]>([])
    let reason = Mutex<String?>(nil)
    let kept = Mutex<Int>(0)

    func post(_ text: String, to url: String, of target: HeartbeatTarget) async -> String? {
        posts.withLock { $0.append("\(url) \(text)") }
        return reason.withLock { $0 }
    }

    func keep(_ targets: [HeartbeatTarget]) async { kept.withLock { $0 = targets.count } }

    func take() -> [String] {
        posts.withLock { posts in
            defer { posts = [] }
            return posts.sorted()
        }
    }
}

/// Remembers the lines of a log.
private struct LineRecorder: LogHandler {
    final class Lines: Sendable { let all = Mutex<[String]>([]) }

    let lines: Lines
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let texts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        lines.all.withLock { $0.append(([event.message.description] + texts).joined(separator: " ")) }
    }
}

@Suite struct `Heartbeats that are sent` {
    private let client = Recorder(), lines = LineRecorder.Lines()

    private var logger: Logger { Logger(label: "test") { [lines] _ in LineRecorder(lines: lines) } }

    @Test func `come at their intervals, while all is well`() async throws {
        let wanted = Shared([
            HeartbeatTarget(url: "http://a/x", interval: .seconds(60)),
            HeartbeatTarget(url: "http://b/y", failureURL: "http://b/y/fail", interval: .seconds(10)),
        ])
        let wrong = Shared<[String]>([])
        let sender = HeartbeatSender(
            client: client, logger: logger, targets: { wanted.value }, obstacles: { wrong.value })
        await sender.beat(at: .seconds(1))
        #expect(client.take() == ["http://a/x ok\n", "http://b/y ok\n"])
        await sender.beat(at: .seconds(10))
        #expect(client.take().isEmpty)
        await sender.beat(at: .seconds(11))
        #expect(client.take() == ["http://b/y ok\n"])
        wrong.value = ["rules stand still"]
        await sender.beat(at: .seconds(61))
        await sender.beat(at: .seconds(71))
        #expect(client.take() == ["http://b/y/fail rules stand still\n", "http://b/y/fail rules stand still\n"])
        wrong.value = []
        wanted.value.removeLast()
        // One that is late does not catch up.
        await sender.beat(at: .seconds(1000))
        #expect(client.take() == ["http://a/x ok\n"] && client.kept.withLock { $0 } == 1)
        await sender.beat(at: .seconds(1001))
        #expect(client.take().isEmpty)
        #expect(
            lines.all.withLock { $0 } == ["heartbeats stop reasons=rules stand still", "heartbeats are sent again"])
    }

    @Test func `that do not arrive are logged once, without the address`() async throws {
        let sender = HeartbeatSender(
            client: client, logger: logger,
            targets: { [HeartbeatTarget(url: "https://user:pw@hc.example/s3cr3t", interval: .seconds(1))] },
            obstacles: { [] })
        client.reason.withLock { $0 = "status 500" }
        for second in 1...5 { await sender.beat(at: .seconds(second)) }
        client.reason.withLock { $0 = nil }
        for second in 6...9 { await sender.beat(at: .seconds(second)) }
        #expect(
            lines.all.withLock { $0 } == [
                "a heartbeat did not arrive error=status 500 host=hc.example",
                "heartbeats arrive again host=hc.example",
            ])
    }

    @Test func `are counted, by target and by host`() async throws {
        let wanted = Shared([
            HeartbeatTarget(url: "https://hc.example/s3cr3t", failureURL: "https://hc.example/fail"),
            HeartbeatTarget(url: "https://hc.example/other", interval: .seconds(120)),
        ])
        let wrong = Shared<[String]>([]), time = Shared(Timestamp(milliseconds: 1_700_000_000_000))
        let sender = HeartbeatSender(
            client: client, logger: logger, targets: { wanted.value }, obstacles: { wrong.value },
            time: { time.value })
        #expect(await sender.report().entries.isEmpty)
        await sender.beat(at: .seconds(1))
        client.reason.withLock { $0 = "status 500" }
        time.value = time.value + .seconds(60)
        await sender.beat(at: .seconds(61))
        var report = await sender.report()
        #expect(report.entries.map(\.figures.sent) == [1, 1] && report.entries.map(\.figures.failed) == [1, 0])
        #expect(report.entries.map(\.figures.error) == ["status 500", nil])
        #expect(report.entries[0].figures.lastSent == Timestamp(milliseconds: 1_700_000_000_000))
        // What goes to the address for failures is no heartbeat.
        client.reason.withLock { $0 = nil }
        wrong.value = ["rules are late"]
        await sender.beat(at: .seconds(121))
        report = await sender.report()
        #expect(report.obstacles == ["rules are late"])
        #expect(report.entries.map(\.figures.withheld) == [1, 1] && report.entries.map(\.figures.sent) == [1, 1])
        #expect(report.entries.map(\.figures.error) == [nil, nil])
        let metrics = report.selfMetrics()
        #expect(metrics.map { $0.points.map(\.value) } == [[2], [1], [2], [1_700_000_000]])
        #expect(metrics.allSatisfy { $0.points.first?.labels.first?.value == "hc.example" })
        #expect(!"\(metrics)".contains("s3cr3t"))
        wanted.value = []
        await sender.beat(at: .seconds(181))
        #expect(await sender.report().entries.isEmpty)
    }

    @Test func `go over HTTP, and errors do not show the address`() async throws {
        let client = HTTPHeartbeatClient(userAgent: "test")
        let group = MultiThreadedEventLoopGroup.singleton
        let requests = Shared<[String]>([])
        let server = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(Answerer(requests))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let target = HeartbeatTarget(url: "http://127.0.0.1:\(port)/ok")
        #expect(await client.post("hello", to: target.url, of: target) == nil)
        let refused = HeartbeatTarget(url: "http://127.0.0.1:\(port)/s3cr3t")
        #expect(await client.post("hello", to: refused.url, of: refused)?.hasPrefix("status 404") == true)
        #expect(requests.value == ["POST /ok hello", "POST /s3cr3t hello"])
        try await server.close()
        let gone = await client.post("hello", to: refused.url, of: refused)
        #expect(gone != nil && gone?.contains("s3cr3t") == false, "\(gone ?? "")")
        await client.keep([])
    }
}

/// A value that several tasks share.
private final class Shared<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}

/// Answers 200 to `/ok`, and 404 to others.
private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let requests: Shared<[String]>
    private var text = "", isFound = false

    init(_ requests: Shared<[String]>) { self.requests = requests }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            text = "\(head.method) \(head.uri) "
            isFound = head.uri == "/ok"
        case .body(let body): text += String(buffer: body)
        case .end:
            requests.value.append(text)
            let head = HTTPResponseHead(
                version: .http1_1, status: isFound ? .ok : .notFound, headers: ["Content-Length": "0"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

@Suite struct `Groups that are late` {
    private let start = PreciseTime(nanoseconds: 1_700_000_000_000_000_000)

    @Test func `keep heartbeats from being sent`() {
        let group = RuleGroup(name: "g", interval: .seconds(10), rules: [])
        var statistics = GroupStatistics()
        func obstacles(_ seconds: Int) -> [String] {
            HeartbeatHealth.obstacles(group, statistics, started: start, at: start + .seconds(seconds))
        }
        #expect(obstacles(45).isEmpty && obstacles(46) == ["the group g was not evaluated yet"])
        statistics.lastEvaluation = start + .seconds(100)
        #expect(obstacles(145).isEmpty && obstacles(146) == ["the group g was evaluated last 46 seconds ago"])
    }
}
