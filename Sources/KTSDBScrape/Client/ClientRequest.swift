internal import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1

/// One HTTP request with the configured settings: through the right proxy, and with redirects followed.
package struct ClientRequest: Sendable {
    package var method: HTTPMethod
    package var location: WebLocation
    /// All headers, including those of the settings (``HTTPClientSettings/addHeaders(to:)``).
    package var headers: HTTPHeaders
    package var body: ByteBuffer
    package var limits: AnswerLimits
    /// The event loop of its connections; nil for any.
    package var loop: (any EventLoop)?

    package init(
        _ method: HTTPMethod, _ location: WebLocation, headers: HTTPHeaders, body: ByteBuffer = ByteBuffer(),
        limits: AnswerLimits, loop: (any EventLoop)? = nil
    ) {
        self.method = method
        self.location = location
        self.headers = headers
        self.body = body
        self.limits = limits
        self.loop = loop
    }

    /// Sends the request, and returns the answer whatever its status is.
    ///
    /// - Throws: What the client library or the network throws, ``HTTPClientSettings/UnreadableFile`` or
    ///   ``Redirects/Failure``; ``RequestFailure`` describes these errors in words.
    package func send(
        _ settings: HTTPClientSettings, _ clients: ClientPool, deadline: NIODeadline
    ) async throws -> HTTPAnswer {
        var request = self, redirects = Redirects(from: location)
        while true {
            let answer = try await request.exchange(settings, clients, deadline)
            guard settings.followsRedirects,
                let step = try redirects.next(
                    status: answer.status, location: answer.headers.first(name: "Location"))
            else { return answer }
            request.follow(step, settings)
        }
    }

    private mutating func follow(_ step: Redirects.Step, _ settings: HTTPClientSettings) {
        location = step.location
        if !step.keepsCredentials { settings.removeCredentials(from: &headers) }
        headers.remove(name: "Host")
        if step.keepsMethod || method == .GET || method == .HEAD { return }
        method = .GET
        body.clear()
        for name in ["Content-Type", "Content-Length", "Content-Encoding"] { headers.remove(name: name) }
    }

    /// Sends the request once, without following redirects.
    private func exchange(
        _ settings: HTTPClientSettings, _ clients: ClientPool, _ deadline: NIODeadline
    ) async throws -> HTTPAnswer {
        if location.scheme == "http", let proxy = settings.proxy.proxy(for: location), proxy.scheme == "http" {
            return try await ProxiedRequest(request: self, proxy: proxy, proxyHeaders: settings.proxy.headers)
                .send(deadline: deadline)
        }
        let route = try clients.route(settings, to: location)
        defer { withExtendedLifetime(route) {} }
        var headers = headers
        if let host = route.host { headers.replaceOrAdd(name: "Host", value: host) }
        let request = try HTTPClient.Request(
            url: route.url, method: method, headers: headers,
            body: body.readableBytes == 0 && method == .GET ? nil : .byteBuffer(body))
        var result = await attempt(request, route.client.client, deadline)
        if case .failure(let cause) = result, RequestFailure.isLostConnection(cause), !Task.isCancelled {
            // The server closed an idle connection just as it was used again, so a new one is tried.
            result = await attempt(request, route.client.client, deadline)
        }
        return try result.get()
    }

    private func attempt(
        _ request: HTTPClient.Request, _ client: HTTPClient, _ deadline: NIODeadline
    ) async -> Result<HTTPAnswer, any Error> {
        let collector = AnswerCollector(limits)
        let preference = loop.map { HTTPClient.EventLoopPreference.delegateAndChannel(on: $0) } ?? .indifferent
        let task = client.execute(request: request, delegate: collector, eventLoop: preference, deadline: deadline)
        do {
            return .success(
                try await withTaskCancellationHandler {
                    try await task.futureResult.get()
                } onCancel: {
                    task.cancel()
                })
        } catch {
            // The head already has the server's decision; it does not matter how the body breaks off.
            if let answer = collector.answer, !Task.isCancelled { return .success(answer) }
            return .failure(error)
        }
    }
}
