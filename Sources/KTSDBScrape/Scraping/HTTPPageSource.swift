internal import AsyncHTTPClient
internal import Foundation
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import Synchronization

/// Fetches a target's page over HTTP.
struct HTTPPageSource: PageSource {
    private let client: HTTPClient
    private let settings: HTTPClientSettings
    private let url: String
    private let timeout: Duration
    private let bodyLimit: Int
    private let headers: HTTPHeaders

    init(_ target: Target, job: ScrapeJob, client: HTTPClient, userAgent: String) {
        self.client = client
        settings = job.client
        url = target.url
        timeout = target.timeout
        bodyLimit = job.limits.maximumBodyBytes
        headers = [
            "Accept": Self.accept(job),
            "Accept-Encoding": job.usesCompression ? "gzip" : "identity",
            "User-Agent": userAgent,
            "X-Prometheus-Scrape-Timeout-Seconds": Self.seconds(timeout),
        ]
    }

    func fetch(sizeHint: Int) async throws(FetchError) -> Page {
        var request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(url: url, method: .GET, headers: headers)
        } catch {
            throw .failed("\(quoted(url)) cannot be requested: \(error)")
        }
        try addSecrets(to: &request.headers)
        let allowed = min(timeout.milliseconds, 86_400_000)
        let deadline = NIODeadline.now() + .milliseconds(allowed)
        var attempt = await attempt(request, deadline: deadline, sizeHint: sizeHint)
        if case .failure(.idleConnectionLost) = attempt {
            // The target closed a connection that was idle just when it was used again: a new one will do.
            attempt = await self.attempt(request, deadline: deadline, sizeHint: sizeHint)
        }
        switch attempt {
        case .success(let page): return page
        case .failure(.idleConnectionLost(let cause)), .failure(.other(let cause)): throw fetchError(cause)
        }
    }

    private enum AttemptFailure: Error {
        case idleConnectionLost(any Error)
        case other(any Error)
    }

    private func attempt(
        _ request: HTTPClient.Request, deadline: NIODeadline, sizeHint: Int
    ) async -> Result<Page, AttemptFailure> {
        let collector = PageCollector(limit: bodyLimit, sizeHint: sizeHint)
        let task = client.execute(request: request, delegate: collector, deadline: deadline)
        do {
            return .success(
                try await withTaskCancellationHandler {
                    try await task.futureResult.get()
                } onCancel: {
                    task.cancel()
                })
        } catch {
            return .failure(
                Self.isLostConnection(error) && !collector.hasHead ? .idleConnectionLost(error) : .other(error))
        }
    }

    /// Whether `error` is what writing to a connection gives that the other side has closed.
    private static func isLostConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel || error == .alreadyClosed
        case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
        default: false
        }
    }

    private func addSecrets(to headers: inout HTTPHeaders) throws(FetchError) {
        do {
            switch settings.authorization {
            case .basic(let username, let password):
                let text = "\(try username?.value() ?? ""):\(try password?.value() ?? "")"
                headers.replaceOrAdd(name: "Authorization", value: "Basic \(Data(text.utf8).base64EncodedString())")
            case .credentials(let type, let secret):
                headers.replaceOrAdd(name: "Authorization", value: "\(type) \(try secret?.value() ?? "")")
            case nil: break
            }
            for header in settings.headers {
                for value in header.values { headers.add(name: header.name, value: value) }
                for secret in header.secrets { headers.add(name: header.name, value: try secret.value()) }
            }
        } catch {
            throw .failed("a file with credentials or a header cannot be read: \(error)")
        }
    }

    private func fetchError(_ error: any Error) -> FetchError {
        if Task.isCancelled { return .cancelled }
        switch error {
        case let error as FetchError: return error
        case NIOHTTPDecompression.DecompressionError.limit: return .bodySizeLimit(bodyLimit)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            return .failed("Get \(quoted(url)): the compressed page is damaged: \(error)")
        case let error as HTTPClientError where [.deadlineExceeded, .connectTimeout, .readTimeout].contains(error):
            return .failed(
                "Get \(quoted(url)): context deadline exceeded: no whole answer within \(PrometheusDuration.format(timeout))"
            )
        case let error as HTTPClientError: return .failed("Get \(quoted(url)): \(error.shortDescription)")
        case let error as NIOConnectionError: return .failed("Get \(quoted(url)): \(Self.reason(for: error))")
        default: return .failed("Get \(quoted(url)): \(error)")
        }
    }

    private static func reason(for error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first {
            let cause =
                (failure.error as? IOError).map { unsafe String(cString: strerror($0.errnoCode)) } ?? "\(failure.error)"
            return "dial \(failure.target.ipAddress ?? error.host):\(error.port): \(cause)"
        }
        return
            "no address found for host \(quoted(error.host)): \((error.dnsAError ?? error.dnsAAAAError).map { "\($0)" } ?? "unknown")"
    }

    /// Asks for the job's protocols by falling preference, and for anything else if need be.
    static func accept(_ job: ScrapeJob) -> String {
        var weight = 6
        var values: [String] = []
        for format in job.protocols {
            values.append("\(format.mediaType(escaping: job.escaping));q=0.\(weight)")
            weight -= 1
        }
        return (values + ["*/*;q=0.\(weight)"]).joined(separator: ",")
    }

    /// `duration` as a decimal number of seconds.
    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        guard milliseconds % 1000 != 0 else { return String(milliseconds / 1000) }
        return "\(Double(milliseconds) / 1000)"
    }
}

/// Collects a page on the connection's event loop, so that a scrape costs one hop, not one per part.
private final class PageCollector: HTTPClientResponseDelegate {
    private struct State {
        var head: HTTPResponseHead?
        var body = ByteBuffer()
    }

    private let limit: Int
    private let sizeHint: Int
    private let state = Mutex(State())

    init(limit: Int, sizeHint: Int) {
        self.limit = limit
        self.sizeHint = sizeHint
    }

    /// Whether the target has begun to answer.
    var hasHead: Bool { state.withLock { $0.head != nil } }

    func didReceiveHead(task: HTTPClient.Task<Page>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let announced = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        state.withLock { state in
            state.head = head
            // An announced length is a promise of the target's; no more than the limit is set aside for it.
            state.body.reserveCapacity(min(max(announced, sizeHint), limit))
        }
        guard announced <= limit else { return task.eventLoop.makeFailedFuture(FetchError.bodySizeLimit(limit)) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Page>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            // What an error answer says does not matter.
            guard state.head?.status == .ok else { return true }
            guard state.body.readableBytes + buffer.readableBytes <= limit else { return false }
            state.body.writeImmutableBuffer(buffer)
            return true
        }
        guard fits else { return task.eventLoop.makeFailedFuture(FetchError.bodySizeLimit(limit)) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Page>) throws -> Page {
        try state.withLock { state in
            guard let head = state.head else { throw FetchError.failed("the target did not answer") }
            guard head.status == .ok else {
                throw FetchError.failed("server returned HTTP status \(head.status.code) \(head.status.reasonPhrase)")
            }
            let body = state.body
            state.body = ByteBuffer()
            return Page(body: body, contentType: head.headers.first(name: "Content-Type") ?? "")
        }
    }
}

extension ScrapeJob.ScrapeProtocol {
    /// How the header `Accept` names the format; how names are to be escaped only matters where they can be UTF-8.
    fileprivate func mediaType(escaping: String) -> String {
        switch self {
        case .openMetrics100: "application/openmetrics-text;version=1.0.0;escaping=\(escaping)"
        case .openMetrics001: "application/openmetrics-text;version=0.0.1"
        case .text100: "text/plain;version=1.0.0;escaping=\(escaping)"
        case .text004: "text/plain;version=0.0.4"
        }
    }
}
