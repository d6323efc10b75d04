import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A receiver on a port of its own that behaves as a test says.
final class StubReceiver: Sendable {
    struct Received: Sendable {
        var method: String
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Behaviour: Sendable {
        case answers(Int, headers: [String: String] = [:], body: String = "")
        /// Never answers.
        case hangs
        /// Answers with a head, and then one byte after the other.
        case trickles(Int)
        /// Answers with a body that has no end.
        case floods(Int)
        /// Closes the connection instead of answering.
        case closes
    }

    fileprivate struct State {
        var behave: @Sendable (Received) -> Behaviour
        var received: [Received] = []
        var floodedBytes = 0
    }

    final class Shared: Sendable {
        fileprivate let state: Mutex<State>
        fileprivate init(_ state: State) { self.state = Mutex(state) }
    }

    let port: Int
    private let shared: Shared
    private let channel: any Channel

    init(tls: NIOSSLContext? = nil, _ behave: @escaping @Sendable (Received) -> Behaviour) async throws {
        let shared = Shared(State(behave: behave))
        self.shared = shared
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandlers(
                        ByteToMessageHandler(HTTPRequestDecoder()), Handler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    convenience init(_ behaviour: Behaviour = .answers(200), tls: NIOSSLContext? = nil) async throws {
        try await self.init(tls: tls) { _ in behaviour }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var received: [Received] { shared.state.withLock { $0.received } }
    /// How many bytes of endless bodies were taken.
    var floodedBytes: Int { shared.state.withLock { $0.floodedBytes } }

    func behave(_ behaviour: Behaviour) { shared.state.withLock { $0.behave = { _ in behaviour } } }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let shared: Shared
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ shared: Shared) { self.shared = shared }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head else { return }
                let received = Received(
                    method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
                let behave = shared.state.withLock { state in
                    state.received.append(received)
                    return state.behave
                }
                answer(behave(received), context)
            }
        }

        private func answer(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
            switch behaviour {
            case .answers(let status, let headers, let body):
                var text = "HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count)\r\n"
                for (name, value) in headers { text += "\(name): \(value)\r\n" }
                write(text + "\r\n" + body, context)
            case .hangs: break
            case .closes: context.close(promise: nil)
            case .trickles(let status):
                write("HTTP/1.1 \(status) Status\r\nContent-Length: 100000\r\n\r\n", context)
                let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
                context.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) {
                    task in
                    guard bound.value.channel.isActive else { return task.cancel() }
                    bound.value.writeAndFlush(NIOAny(ByteBuffer(string: "o")), promise: nil)
                }
            case .floods(let status):
                write("HTTP/1.1 \(status) Status\r\nContent-Length: 104857600\r\n\r\n", context)
                flood(context, left: 1600)
            }
        }

        private func flood(_ context: ChannelHandlerContext, left: Int) {
            guard left > 0, context.channel.isActive else { return }
            let bound = NIOLoopBound((context, self), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: UInt8(ascii: "x"), count: 65_536)))
                .whenSuccess {
                    let (context, handler) = bound.value
                    handler.shared.state.withLock { $0.floodedBytes += 65_536 }
                    handler.flood(context, left: left - 1)
                }
        }

        private func write(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
