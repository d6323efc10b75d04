internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// An unencrypted request through a proxy, which receives the complete address (RFC 9112, 3.2.2). The client library
/// would ask the proxy for a tunnel, which most proxies only allow for encrypted connections.
struct ProxiedRequest: Sendable {
    var request: ClientRequest
    var proxy: WebLocation
    /// Headers for the proxy.
    var proxyHeaders: [ProxySettings.Header]

    private struct Cancelled: Error {}

    /// Sends the request on a connection of its own.
    func send(deadline: NIODeadline) async throws -> HTTPAnswer {
        let loop = request.loop ?? MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: HTTPAnswer.self)
        let timer = loop.scheduleTask(deadline: deadline) { promise.fail(HTTPClientError.deadlineExceeded) }
        defer { timer.cancel() }
        let limits = request.limits
        let connecting = ClientBootstrap(group: loop).connectTimeout(max(.nanoseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ProxiedAnswer(promise, limits))
                }
            }
            .connect(host: proxy.host, port: proxy.effectivePort)
        connecting.whenFailure { promise.fail($0) }
        connecting.whenSuccess { channel in write(to: channel) }
        let answer = promise.futureResult
        answer.whenComplete { _ in connecting.whenSuccess { $0.close(promise: nil) } }
        return try await withTaskCancellationHandler {
            try await answer.get()
        } onCancel: {
            promise.fail(Cancelled())
        }
    }

    private func write(to channel: any Channel) {
        var headers = request.headers
        headers.replaceOrAdd(name: "Host", value: request.location.authority)
        if request.method != .GET {
            headers.replaceOrAdd(name: "Content-Length", value: String(request.body.readableBytes))
        }
        headers.replaceOrAdd(name: "Connection", value: "close")
        if let authorization = proxy.basicAuthorization {
            headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization)
        }
        for header in proxyHeaders {
            for value in header.values { headers.add(name: header.name, value: value) }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: request.location.absolute, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if request.body.readableBytes > 0 {
            channel.write(HTTPClientRequestPart.body(.byteBuffer(request.body)), promise: nil)
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}

/// Collects the answer of a proxy.
private final class ProxiedAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<HTTPAnswer>
    private let limits: AnswerLimits
    private var answer: HTTPAnswer?
    private var byteCount = 0

    init(_ promise: EventLoopPromise<HTTPAnswer>, _ limits: AnswerLimits) {
        self.promise = promise
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code >= 200:
            answer = HTTPAnswer(head)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: limits.patience) { bound.value.breakOff() }
        case .head: break
        case .body(let buffer):
            byteCount += buffer.readableBytes
            let room = limits.kept - (answer?.body.readableBytes ?? 0)
            answer?.body.writeBytes(buffer.readableBytesView.prefix(room))
            if byteCount > limits.total { breakOff() }
        case .end: end()
        }
    }

    private func end() {
        if let answer { promise.succeed(answer) } else { promise.fail(HTTPClientError.remoteConnectionClosed) }
    }

    /// Ends the answer early: the part that has arrived counts, unless the answer is needed complete.
    private func breakOff() {
        if limits.isWhole { promise.fail(AnswerExcess(limits: limits)) } else { end() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if limits.isWhole { promise.fail(HTTPClientError.remoteConnectionClosed) } else { end() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if answer != nil, !limits.isWhole { end() } else { promise.fail(error) }
    }
}
