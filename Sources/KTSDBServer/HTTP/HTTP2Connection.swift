internal import NIOCore
internal import NIOHTTP2

/// A connection that speaks HTTP/2, apart from its streams: it waits while it has none.
final class HTTP2Connection: ChannelInboundHandler, ServedConnection {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// How many requests a client may have at the same time.
    static let streamLimit = 64
    /// How long the headers of a request may be together, in bytes. For a client that does not know this limit yet, it
    /// is 16 KiB.
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
        // Only frames that are about the connection come here; the handler before has dealt with them.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What is wrong with one stream does not concern the others.
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
