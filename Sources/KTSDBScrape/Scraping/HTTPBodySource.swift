internal import AsyncHTTPClient
internal import KTSDBHTTP
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PrometheusWire
internal import Synchronization

/// Fetches a target's body over HTTP: on a connection of its own where that suffices, and otherwise with a general
/// client.
struct HTTPBodySource: BodySource {
    private let client: JobClient
    private let connection: TargetConnection?
    private let url: String
    /// The parts of `url`; nil if it is malformed.
    private let location: WebLocation?
    /// The path of the Unix socket at which the target listens, if it does.
    private let socket: String?
    private let timeout: Duration
    private let bounds: BodyBounds
    private let headers: HTTPHeaders
    private let loop: any EventLoop

    init(
        _ target: Target, job: ScrapeJob, client: JobClient, accept: String, userAgent: String, loop: any EventLoop
    ) {
        self.client = client
        self.loop = loop
        url = target.url
        location = WebLocation(target.url)
        timeout = target.timeout
        bounds = BodyBounds(job.limits)
        socket = target.socket
        connection = location.flatMap { [bounds] in
            Self.connection($0, client.settings.proxy, socket: target.socket, bounds, loop: loop)
        }
        headers = [
            "Accept": accept,
            // Client libraries of targets take the first of equally preferred codings.
            "Accept-Encoding": job.usesCompression ? "gzip, zstd" : "identity",
            "User-Agent": userAgent,
            "X-Prometheus-Scrape-Timeout-Seconds": Self.seconds(timeout),
        ]
    }

    /// Returns a connection for one address; nil if it needs a general client, because the address or its proxy uses
    /// encryption.
    private static func connection(
        _ location: WebLocation, _ settings: ProxySettings, socket: String? = nil, _ bounds: BodyBounds,
        loop: any EventLoop
    ) -> TargetConnection? {
        let proxy = (socket == nil ? settings.proxy(for: location) : nil).map {
            TargetConnection.Proxy(location: $0, headers: settings.headers)
        }
        return TargetConnection(location, through: proxy, socket: socket, bounds: bounds, loop: loop)
    }

    func fetch(sizeHint: Int) async throws(FetchError) -> ScrapeBody {
        let deadline = NIODeadline.now() + .milliseconds(min(timeout.milliseconds, 86_400_000))
        // Most jobs need neither files nor tokens, and so do not wait here.
        var headers =
            client.needsFiles
            ? try await client.headers(headers, to: location) : try client.headersNow(headers, to: location)
        if client.needsToken { try await client.addToken(to: &headers, failure, deadline: deadline) }
        let packed = try await fetch(headers, deadline: deadline, sizeHint: sizeHint)
        do throws(BodyUnpacking.Failure) {
            return try await BodyUnpacking.unpack(
                packed, bounds, sizeHint: sizeHint, deadline: deadline, on: ScrapeThreads.shared.workers)
        } catch {
            throw fetchError(error)
        }
    }

    /// Fetches the body as it is sent, following redirects if the job allows that.
    private func fetch(
        _ headers: HTTPHeaders, deadline: NIODeadline, sizeHint: Int
    ) async throws(FetchError) -> PackedBody {
        guard let location else {
            throw .failed("\(goQuoted(url)) cannot be requested: it is not an address with a host and a valid port")
        }
        do {
            let assembly: BodyAssembly
            if socket != nil, connection == nil {
                throw FetchError.failed("a target at a Unix socket (__unix_socket__) is scraped with the scheme http")
            }
            if let connection {
                assembly = try await connection.fetch(headers, deadline: deadline, sizeHint: sizeHint)
            } else {
                assembly = try await exchange(location, headers, deadline: deadline, sizeHint: sizeHint)
            }
            if let head = assembly.head, head.location != nil, client.settings.followsRedirects {
                return try await follow(head, headers, deadline: deadline, sizeHint: sizeHint).finished()
            }
            if client.needsToken { await client.note(status: assembly.head?.status ?? 0) }
            return try assembly.finished()
        } catch let error as FetchError {
            throw error
        } catch {
            throw fetchError(error)
        }
    }

    /// Follows redirects, beginning with the answer `head`, until an answer is not one.
    private func follow(
        _ head: AnswerHead, _ headers: HTTPHeaders, deadline: NIODeadline, sizeHint: Int
    ) async throws -> BodyAssembly {
        guard let location else { preconditionFailure("An address that was malformed has answered.") }
        var headers = headers, head = head, redirects = Redirects(from: location), last: BodyAssembly?
        while let step = try redirects.next(status: head.status, location: head.location) {
            if !step.keepsCredentials { client.settings.removeCredentials(from: &headers) }
            headers.remove(name: "Host")
            let answer = try await exchange(step.location, headers, deadline: deadline, sizeHint: sizeHint)
            guard let next = answer.head else { return answer }
            (head, last) = (next, answer)
        }
        guard let last else { throw FetchError.failed("server returned HTTP status \(head.status) \(head.reason)") }
        return last
    }

    /// Sends one request, without following redirects.
    private func exchange(
        _ location: WebLocation, _ headers: HTTPHeaders, deadline: NIODeadline, sizeHint: Int
    ) async throws -> BodyAssembly {
        let settings = client.settings
        if location.scheme == "http", socket != nil || settings.proxy.proxy(for: location)?.scheme == "http",
            let connection = Self.connection(
                location, settings.proxy, socket: socket, bounds, loop: loop)
        {
            return try await connection.fetch(headers, deadline: deadline, sizeHint: sizeHint)
        }
        let route = try client.clients.route(settings, to: location)
        defer { withExtendedLifetime(route) {} }
        var headers = headers
        if let host = route.host { headers.replaceOrAdd(name: "Host", value: host) }
        let request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(url: route.url, method: .GET, headers: headers)
        } catch {
            throw FetchError.failed("\(goQuoted(url)) cannot be requested: \(error)")
        }
        do {
            return try await attempt(request, with: route.client.client, deadline: deadline, sizeHint: sizeHint)
        } catch AttemptFailure.idleConnectionLost {
            // The target closed an idle connection just as it was used again, so a new one is tried.
            return try await attempt(request, with: route.client.client, deadline: deadline, sizeHint: sizeHint)
        }
    }

    var obstacle: FetchError? {
        get async {
            do throws(FetchError) {
                _ = try await client.headers(headers, to: location)
                return nil
            } catch {
                return error
            }
        }
    }

    private enum AttemptFailure: Error {
        case idleConnectionLost(any Error)
    }

    private func attempt(
        _ request: HTTPClient.Request, with client: HTTPClient, deadline: NIODeadline, sizeHint: Int
    ) async throws -> BodyAssembly {
        let collector = BodyCollector(bounds, sizeHint: sizeHint)
        let task = client.execute(request: request, delegate: collector, deadline: deadline)
        do {
            return try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            let isIdle = RequestFailure.isLostConnection(error) && !collector.hasHead
            throw isIdle ? AttemptFailure.idleConnectionLost(error) : error
        }
    }

    private func fetchError(_ error: any Error) -> FetchError {
        if Task.isCancelled { return .cancelled }
        switch error {
        case BodyUnpacking.Failure.limit: return .bodySizeLimit(bounds.limit)
        case BodyUnpacking.Failure.cancelled: return .cancelled
        case BodyUnpacking.Failure.refused(let error): return error
        case BodyUnpacking.Failure.damaged(let reason):
            return failure.failed("the compressed body is damaged: \(reason)")
        case TargetConnection.Failure.deadline, BodyUnpacking.Failure.deadline: return failure.deadlineExceeded
        case TargetConnection.Failure.lost(ChannelError.eof, let hasAnswer):
            let place = hasAnswer ? "in the middle of its answer" : "without an answer"
            return failure.failed("the target closed the connection \(place)")
        case TargetConnection.Failure.lost(let cause, _): return fetchError(cause)
        case AttemptFailure.idleConnectionLost(let cause): return fetchError(cause)
        case let error as HTTPClientSettings.UnreadableFile: return .failed("\(error)")
        default: return failure.error(for: error)
        }
    }

    private var failure: RequestFailure { RequestFailure(url: url, timeout: timeout) }

    /// Returns the header `Accept`: the job's protocols in order of preference, and anything else as a last resort.
    static func accept(_ job: ScrapeJob) -> String {
        var weight = 6
        var values: [String] = []
        for format in job.protocols {
            values.append("\(format.mediaType(escaping: job.escaping));q=0.\(weight)")
            weight -= 1
        }
        return (values + ["*/*;q=0.\(weight)"]).joined(separator: ",")
    }

    /// Formats `duration` as a decimal number of seconds.
    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        guard milliseconds % 1000 != 0 else { return String(milliseconds / 1000) }
        return "\(Double(milliseconds) / 1000)"
    }
}

/// Collects a body on the connection's event loop, so that a scrape takes one hop between threads, not one for each
/// part.
private final class BodyCollector: HTTPClientResponseDelegate {
    private let assembly: Mutex<BodyAssembly>

    init(_ bounds: BodyBounds, sizeHint: Int) { assembly = Mutex(BodyAssembly(bounds, sizeHint: sizeHint)) }

    /// Whether the target has begun to answer.
    var hasHead: Bool { assembly.withLock { $0.head != nil } }

    func didReceiveHead(task: HTTPClient.Task<BodyAssembly>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture { try assembly.withLock { try $0.take(AnswerHead(head)) } }
    }

    func didReceiveBodyPart(task: HTTPClient.Task<BodyAssembly>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture { try assembly.withLock { try $0.take(buffer) } }
    }

    func didFinishRequest(task: HTTPClient.Task<BodyAssembly>) throws -> BodyAssembly {
        assembly.withLock { assembly in
            defer { assembly = BodyAssembly(BodyBounds(limit: 0), sizeHint: 0) }
            return assembly
        }
    }
}

extension ScrapeJob.ScrapeProtocol {
    /// Returns the format's name in the header `Accept`; the escaping of names only matters where they can be UTF-8.
    fileprivate func mediaType(escaping: String) -> String {
        switch self {
        case .protobuf:
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
        case .openMetrics100: "application/openmetrics-text;version=1.0.0;escaping=\(escaping)"
        case .openMetrics001: "application/openmetrics-text;version=0.0.1"
        case .text100: "text/plain;version=1.0.0;escaping=\(escaping)"
        case .text004: "text/plain;version=0.0.4"
        }
    }
}
