import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A small HTTP server on a port of its own, which answers as a test says.
final class LoopbackServer: Sendable {
    /// An answer, byte for byte.
    struct Answer: Sendable {
        var bytes: [UInt8]
        var closes = false
        /// Never answers.
        var isMissing = false
        /// What is sent after the bytes, again and again until the connection is closed, and how often.
        var repeated: [UInt8] = [], pause: TimeAmount = .zero

        static let none = Answer(bytes: [], isMissing: true)

        static func page(
            _ body: some Collection<UInt8>, contentType: String? = "text/plain; version=0.0.4; charset=utf-8",
            encoding: String? = nil, status: String = "200 OK", announcing length: Int? = nil, closes: Bool = false
        ) -> Answer {
            var head = "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.count)\r\n"
            if let contentType { head += "Content-Type: \(contentType)\r\n" }
            if let encoding { head += "Content-Encoding: \(encoding)\r\n" }
            return Answer(bytes: Array((head + "\r\n").utf8) + body, closes: closes)
        }

        static func page(_ text: String) -> Answer { page(Array(text.utf8)) }
    }

    let port: Int
    private let channel: any Channel
    private let log: RequestLog

    /// The requests so far.
    var requests: [HTTPRequestHead] { log.requests.withLock { $0 } }

    /// How many connections were made so far.
    var connectionCount: Int { log.connections.load(ordering: .relaxed) }

    private final class RequestLog: Sendable {
        let requests = Mutex<[HTTPRequestHead]>([])
        let connections = Atomic(0)
    }

    /// Listens at a port of 127.0.0.1, or at a Unix socket, with encryption if there is a context for it.
    init(
        tls: NIOSSLContext? = nil, socket: String? = nil, _ answer: @escaping @Sendable (HTTPRequestHead) -> Answer
    ) async throws {
        let log = RequestLog()
        self.log = log
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                log.connections.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(HTTPRequestDecoder()),
                        AnsweringHandler { head in
                            log.requests.withLock { $0.append(head) }
                            return answer(head)
                        })
                }
            }
        channel =
            if let socket {
                try await bootstrap.bind(unixDomainSocketPath: socket).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        port = channel.localAddress?.port ?? 0
    }

    func close() async { try? await channel.close() }

    private final class AnsweringHandler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let answer: (HTTPRequestHead) -> Answer

        private static func repeats(_ bytes: ByteBuffer, _ pause: TimeAmount, on channel: any Channel) {
            channel.writeAndFlush(bytes).whenSuccess {
                channel.eventLoop.scheduleTask(in: pause) { repeats(bytes, pause, on: channel) }
            }
        }

        init(_ answer: @escaping (HTTPRequestHead) -> Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .head(let head) = unwrapInboundIn(data) else { return }
            let answer = answer(head)
            guard !answer.isMissing else { return }
            let written = context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.bytes)))
            if !answer.repeated.isEmpty {
                Self.repeats(ByteBuffer(bytes: answer.repeated), answer.pause, on: context.channel)
            }
            if answer.closes {
                let context = NIOLoopBound(context, eventLoop: context.eventLoop)
                written.whenComplete { _ in context.value.close(promise: nil) }
            }
        }
    }
}
