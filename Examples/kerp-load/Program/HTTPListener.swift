internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// An HTTP server for small requests and answers that are ready at once.
struct HTTPListener: Sendable {
    /// Where it listens.
    let address: ListenArgument

    init(_ address: ListenArgument, _ answer: @escaping @Sendable (HTTPRequestHead) -> Answer) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(AnsweringHandler(answer))
                }
            }
            .bind(host: address.host, port: address.port).get()
        self.address = ListenArgument(host: address.host, port: channel.localAddress?.port ?? address.port)
    }
}

/// Answers each request when it is complete. Its body is ignored.
private final class AnsweringHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPRequestHead) -> Answer
    private var head: HTTPRequestHead?

    init(_ answer: @escaping @Sendable (HTTPRequestHead) -> Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            respond(to: head, context)
        }
    }

    private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let answer = answer(request)
        var head = HTTPResponseHead(version: request.version, status: answer.status)
        head.headers.add(name: "Content-Type", value: answer.type)
        head.headers.add(name: "Content-Length", value: String(answer.body.count))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard !request.isKeepAlive else { return }
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.whenComplete { _ in context.value.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
