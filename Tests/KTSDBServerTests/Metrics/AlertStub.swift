import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Takes requests like an Alertmanager or a webhook, with a status that a test sets; without one it does not answer.
final class AlertStub: Sendable {
    private final class State: Sendable {
        let status = Mutex<HTTPResponseStatus?>(.ok)
        let count = Atomic(0)
        let body = Mutex<[UInt8]>([])
    }

    private let state = State()
    private let channel: any Channel

    init() async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [state] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var address: String { "127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    /// How many requests there were.
    var count: Int { state.count.load(ordering: .relaxed) }
    /// The bodies of all requests, one after the other, as far as ``bodyLimit`` bytes.
    var text: String { String(decoding: state.body.withLock { $0 }, as: UTF8.self) }

    private static let bodyLimit = 1 << 20

    func answer(_ status: HTTPResponseStatus?) { state.status.withLock { $0 = status } }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let state: State

        init(_ state: State) { self.state = state }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .body(let bytes) = unwrapInboundIn(data) {
                state.body.withLock { $0 += bytes.readableBytesView.prefix(max(0, bodyLimit - $0.count)) }
            }
            guard case .end = unwrapInboundIn(data) else { return }
            state.count.add(1, ordering: .relaxed)
            guard let status = state.status.withLock({ $0 }) else { return }
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["Content-Length": "0"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
