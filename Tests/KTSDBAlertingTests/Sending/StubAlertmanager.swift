import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server on a port of its own that takes alerts as a test says.
final class StubAlertmanager: Sendable {
    enum Behaviour: Sendable {
        /// Answers with a status.
        case answers(HTTPResponseStatus)
        /// Does not answer until ``release()``.
        case holds
        /// Sends the head of an answer, and nothing more.
        case stopsAfterHead
        /// Answers with this many bytes.
        case answersLong(Int)
        /// Closes the connection instead of answering.
        case closes
    }

    struct Received: Sendable {
        var head: HTTPRequestHead
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        var alerts: [SentAlert] {
            get throws { try JSONDecoder().decode([SentAlert].self, from: Data(body)) }
        }
    }

    private struct State {
        var behaviour: Behaviour
        var requests: [Received] = []
        var held: [@Sendable () -> Void] = []
    }

    let port: Int
    private let channel: any Channel
    private let state: Shared

    private final class Shared: Sendable {
        let state: Mutex<State>
        init(_ behaviour: Behaviour) { state = Mutex(State(behaviour: behaviour)) }
    }

    init(_ behaviour: Behaviour = .answers(.ok), port: Int = 0) async throws {
        let state = Shared(behaviour)
        self.state = state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(state))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    var address: String { "127.0.0.1:\(port)" }
    var url: String { "http://\(address)/api/v2/alerts" }
    var requests: [Received] { state.state.withLock { $0.requests } }
    var names: [String] {
        get throws { try requests.flatMap { try $0.alerts }.compactMap { $0.labels["alertname"] } }
    }

    func behave(_ behaviour: Behaviour) { state.state.withLock { $0.behaviour = behaviour } }

    /// Answers what was held, and all that comes, with 200.
    func release() {
        let held = state.state.withLock { state in
            defer { state.held = [] }
            state.behaviour = .answers(.ok)
            return state.held
        }
        for answer in held { answer() }
    }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let shared: Shared
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ shared: Shared) { self.shared = shared }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head else { return }
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop), loop = context.eventLoop
                let behaviour = shared.state.withLock { [body] state in
                    state.requests.append(Received(head: head, body: body))
                    if case .holds = state.behaviour {
                        state.held.append { loop.execute { bound.value.0.answer(.answers(.ok), bound.value.1) } }
                    }
                    return state.behaviour
                }
                answer(behaviour, context)
            }
        }

        private func answer(_ behaviour: Behaviour, _ context: ChannelHandlerContext) {
            switch behaviour {
            case .answers(let status):
                context.write(
                    wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: ["Content-Length": "0"]))),
                    promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .holds: break
            case .stopsAfterHead:
                context.writeAndFlush(
                    wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: ["Content-Length": "10"]))),
                    promise: nil)
            case .answersLong(let count):
                context.write(
                    wrapOutboundOut(
                        .head(.init(version: .http1_1, status: .ok, headers: ["Content-Length": "\(count)"]))),
                    promise: nil)
                write(count, context)
            case .closes: context.close(promise: nil)
            }
        }

        /// Writes the rest of a long body piece by piece, as the other side takes it.
        private func write(_ left: Int, _ context: ChannelHandlerContext) {
            guard left > 0 else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
            let count = min(left, 1 << 20)
            let piece = ByteBuffer(repeating: 0x20, count: count)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece)))).whenSuccess {
                bound.value.0.write(left - count, bound.value.1)
            }
        }
    }
}

/// An alert as an Alertmanager reads it.
struct SentAlert: Decodable {
    var annotations: [String: String]?
    var endsAt: String
    var startsAt: String
    var generatorURL: String?
    var labels: [String: String]
}
