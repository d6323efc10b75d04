internal import AsyncHTTPClient
internal import KTSDBHTTP
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PrometheusWire
internal import Synchronization

/// Fetches a target's body over HTTP: on a connection of its own where that suffices, and otherwise with a client.
struct HTTPBodySource: BodySource {
    private let client: JobClient
    private let connection: TargetConnection?
    private let settings: HTTPClientSettings
    private let url: String
    private let timeout: Duration
    private let bodyLimit: Int
    private let headers: HTTPHeaders

    init(_ target: Target, job: ScrapeJob, client: JobClient, userAgent: String, loop: any EventLoop) {
        self.client = client
        settings = job.client
        url = target.url
        timeout = target.timeout
        bodyLimit = job.limits.maximumBodyBytes
        connection = TargetConnection(
            target.url, bodyLimit: bodyLimit, followsRedirects: job.client.followsRedirects, loop: loop)
        headers = [
            "Accept": Self.accept(job),
            "Accept-Encoding": job.usesCompression ? "gzip" : "identity",
            "User-Agent": userAgent,
            "X-Prometheus-Scrape-Timeout-Seconds": Self.seconds(timeout),
        ]
    }

    func fetch(sizeHint: Int) async throws(FetchError) -> ScrapeBody {
        let request = try await prepare()
        let deadline = NIODeadline.now() + .milliseconds(min(timeout.milliseconds, 86_400_000))
        let packed = try await fetch(request, deadline: deadline, sizeHint: sizeHint)
        do throws(BodyUnpacking.Failure) {
            return try await BodyUnpacking.unpack(
                packed, limit: bodyLimit, sizeHint: sizeHint, deadline: deadline, on: ScrapeThreads.shared.workers)
        } catch {
            throw fetchError(error)
        }
    }

    /// Fetches the body as it is sent.
    private func fetch(
        _ prepared: Prepared, deadline: NIODeadline, sizeHint: Int
    ) async throws(FetchError) -> PackedBody {
        if let connection, !connection.isRedirected {
            do {
                return try await connection.fetch(prepared.headers, deadline: deadline, sizeHint: sizeHint)
            } catch TargetConnection.Failure.redirected {
                // The client follows the redirect, and knows which headers it must not send along.
            } catch {
                throw fetchError(error)
            }
        }
        let request: HTTPClient.Request
        do {
            request = try HTTPClient.Request(url: url, method: .GET, headers: prepared.headers)
        } catch {
            throw .failed("\(goQuoted(url)) cannot be requested: \(error)")
        }
        let client = if let known = prepared.client { known } else { try client.current() }
        defer { withExtendedLifetime(client) {} }
        var attempt = await attempt(request, with: client.client, deadline: deadline, sizeHint: sizeHint)
        if case .failure(.idleConnectionLost) = attempt {
            // The target closed an idle connection just as it was used again, so a new one is tried.
            attempt = await self.attempt(request, with: client.client, deadline: deadline, sizeHint: sizeHint)
        }
        switch attempt {
        case .success(let body): return body
        case .failure(.idleConnectionLost(let cause)), .failure(.other(let cause)): throw fetchError(cause)
        }
    }

    var obstacle: FetchError? {
        get async {
            do throws(FetchError) {
                _ = try await prepare()
                return nil
            } catch {
                return error
            }
        }
    }

    /// The parts of a request, once all files that it needs have been read.
    private struct Prepared: Sendable {
        var headers: HTTPHeaders
        /// The client, if it depends on files.
        var client: SharedClient?
    }

    /// Prepares a request; a worker reads files, because other targets wait for the event loop.
    private func prepare() async throws(FetchError) -> Prepared {
        guard settings.needsFiles else { return try prepareNow() }
        let result: Result<Prepared, FetchError> = await withTaskExecutorPreference(ScrapeThreads.shared.workers) {
            do throws(FetchError) { return .success(try prepareNow()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func prepareNow() throws(FetchError) -> Prepared {
        var headers = headers
        do throws(HTTPClientSettings.UnreadableFile) { try settings.addHeaders(to: &headers) } catch {
            throw .failed("\(error)")
        }
        // A job whose certificates are missing reports that, whether this target needs them or not.
        return Prepared(headers: headers, client: client.needsFiles ? try client.current() : nil)
    }

    private enum AttemptFailure: Error {
        case idleConnectionLost(any Error)
        case other(any Error)
    }

    private func attempt(
        _ request: HTTPClient.Request, with client: HTTPClient, deadline: NIODeadline, sizeHint: Int
    ) async -> Result<PackedBody, AttemptFailure> {
        let collector = BodyCollector(limit: bodyLimit, sizeHint: sizeHint)
        let task = client.execute(request: request, delegate: collector, deadline: deadline)
        do {
            return .success(
                try await withTaskCancellationHandler {
                    try await task.futureResult.get()
                } onCancel: {
                    task.cancel()
                })
        } catch {
            let isIdle = RequestFailure.isLostConnection(error) && !collector.hasHead
            return .failure(isIdle ? .idleConnectionLost(error) : .other(error))
        }
    }

    private func fetchError(_ error: any Error) -> FetchError {
        if Task.isCancelled { return .cancelled }
        switch error {
        case BodyUnpacking.Failure.limit: return .bodySizeLimit(bodyLimit)
        case BodyUnpacking.Failure.cancelled: return .cancelled
        case BodyUnpacking.Failure.damaged(let error):
            return failure.failed("the compressed body is damaged: \(error)")
        case TargetConnection.Failure.deadline, BodyUnpacking.Failure.deadline: return failure.deadlineExceeded
        case TargetConnection.Failure.lost(ChannelError.eof, let hasAnswer):
            let place = hasAnswer ? "in the middle of its answer" : "without an answer"
            return failure.failed("the target closed the connection \(place)")
        case TargetConnection.Failure.lost(let cause, _): return fetchError(cause)
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

    init(limit: Int, sizeHint: Int) { assembly = Mutex(BodyAssembly(limit: limit, sizeHint: sizeHint)) }

    /// Whether the target has begun to answer.
    var hasHead: Bool { assembly.withLock { $0.head != nil } }

    func didReceiveHead(task: HTTPClient.Task<PackedBody>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture { try assembly.withLock { try $0.take(AnswerHead(head)) } }
    }

    func didReceiveBodyPart(task: HTTPClient.Task<PackedBody>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        task.eventLoop.makeCompletedFuture { try assembly.withLock { try $0.take(buffer) } }
    }

    func didFinishRequest(task: HTTPClient.Task<PackedBody>) throws -> PackedBody {
        try assembly.withLock { assembly in
            defer { assembly = BodyAssembly(limit: 0, sizeHint: 0) }
            return try assembly.finished()
        }
    }
}

extension ScrapeJob.ScrapeProtocol {
    /// Returns the format's name in the header `Accept`; the escaping of names only matters where they can be UTF-8.
    fileprivate func mediaType(escaping: String) -> String {
        switch self {
        case .openMetrics100: "application/openmetrics-text;version=1.0.0;escaping=\(escaping)"
        case .openMetrics001: "application/openmetrics-text;version=0.0.1"
        case .text100: "text/plain;version=1.0.0;escaping=\(escaping)"
        case .text004: "text/plain;version=0.0.4"
        }
    }
}
