internal import HTTPTypes
internal import Hummingbird
internal import KTSDBHTTP
internal import KTSDBScrape
internal import Logging
internal import NIOCore

/// Returns the answer to a request that came on a channel.
typealias Answering = @Sendable (Request, any Channel) async -> Response

/// A connection of the server. It reads requests and writes answers one after the other, all on the thread of its event
/// loop.
///
/// Its routes keep the law of event loops (ARCHITECTURE.md): work that takes long or waits runs on other threads. A
/// request is only read when the one before it has been answered; of what a client sends ahead, 64 KiB are read and the
/// rest stays in the socket. The same holds for a body that the route does not read.
final class Connection: ChannelDuplexHandler, AnsweringConnection {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Waiting for a request, whose head may have arrived in part.
        case waiting
        /// A request is being answered.
        case answering
        /// The request was answered, and the rest of its body is discarded.
        case draining
        /// Nothing more is read.
        case closing
    }

    /// The number of bytes that are read ahead.
    private static let readAhead = 64 << 10
    /// The longest rest of an unread body, in bytes, that is read and discarded so that the connection can be kept.
    static let longestRest = 256 << 10

    let connections: Connections
    private let answering: Answering
    private let executor: LoopExecutor
    private var entry: Connections.Entry?
    private(set) var context: ChannelHandlerContext?

    var phase = Phase.waiting
    private var input = ByteBuffer()
    private var search = HeaderSearch()
    private var isReadingHead = false
    private var since = NIODeadline.now()
    private var isInputClosed = false
    private var isReadPending = false
    private(set) var isQuiescing = false
    private var skipsLineEnds = false

    // The request that is being answered, and its number; a writer that still answers an earlier request notices by it.
    private(set) var number = 0
    private(set) var head: RequestHead?
    private(set) var body = BodyReader(.length(0))
    private(set) var owesContinue = false
    private(set) var bodyProblem: HTTPProblem?
    private var bodyWaiter: CheckedContinuation<ByteBuffer?, any Error>?
    private var task: Task<Void, Never>?

    // The answer to the request.
    var answer = AnswerState()

    init(_ connections: Connections, on loop: any EventLoop, _ answering: @escaping Answering) {
        self.connections = connections
        self.answering = answering
        executor = LoopExecutor(loop)
    }

    var isOpen: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? true }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let entry = Connections.Entry(self, on: context.eventLoop, ConnectionActivity(.waiting, since: since))
        self.entry = entry
        connections.add(entry, of: context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // The entry holds a reference to the connection; this breaks the cycle.
        entry = nil
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closing else { return }
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        process()
    }

    func read(context: ChannelHandlerContext) {
        if wantsBytes { context.read() } else { isReadPending = true }
    }

    private var wantsBytes: Bool {
        switch phase {
        case .waiting, .draining, .closing: true
        case .answering: bodyWaiter != nil || input.readableBytes < Self.readAhead
        }
    }

    private func resumeReading() {
        guard isReadPending, wantsBytes else { return }
        isReadPending = false
        context?.read()
    }

    private func process() {
        switch phase {
        case .waiting: readHead()
        case .answering: readBody()
        case .draining: drain()
        case .closing: input.clear()
        }
        publish()
        resumeReading()
    }

    private func readHead() {
        if skipsLineEnds { skipLineEnds() }
        guard input.readableBytes > 0 else {
            if isInputClosed { close() }
            return
        }
        if !isReadingHead {
            isReadingHead = true
            since = .now()
        }
        do throws(HTTPProblem) {
            guard let length = try search.length(in: input) else {
                if isInputClosed { close() }
                return
            }
            isReadingHead = false
            begin(try RequestHead(input.readBytes(length: length) ?? []))
        } catch {
            refuse(error)
        }
    }

    /// Skips line ends: some old clients send too many of them after the body of a POST.
    private func skipLineEnds() {
        for _ in 0..<4 {
            guard let byte = input.getInteger(at: input.readerIndex, as: UInt8.self), byte == 0x0a || byte == 0x0d
            else {
                break
            }
            input.moveReaderIndex(forwardBy: 1)
        }
        if input.readableBytes > 0 { skipsLineEnds = false }
    }

    private func begin(_ head: RequestHead) {
        guard head.expectation != .unknown else {
            return refuse(HTTPProblem(417, "only 100-continue can be expected"))
        }
        self.head = head
        number += 1
        body = BodyReader(head.framing)
        owesContinue = head.expectation == .continuation
        bodyProblem = nil
        answer = AnswerState()
        phase = .answering
        guard let context, let request = request(head) else {
            return refuse(.init(400, "invalid method"))
        }
        let channel = context.channel, loop = context.eventLoop
        let isHead = request.method == .head
        let writer = AnswerWriter(self, on: loop, number: number)
        task = Task(executorPreference: executor) { [answering] in
            let response = await answering(request, channel)
            await writer.send(response, isHead: isHead)
        }
    }

    private func request(_ head: RequestHead) -> Request? {
        guard let method = HTTPRequest.Method(head.method) else { return nil }
        var fields = HTTPFields()
        fields.reserveCapacity(head.fields.fields.count)
        for field in head.fields.fields {
            // The value of `Host` is the request's authority.
            if field.name.lowercased() != "host", let name = HTTPField.Name(field.name) {
                fields.append(HTTPField(name: name, value: field.value))
            }
        }
        let request = HTTPRequest(
            method: method, scheme: "http", authority: head.host, path: head.target, headerFields: fields)
        return Request(head: request, body: requestBody(head))
    }

    private func requestBody(_ head: RequestHead) -> RequestBody {
        if case .length(let count) = head.framing, count <= input.readableBytes, !owesContinue {
            // The body has arrived with the head, or is empty.
            let bytes = input.readSlice(length: count) ?? ByteBuffer()
            body = BodyReader(.length(0))
            return RequestBody(buffer: bytes)
        }
        let loop = executor.loop
        return RequestBody(
            asyncSequence: RequestBodyStream(connection: NIOLoopBound(self, eventLoop: loop), loop: loop))
    }

    // MARK: The body

    /// Resumes `waiter` with the next bytes of the body as soon as they have arrived, or with nil at its end.
    func nextOfBody(_ waiter: CheckedContinuation<ByteBuffer?, any Error>) {
        guard isOpen, phase == .answering, bodyWaiter == nil else {
            return waiter.resume(throwing: bodyProblem ?? HTTPProblem.cutOff)
        }
        bodyWaiter = waiter
        if owesContinue {
            owesContinue = false
            context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
        process()
    }

    private func readBody() {
        guard let waiter = bodyWaiter else { return }
        if let bodyProblem { return failBody(bodyProblem) }
        do throws(HTTPProblem) {
            switch try body.next(in: &input) {
            case .bytes(let bytes):
                bodyWaiter = nil
                waiter.resume(returning: bytes)
            case .end:
                bodyWaiter = nil
                waiter.resume(returning: nil)
            case .missing: if isInputClosed { failBody(.cutOff) }
            }
        } catch {
            failBody(error)
        }
    }

    private func failBody(_ problem: HTTPProblem) {
        bodyProblem = problem
        let waiter = bodyWaiter
        bodyWaiter = nil
        waiter?.resume(throwing: problem)
    }

    private func drain() {
        do throws(HTTPProblem) {
            while true {
                switch try body.next(in: &input) {
                case .bytes: break
                case .end: return waitForRequest()
                case .missing:
                    if isInputClosed { close() }
                    return
                }
            }
        } catch {
            close()
        }
    }

    // MARK: Between requests

    /// Continues with the connection once the answer has been sent.
    func answered() {
        task = nil
        head = nil
        guard phase == .answering else { return }
        if answer.closes {
            // A client that is still sending would not read the answer if the connection were reset right after it.
            if body.isAtEnd, input.readableBytes == 0 { close() } else { linger() }
        } else if body.isAtEnd {
            waitForRequest()
        } else {
            phase = .draining
            process()
        }
    }

    private func waitForRequest() {
        phase = .waiting
        since = .now()
        skipsLineEnds = true
        if isQuiescing || isInputClosed && input.readableBytes == 0 { return close() }
        publish()
        if input.readableBytes > 0 {
            // A client that sends requests ahead must not keep the event loop from its other connections: the loop
            // first reads what those have sent.
            let connection = NIOLoopBound(self, eventLoop: executor.loop)
            executor.loop.scheduleTask(in: .microseconds(20)) { connection.value.process() }
        } else {
            connections.announceRoom(entry)
            resumeReading()
        }
    }

    /// Answers a request that is malformed, and closes the connection.
    private func refuse(_ problem: HTTPProblem) {
        guard let context else { return }
        phase = .closing
        let status = HTTPResponse.Status(code: problem.status)
        let text = ByteBuffer(string: "\(status.code) \(status.reasonPhrase): \(problem)\n")
        let head = HTTPResponse(
            status: status,
            headerFields: [
                .contentType: "text/plain; charset=utf-8", .contentLength: "\(text.readableBytes)",
                .connection: "close",
            ])
        context.write(wrapOutboundOut(AnswerState.head(head, minorVersion: 1, framing: .announced)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(text), promise: nil)
        linger()
    }

    /// Stops sending, and gives the client a moment to read the answer.
    private func linger() {
        phase = .closing
        since = .now()
        input.clear()
        if isInputClosed { return close() }
        context?.close(mode: .output, promise: nil)
        publish()
        resumeReading()
    }

    func close() {
        phase = .closing
        context?.close(promise: nil)
    }

    // MARK: Limits

    /// The connection's current activity.
    var activity: ConnectionActivity {
        switch phase {
        case .waiting: ConnectionActivity(isReadingHead ? .reading : .waiting, since: since)
        case .draining: ConnectionActivity(.reading, since: since)
        case .closing: ConnectionActivity(.closing, since: since)
        case .answering:
            if let stalled = answer.stalledSince {
                ConnectionActivity(.stalled, since: stalled)
            } else {
                ConnectionActivity(bodyWaiter == nil ? .answering : .reading, since: since)
            }
        }
    }

    /// Publishes the connection's activity, so that other threads can see it.
    func publish() { entry?.now = activity }

    /// Ends the current activity if it has taken too long.
    func endIfOver(_ limits: ConnectionLimits) {
        switch overdue(limits) {
        case .waiting:
            connections.count(.idle)
            close()
        case .reading:
            connections.count(.readTimeout)
            let late = HTTPProblem(408, "the request did not arrive completely in time")
            switch phase {
            case .waiting: refuse(late)
            case .answering: failBody(late)
            case .draining, .closing: close()
            }
        case .stalled:
            connections.count(.writeTimeout)
            close()
        case .closing: close()
        case .answering, nil: break
        }
    }

    /// Closes the connection if it can still make room for another.
    func makeRoom() {
        if makesRoom() { close() }
    }

    /// Closes the connection once it has answered its current request.
    func quiesce() {
        isQuiescing = true
        if phase == .waiting { close() }
    }

    // MARK: Events

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answer.writabilityChanged(to: context.channel.isWritable)
        publish()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            if phase == .closing { close() } else { process() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closing
        failBody(.cutOff)
        answer.fail()
        task?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The connection was reset, or it timed out.
        close()
    }
}
