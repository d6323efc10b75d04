internal import KTSDBHTTP
internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The connection to a target that is scraped over plain HTTP, kept from one scrape to the next.
///
/// Every scrape of a target is the same request: it needs no pool of connections, no protocol negotiation and no memory
/// of redirects. A general client costs more than the body itself, so it is only used for targets that need one: those
/// that use TLS, and addresses that others redirect to. A connection is used by one scrape at a time.
final class TargetConnection: Sendable {
    /// Why there is no complete answer.
    enum Failure: Error {
        /// There was no complete answer in time.
        case deadline
        /// The connection broke; `hasAnswer` says whether the target had begun to answer.
        case lost(any Error, hasAnswer: Bool)
    }

    private let peer: Peer
    private let uri: String
    private let hostHeader: String
    /// Header lines that are only sent to a proxy.
    private let proxyFields: String
    private let bounds: BodyBounds
    private let loop: any EventLoop
    private let state = Mutex(State())

    private struct State {
        var channel: (any Channel)?
        /// Counts how often the connection was closed. A channel that opens for a request from before a close comes too
        /// late.
        var closings = 0
    }

    /// Creates the connection for `location`, which is opened when it is first needed; nil if a general client is
    /// required. A proxy gets the whole address (RFC 9112, 3.2.2); a Unix socket, if there is one, takes the place of
    /// the address' host and port.
    init?(
        _ location: WebLocation, through proxy: Proxy?, socket: String? = nil, bounds: BodyBounds, loop: any EventLoop
    ) {
        let server = proxy?.location ?? location
        let fields = proxy?.fields ?? []
        // The request is made of these texts, and none of them may begin another line.
        guard location.scheme == "http", server.scheme == "http", Self.isPlain(location.absolute),
            fields.allSatisfy({ Self.isValid($0.value) })
        else { return nil }
        peer = socket.map { .socket($0) } ?? .host(server.host, server.effectivePort)
        hostHeader = location.authority
        uri = proxy == nil ? (location.rest.hasPrefix("/") ? "" : "/") + location.rest : location.absolute
        proxyFields = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        self.bounds = bounds
        self.loop = loop
    }

    /// The other end of the connection.
    private enum Peer {
        case host(String, Int)
        case socket(String)
    }

    /// A proxy, and the headers that only the proxy gets.
    struct Proxy {
        var location: WebLocation
        var headers: [ProxySettings.Header] = []

        fileprivate var fields: [(name: String, value: String)] {
            let own = location.basicAuthorization.map { [(name: "Proxy-Authorization", value: $0)] } ?? []
            return own + headers.flatMap { header in header.values.map { (name: header.name, value: $0) } }
        }
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } }

    private static func isValid(_ value: String) -> Bool {
        !value.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }
    }

    deinit { close() }

    /// Fetches the answer, whatever its status is.
    ///
    /// - Throws: ``Failure``, `FetchError`, `NIOConnectionError`, `CancellationError`, or the problem with the answer.
    func fetch(_ headers: HTTPHeaders, deadline: NIODeadline, sizeHint: Int) async throws -> BodyAssembly {
        let head = try head(headers)
        let kept = state.withLock { $0.channel }
        if let kept, kept.isActive {
            do {
                return try await ask(head, of: kept, deadline: deadline, sizeHint: sizeHint)
            } catch Failure.lost(_, hasAnswer: false) {
                // The target closed an idle connection just as it was used again, so a new one is tried.
            }
        }
        return try await ask(head, of: nil, deadline: deadline, sizeHint: sizeHint)
    }

    /// Returns the request's bytes.
    private func head(_ headers: HTTPHeaders) throws(FetchError) -> ByteBuffer {
        var text = ByteBuffer()
        // Enough for most requests.
        text.reserveCapacity(1024)
        text.writeString("GET ")
        text.writeString(uri)
        text.writeString(" HTTP/1.1\r\n")
        if !headers.contains(name: "Host") { Self.write("Host", hostHeader, to: &text) }
        for (name, value) in headers {
            guard Self.isValid(name), Self.isValid(value) else {
                throw .failed("the value of header \(goQuoted(name)) has a character that no header can have")
            }
            Self.write(name, value, to: &text)
        }
        text.writeString(proxyFields)
        text.writeString("\r\n")
        return text
    }

    private static func write(_ name: String, _ value: String, to text: inout ByteBuffer) {
        text.writeString(name)
        text.writeString(": ")
        text.writeString(value)
        text.writeString("\r\n")
    }

    private func ask(
        _ head: ByteBuffer, of kept: (any Channel)?, deadline: NIODeadline, sizeHint: Int
    ) async throws -> BodyAssembly {
        let answer = loop.makePromise(of: BodyAssembly.self)
        let request = TargetRequest(
            head: head, assembly: BodyAssembly(bounds, sizeHint: sizeHint), answer: answer)
        let closings = state.withLock { $0.closings }
        // Everything runs on the loop, which takes one wake-up. The promise may be fulfilled more than once: the first
        // result counts.
        loop.execute { [self] in
            let timer = loop.scheduleTask(deadline: deadline) { answer.fail(Failure.deadline) }
            answer.futureResult.whenComplete { _ in timer.cancel() }
            if let kept { send(request, to: kept) } else { connect(deadline, request, closings) }
        }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch {
            close()
            throw error
        }
    }

    private func send(_ request: TargetRequest, to channel: any Channel) {
        channel.writeAndFlush(request).whenFailure { request.answer.fail(Failure.lost($0, hasAnswer: false)) }
    }

    private func connect(_ deadline: NIODeadline, _ request: TargetRequest, _ closings: Int) {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(max(.nanoseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TargetHandler())
                }
            }
        let connecting =
            switch peer {
            case .host(let host, let port): bootstrap.connect(host: host, port: port)
            case .socket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connecting.whenComplete { [self] result in
            switch result {
            case .success(let channel):
                let isWanted = state.withLock { state in
                    guard state.closings == closings else { return false }
                    state.channel = channel
                    return true
                }
                if isWanted { send(request, to: channel) } else { channel.close(promise: nil) }
            case .failure(let error): request.answer.fail(error)
            }
        }
    }

    /// Closes the connection; the next scrape makes a new one.
    func close() {
        let old = state.withLock { state in
            defer {
                state.channel = nil
                state.closings += 1
            }
            return state.channel
        }
        old?.close(promise: nil)
    }
}

/// A request to a target, and the promise of its answer.
private struct TargetRequest: Sendable {
    var head: ByteBuffer
    var assembly: BodyAssembly
    var answer: EventLoopPromise<BodyAssembly>
}

/// Sends a ``TargetRequest`` and collects the answer, on the connection's event loop.
private final class TargetHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = TargetRequest
    typealias OutboundOut = ByteBuffer

    private var request: TargetRequest?
    private var reader = ResponseReader()
    private var input = ByteBuffer()
    private var keepsAlive = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        self.request = request
        context.write(wrapOutboundOut(request.head), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The target sent bytes without a request.
        guard request != nil else { return context.close(promise: nil) }
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        do {
            try read(context)
        } catch {
            fail(error)
            context.close(promise: nil)
        }
    }

    private func read(_ context: ChannelHandlerContext) throws {
        while request != nil {
            switch try reader.next(in: &input) {
            case .head(let head):
                keepsAlive = head.keepsAlive
                try request?.assembly.take(AnswerHead(head))
            case .body(let part): try request?.assembly.take(part)
            case .end: succeed(context)
            case .missing: return
            }
        }
    }

    private func succeed(_ context: ChannelHandlerContext) {
        guard let request else { return }
        self.request = nil
        // The connection is closed first, so that the next request finds it closed.
        if !keepsAlive || input.readableBytes > 0 { context.close(promise: nil) }
        request.answer.succeed(request.assembly)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error is IOError ? lost(error) : error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        do {
            // The end of the connection may be the end of the answer.
            try reader.endOfInput()
            try read(context)
        } catch {
            fail(lost(ChannelError.eof))
        }
        context.fireChannelInactive()
    }

    private func lost(_ cause: any Error) -> TargetConnection.Failure {
        .lost(cause, hasAnswer: request?.assembly.head != nil)
    }

    private func fail(_ error: any Error) {
        request?.answer.fail(error)
        request = nil
    }
}
