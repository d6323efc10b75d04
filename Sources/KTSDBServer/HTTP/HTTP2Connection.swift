internal import NIOCore
internal import NIOHTTP2

/// An HTTP/2 connection, apart from its streams. It counts as waiting while it has no streams.
final class HTTP2Connection: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// The most requests that a client may have in progress on a connection.
    static let streamLimit = 64
    /// The longest headers of a request together, in bytes. Until a client knows this limit, 16 KiB apply.
    static let headerLimit = 64 << 10

    private let connections: Connections
    private var entry: Connections.Entry?
    private var context: ChannelHandlerContext?
    private var streams = 0
    private var since = NIODeadline.now()
    private var isQuiescing = false

    init(_ connections: Connections) { self.connections = connections }

    /// The limits of a connection and its streams.
    static var configuration: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamLimit),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerLimit),
        ]
        return configuration
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let entry = Connections.Entry(self, on: context.eventLoop, activity)
        self.entry = entry
        connections.add(entry, of: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        entry = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Only frames of the connection itself arrive here, and the handler before has dealt with them.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An error of one stream does not affect the others.
        if error is NIOHTTP2Errors.StreamError { return }
        close()
    }

    // MARK: Streams

    func streamOpened() {
        streams += 1
        if streams == 1 { since = .now() }
        entry?.now = activity
    }

    func streamClosed() {
        streams -= 1
        guard streams == 0 else { return }
        since = .now()
        entry?.now = activity
        if isQuiescing { return close() }
        connections.announceRoom(entry)
    }

    // MARK: Limits

    private var activity: ConnectionActivity { ConnectionActivity(streams == 0 ? .waiting : .answering, since: since) }

    func endIfOver(_ limits: ConnectionLimits) {
        entry?.now = activity
        guard limits.isOver(activity, at: .now()) else { return }
        connections.count(.idle)
        close()
    }

    func makeRoom() {
        entry?.now = activity
        guard streams == 0 else { return }
        connections.count(.room)
        close()
    }

    func quiesce() {
        guard !isQuiescing, let context else { return }
        isQuiescing = true
        let farewell = HTTP2Frame.FramePayload.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
        let frame = HTTP2Frame(streamID: .rootStream, payload: farewell)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        if streams == 0 { close() }
    }

    func close() { context?.close(promise: nil) }
}
