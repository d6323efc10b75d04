internal import AsyncHTTPClient
internal import KTSDBModel
package import NIOCore
package import NIOHTTP1

/// Posts what the configuration names addresses for, with the settings of its HTTP client: credentials, headers,
/// redirects, TLS. The files of secrets and certificates are read for each request, or when they have changed.
package final class SettingsClient: Sendable {
    private let settings: HTTPClientSettings
    private let client: JobClient
    private let workers = WorkerExecutor()
    /// The loop of all its connections, and of what happens to requests. With two loops, a connection could be closed
    /// by ``close()`` between the end of its request and its return to the client's pool, which is a fatal error there.
    private let loop = HTTPClient.defaultEventLoopGroup.next()

    /// Creates a client that does not have any connections yet.
    package init(_ settings: HTTPClientSettings) {
        self.settings = settings
        client = JobClient(settings)
    }

    /// Posts `body`; the answer is whatever status the other side gives.
    ///
    /// - Throws: ``FetchError`` if there was none within `timeout`.
    package func post(
        _ body: ByteBuffer, to url: String, _ headers: HTTPHeaders, timeout: Duration
    ) async throws(FetchError) -> HTTPAnswer {
        let failure = RequestFailure(method: "Post", url: url, timeout: timeout)
        let deadline = NIODeadline.now() + .milliseconds(min(timeout.milliseconds, 86_400_000))
        let (request, client) = try await prepare(body, url, headers, failure)
        defer { withExtendedLifetime(client) {} }
        var result = await attempt(request, with: client.client, deadline: deadline)
        if case .failure(let cause) = result, RequestFailure.isLostConnection(cause) {
            // The other side closed an idle connection just as it was used again, so a new one is tried.
            result = await attempt(request, with: client.client, deadline: deadline)
        }
        switch result {
        case .success(let answer): return answer
        case .failure(let cause): throw Task.isCancelled ? .cancelled : failure.error(for: cause)
        }
    }

    /// Closes the connections; requests in progress fail.
    package func close() async { await client.close() }

    /// Prepares a request; a thread that may wait for the disk reads files.
    private func prepare(
        _ body: ByteBuffer, _ url: String, _ headers: HTTPHeaders, _ failure: RequestFailure
    ) async throws(FetchError) -> (HTTPClient.Request, SharedClient) {
        let now: @Sendable () -> Result<(HTTPClient.Request, SharedClient), FetchError> = { [self] in
            do throws(FetchError) { return .success(try prepareNow(body, url, headers, failure)) } catch {
                return .failure(error)
            }
        }
        guard settings.needsFiles else { return try now().get() }
        return try await withTaskExecutorPreference(workers) { now() }.get()
    }

    private func prepareNow(
        _ body: ByteBuffer, _ url: String, _ headers: HTTPHeaders, _ failure: RequestFailure
    ) throws(FetchError) -> (HTTPClient.Request, SharedClient) {
        var headers = headers
        do throws(HTTPClientSettings.UnreadableFile) { try settings.addHeaders(to: &headers) } catch {
            throw failure.failed("\(error)")
        }
        let client = try client.current()
        do {
            return (try HTTPClient.Request(url: url, method: .POST, headers: headers, body: .byteBuffer(body)), client)
        } catch {
            throw failure.failed("not a valid address: \(error)")
        }
    }

    private func attempt(
        _ request: HTTPClient.Request, with client: HTTPClient, deadline: NIODeadline
    ) async -> Result<HTTPAnswer, any Error> {
        let collector = AnswerCollector()
        let task = client.execute(
            request: request, delegate: collector, eventLoop: .delegateAndChannel(on: loop), deadline: deadline)
        do {
            let answer = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
            return .success(answer)
        } catch {
            // What the other side has decided is known from the head; how the rest breaks off does not matter.
            if let answer = collector.answer, !Task.isCancelled { return .success(answer) }
            return .failure(error)
        }
    }
}
