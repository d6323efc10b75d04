internal import KTSDBAccess
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// A connection during its TLS handshake. The handshake may take as long as a request, and the connection makes room
/// for others like one that waits for a request.
final class TLSHandshake: ChannelInboundHandler, RemovableChannelHandler, ServedConnection {
    typealias InboundIn = ByteBuffer

    /// Adds the handlers of the negotiated protocol.
    typealias Continuation = (_ context: ChannelHandlerContext, _ isHTTP2: Bool) throws -> Void

    private let connections: Connections
    private let identity: TLSIdentity
    private let whenDone: Continuation
    private var context: ChannelHandlerContext?
    private var isDone = false
    private let since = NIODeadline.now()

    init(_ connections: Connections, _ identity: TLSIdentity, whenDone: @escaping Continuation) {
        self.connections = connections
        self.identity = identity
        self.whenDone = whenDone
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let entry = Connections.Entry(self, on: context.eventLoop, activity)
        connections.add(entry, of: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted(let negotiated) = event {
            finish(context, isHTTP2: negotiated == "h2")
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func finish(_ context: ChannelHandlerContext, isHTTP2: Bool) {
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        guard let tls, identity.accepts(tls.peerCertificate) else { return fail() }
        do {
            isDone = true
            try whenDone(context, isHTTP2)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            close()
        }
    }

    private func fail() {
        if !isDone { connections.count(.handshake) }
        isDone = true
        close()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail() }

    // MARK: Limits

    private var activity: ConnectionActivity { ConnectionActivity(.waiting, since: since) }

    func endIfOver(_ limits: ConnectionLimits) {
        guard !isDone, limits.isOver(activity, at: .now()) else { return }
        connections.count(.readTimeout)
        isDone = true
        close()
    }

    func makeRoom() {
        guard !isDone else { return }
        connections.count(.room)
        isDone = true
        close()
    }

    func quiesce() { close() }

    func close() { context?.close(promise: nil) }
}
