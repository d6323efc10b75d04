internal import HTTPTypes
internal import Hummingbird
internal import KTSDBHTTP
internal import KTSDBScrape
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// A stream of an HTTP/2 connection: one request and its answer, all on the thread of its event loop.
final class HTTP2Stream: ChannelDuplexHandler, AnsweringConnection {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = Never
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// The number of bytes of a body that are read ahead.
    private static let readAhead = 64 << 10

    let connections: Connections
    private let connection: HTTP2Connection
    private let answering: Answering
    private let executor: LoopExecutor
    private var entry: Connections.Entry?
    private(set) var context: ChannelHandlerContext?
    private var since = NIODeadline.now()
    private var isReadPending = false

    let number = 1
    private var hasRequest = false
    private var body = ByteBuffer()
    private var isBodyWhole = false
    private var bodyProblem: HTTPProblem?
    private var bodyWaiter: CheckedContinuation<ByteBuffer?, any Error>?
    private var task: Task<Void, Never>?

    var answer = AnswerState()
    /// The head of the answer, which is sent with the first part of its body.
    var pendingHead: HPACKHeaders?

    init(
        _ connections: Connections, _ connection: HTTP2Connection, _ executor: LoopExecutor,
        _ answering: @escaping Answering
    ) {
        self.connections = connections
        self.connection = connection
        self.executor = executor
        self.answering = answering
    }

    var isOpen: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? true }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.streamOpened()
        let entry = Connections.Entry(self, on: context.eventLoop, activity)
        self.entry = entry
        connections.add(entry, of: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        entry = nil
        connection.streamClosed()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            isBodyWhole = isBodyWhole || headers.endStream
            // Headers after the body are ignored.
            if !hasRequest { begin(headers.headers, context) }
        case .data(let part):
            if case .byteBuffer(var bytes) = part.data { body.writeBuffer(&bytes) }
            isBodyWhole = isBodyWhole || part.endStream
        default: return
        }
        deliverBody()
        publish()
    }

    func read(context: ChannelHandlerContext) {
        if wantsBytes { context.read() } else { isReadPending = true }
    }

    private var wantsBytes: Bool { bodyWaiter != nil || body.readableBytes < Self.readAhead }

    private func begin(_ headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        hasRequest = true
        let writer = AnswerWriter(self, on: context.eventLoop, number: number), channel = context.channel
        let request: Request
        do throws(HTTPProblem) { request = try self.request(headers, context.eventLoop) } catch {
            let refusal = Response.text("\(error)\n", status: .init(code: error.status))
            task = Task(executorPreference: executor) { await writer.send(refusal, isHead: false) }
            return
        }
        let isHead = request.method == .head
        task = Task(executorPreference: executor) { [answering] in
            let response = await answering(request, channel)
            await writer.send(response, isHead: isHead)
        }
    }

    private func request(_ headers: HPACKHeaders, _ loop: any EventLoop) throws(HTTPProblem) -> Request {
        guard let method = headers.first(name: ":method").flatMap({ HTTPRequest.Method($0) }), method != .connect,
            let path = headers.first(name: ":path")
        else { throw HTTPProblem(400, "invalid method") }
        try RequestHead.checkPath(Array(path.utf8))
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        for (name, value, _) in headers where !name.hasPrefix(":") && name != "host" {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let authority = headers.first(name: ":authority") ?? headers.first(name: "host")
        let head = HTTPRequest(method: method, scheme: "https", authority: authority, path: path, headerFields: fields)
        let stream = RequestBodyStream(connection: NIOLoopBound(self, eventLoop: loop), loop: loop)
        return Request(
            head: head, body: isBodyWhole ? RequestBody(buffer: ByteBuffer()) : RequestBody(asyncSequence: stream))
    }

    func nextOfBody(_ waiter: CheckedContinuation<ByteBuffer?, any Error>) {
        guard isOpen, bodyWaiter == nil else { return waiter.resume(throwing: bodyProblem ?? HTTPProblem.cutOff) }
        bodyWaiter = waiter
        deliverBody()
        publish()
        guard isReadPending, wantsBytes else { return }
        isReadPending = false
        context?.read()
    }

    private func deliverBody() {
        guard let waiter = bodyWaiter else { return }
        if let bodyProblem { return failBody(bodyProblem) }
        guard body.readableBytes > 0 || isBodyWhole else { return }
        bodyWaiter = nil
        let bytes = body
        body = ByteBuffer()
        waiter.resume(returning: bytes.readableBytes > 0 ? bytes : nil)
    }

    private func failBody(_ problem: HTTPProblem) {
        bodyProblem = problem
        let waiter = bodyWaiter
        bodyWaiter = nil
        waiter?.resume(throwing: problem)
    }

    // MARK: The end of the answer

    /// Ends the stream once the answer has been sent. Asks a client that is still sending its body to stop.
    func answered() {
        task = nil
        guard let context, !isBodyWhole else { return }
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    func close() { context?.close(promise: nil) }

    // MARK: Limits

    var activity: ConnectionActivity {
        if let stalled = answer.stalledSince { return ConnectionActivity(.stalled, since: stalled) }
        return ConnectionActivity(bodyWaiter == nil && hasRequest ? .answering : .reading, since: since)
    }

    /// Publishes the stream's activity, so that other threads can see it.
    func publish() { entry?.now = activity }

    func endIfOver(_ limits: ConnectionLimits) {
        switch overdue(limits) {
        case nil: break
        case .reading:
            connections.count(.readTimeout)
            failBody(HTTPProblem(408, "the request did not arrive completely in time"))
        default:
            connections.count(.writeTimeout)
            close()
        }
    }

    /// Closes the whole connection, since closing one stream would not make room.
    func makeRoom() {
        if makesRoom() { connection.close() }
    }

    func quiesce() {
        // The connection ends when its last stream has ended.
    }

    // MARK: Events

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answer.writabilityChanged(to: context.channel.isWritable)
        publish()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        failBody(.cutOff)
        answer.fail()
        task?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }
}
