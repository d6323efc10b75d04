import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on loopback that gives each request the answer that a test wants, and notes the requests.
final class AnswerStub: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body: String

        init(_ status: Int, _ body: String) {
            self.status = status
            self.body = body
        }
    }

    private let channel: any Channel
    private let seen: Log

    /// The requests as `METHOD target body`.
    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Starts a server. `answer` gets the method, the target and the body.
    init(_ answer: @escaping @Sendable (String, String, String) -> Answer) async throws {
        let seen = Log()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answer, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.seen = seen
    }

    deinit { channel.close(promise: nil) }

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    var lines: [String] { seen.lines.withLock { $0 } }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (String, String, String) -> Answer
        private let seen: Log
        private var head: HTTPRequestHead?
        private var body = ""

        init(_ answer: @escaping @Sendable (String, String, String) -> Answer, _ seen: Log) {
            self.answer = answer
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ""
            case .body(let bytes): body += String(buffer: bytes)
            case .end: reply(context)
            }
        }

        private func reply(_ context: ChannelHandlerContext) {
            guard let head else { return }
            seen.lines.withLock { $0.append("\(head.method.rawValue) \(head.uri) \(body)") }
            let answer = answer(head.method.rawValue, head.uri, body)
            let bytes = ByteBuffer(string: answer.body)
            let response = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
                headers: ["Content-Length": "\(bytes.readableBytes)"])
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
