internal import AsyncHTTPClient
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A request without encryption through a proxy, which gets the whole address (RFC 9112, 3.2.2). The client library
/// would ask it for a tunnel, which most proxies allow for encrypted connections alone.
struct ProxiedRequest: Sendable {
    var request: ReceiverRequest
    var proxy: WebLocation
    /// Headers for the proxy, each with its values.
    var proxyHeaders: [[String]]

    private struct Cancelled: Error {}

    /// Sends the request on a connection of its own.
    func send(within time: TimeAmount) async throws -> AnswerReader.Answer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: AnswerReader.Answer.self)
        let timer = loop.scheduleTask(in: time) { promise.fail(HTTPClientError.deadlineExceeded) }
        defer { timer.cancel() }
        let connecting = ClientBootstrap(group: loop).connectTimeout(time)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(ProxiedAnswer(promise))
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
        headers.replaceOrAdd(name: "Content-Length", value: String(request.body.count))
        headers.replaceOrAdd(name: "Connection", value: "close")
        if let authorization = proxy.basicAuthorization {
            headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization)
        }
        for header in proxyHeaders {
            for value in header.dropFirst() { headers.add(name: header[0], value: value) }
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: request.location.absolute, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: request.body))), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
}

/// Keeps what a proxy answers, with the limits of ``AnswerReader``.
private final class ProxiedAnswer: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let promise: EventLoopPromise<AnswerReader.Answer>
    private var answer: AnswerReader.Answer?

    init(_ promise: EventLoopPromise<AnswerReader.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status.code >= 200:
            answer = AnswerReader.Answer(status: Int(head.status.code), headers: head.headers)
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: AnswerReader.patience) { bound.value.end() }
        case .head: break
        case .body(let buffer):
            let room = AnswerReader.bodyLimit - (answer?.body.count ?? 0)
            answer?.body += buffer.readableBytesView.prefix(room)
            if buffer.readableBytes > room { end() }
        case .end: end()
        }
    }

    /// What has arrived until now counts.
    private func end() {
        if let answer { promise.succeed(answer) } else { promise.fail(HTTPClientError.remoteConnectionClosed) }
    }

    func channelInactive(context: ChannelHandlerContext) { end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if answer != nil { end() } else { promise.fail(error) }
    }
}
