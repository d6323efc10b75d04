internal import Foundation
internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import Synchronization

/// The connection to a target that is asked over plain HTTP, kept from one scrape to the next.
///
/// Every scrape asks one target the same: there is no pool to look into, no protocol to agree on, no redirect to remember. A
/// general client costs more than the page does, so it is left to targets that need one: those behind TLS or a redirect.
/// Asked by one scrape at a time.
final class TargetConnection: Sendable {
    /// Why there is no whole answer.
    enum Failure: Error {
        /// There was no whole answer in time.
        case deadline
        /// The target wants to be asked elsewhere.
        case redirected
        /// The connection broke; `hasAnswer` tells whether the target had begun to answer.
        case lost(any Error, hasAnswer: Bool)
    }

    private let host: String
    private let port: Int
    private let uri: String
    private let hostHeader: String
    private let bodyLimit: Int
    private let followsRedirects: Bool
    private let loop: any EventLoop
    private let state = Mutex(State())
    private let redirected = Atomic(false)

    private struct State {
        var channel: (any Channel)?
        /// Counts how often the connection was given up: one that is made for an earlier question comes too late.
        var closings = 0
    }

    /// The connection for `url`, which is made when it is first needed; nil when a general client has to ask for it.
    init?(_ url: String, bodyLimit: Int, followsRedirects: Bool, loop: any EventLoop) {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let name = parts.host, !name.isEmpty,
            parts.user == nil
        else { return nil }
        host = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        port = parts.port ?? 80
        hostHeader = parts.port.map { "\(name):\($0)" } ?? name
        let path = parts.percentEncodedPath
        uri = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        self.bodyLimit = bodyLimit
        self.followsRedirects = followsRedirects
        self.loop = loop
    }

    deinit { close() }

    /// Whether the target has said that it is elsewhere.
    var isRedirected: Bool { redirected.load(ordering: .relaxed) }

    /// Asks for the page.
    ///
    /// - Throws: ``Failure``, `FetchError`, `NIOConnectionError`, `CancellationError`, or what is wrong with the answer.
    func fetch(_ headers: HTTPHeaders, deadline: NIODeadline, sizeHint: Int) async throws -> Page {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers)
        if !headers.contains(name: "Host") { head.headers.add(name: "Host", value: hostHeader) }
        let kept = state.withLock { $0.channel }
        if let kept, kept.isActive {
            do {
                return try await ask(head, of: kept, deadline: deadline, sizeHint: sizeHint)
            } catch Failure.lost(_, hasAnswer: false) {
                // The target closed a connection that was idle just when it was used again: a new one will do.
            }
        }
        return try await ask(head, of: nil, deadline: deadline, sizeHint: sizeHint)
    }

    private func ask(
        _ head: HTTPRequestHead, of kept: (any Channel)?, deadline: NIODeadline, sizeHint: Int
    ) async throws -> Page {
        let answer = loop.makePromise(of: PageAssembly.self)
        let request = PageRequest(
            head: head, assembly: PageAssembly(limit: bodyLimit, sizeHint: sizeHint), answer: answer)
        let closings = state.withLock { $0.closings }
        // All on the loop: one wake-up. A promise that was kept does not mind: whatever comes first counts.
        loop.execute { [self] in
            let timer = loop.scheduleTask(deadline: deadline) { answer.fail(Failure.deadline) }
            answer.futureResult.whenComplete { _ in timer.cancel() }
            if let kept { send(request, to: kept) } else { connect(deadline, request, closings) }
        }
        let assembly: PageAssembly
        do {
            assembly = try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch {
            close()
            throw error
        }
        if followsRedirects, let status = assembly.head?.status.code, [301, 302, 303, 307, 308].contains(status) {
            redirected.store(true, ordering: .relaxed)
            close()
            throw Failure.redirected
        }
        return try assembly.finished()
    }

    private func send(_ request: PageRequest, to channel: any Channel) {
        channel.writeAndFlush(request).whenFailure { request.answer.fail(Failure.lost($0, hasAnswer: false)) }
    }

    private func connect(_ deadline: NIODeadline, _ request: PageRequest, _ closings: Int) {
        let limit = bodyLimit
        ClientBootstrap(group: loop)
            .connectTimeout(max(.nanoseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandlers(NIOHTTPResponseDecompressor(limit: .size(limit)), PageHandler())
                }
            }
            .connect(host: host, port: port)
            .whenComplete { [self] result in
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

/// One question to a target, and where the answer goes.
private struct PageRequest: Sendable {
    var head: HTTPRequestHead
    var assembly: PageAssembly
    var answer: EventLoopPromise<PageAssembly>
}

/// Sends a ``PageRequest`` and collects the answer, on the connection's event loop.
private final class PageHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = PageRequest
    typealias OutboundOut = HTTPClientRequestPart

    private var request: PageRequest?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        self.request = request
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // An answer to no question.
        guard request != nil else { return context.close(promise: nil) }
        do throws(FetchError) {
            switch unwrapInboundIn(data) {
            case .head(let head): try request?.assembly.take(head)
            case .body(let part): try request?.assembly.take(part)
            case .end:
                let assembly = request!.assembly, answer = request!.answer
                request = nil
                // Closed first, so that the next question finds it closed.
                if assembly.head?.isKeepAlive != true { context.close(promise: nil) }
                answer.succeed(assembly)
            }
        } catch {
            fail(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error is IOError ? lost(error) : error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(lost(ChannelError.eof))
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
