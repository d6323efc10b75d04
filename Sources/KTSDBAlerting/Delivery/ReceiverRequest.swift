internal import AsyncHTTPClient
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1

/// One HTTP request to a receiver, or to whoever gives tokens for it.
struct ReceiverRequest: Sendable {
    /// Why there is no answer.
    struct Failure: Error, Sendable {
        var text: String
        var reason = ReceiverAnswer.Reason.other
    }

    var method: HTTPMethod
    var location: WebLocation
    var headers: HTTPHeaders
    var body: [UInt8]
    /// How many answers have asked for another address.
    private var redirects = 0

    init(method: HTTPMethod = .POST, location: WebLocation, headers: HTTPHeaders, body: [UInt8]) {
        self.method = method
        self.location = location
        self.headers = headers
        self.body = body
    }

    private static let redirectLimit = 10
    /// No request takes longer, whatever the time of a flush: an answer would come too late anyway.
    static let longestTime = Duration.seconds(300)

    /// Sends the request; the answer is whatever status the receiver gives.
    func send(
        _ settings: ReceiverSettings, _ clients: ReceiverClients, within time: Duration
    ) async -> Result<AnswerReader.Answer, Failure> {
        let time = min(max(time, .milliseconds(1)), Self.longestTime)
        do {
            if let proxied = proxied(settings) {
                return .success(
                    try await follow(try await proxied.send(within: TimeAmount(time)), settings, clients, time))
            }
            return .success(try await sendDirectly(settings, clients, NIODeadline.now() + TimeAmount(time)))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(failure(for: error, within: time))
        }
    }

    private func sendDirectly(
        _ settings: ReceiverSettings, _ clients: ReceiverClients, _ deadline: NIODeadline
    ) async throws -> AnswerReader.Answer {
        let route = try clients.route(settings, to: location)
        defer { withExtendedLifetime(route) {} }
        var headers = headers
        if let host = route.host { headers.replaceOrAdd(name: "Host", value: host) }
        let request = try HTTPClient.Request(
            url: route.url, method: method, headers: headers, body: .byteBuffer(ByteBuffer(bytes: body)))
        var result = await attempt(request, route.client.client, deadline)
        if case .failure(let cause) = result, RequestFailure.isLostConnection(cause), !Task.isCancelled {
            // The receiver closed an idle connection just as it was used again, so a new one is tried.
            result = await attempt(request, route.client.client, deadline)
        }
        return try result.get()
    }

    // MARK: Proxies

    private func proxied(_ settings: ReceiverSettings) -> ProxiedRequest? {
        guard location.scheme == "http", let proxy = settings.proxy.proxy(for: location), proxy.scheme == "http" else {
            return nil
        }
        return ProxiedRequest(request: self, proxy: proxy, proxyHeaders: settings.proxy.headers)
    }

    /// Follows an answer that asks for the same request elsewhere.
    private func follow(
        _ answer: AnswerReader.Answer, _ settings: ReceiverSettings, _ clients: ReceiverClients, _ time: Duration
    ) async throws -> AnswerReader.Answer {
        guard settings.client.followsRedirects, [307, 308].contains(answer.status), redirects < Self.redirectLimit,
            let target = answer.headers.first(name: "Location").flatMap({ WebLocation($0) })
        else { return answer }
        var next = self
        next.redirects += 1
        next.location = target
        if target.authority != location.authority { next.headers.remove(name: "Authorization") }
        return try await next.send(settings, clients, within: time).get()
    }

    private func attempt(
        _ request: HTTPClient.Request, _ client: HTTPClient, _ deadline: NIODeadline
    ) async -> Result<AnswerReader.Answer, any Error> {
        let reader = AnswerReader()
        let task = client.execute(request: request, delegate: reader, deadline: deadline)
        do {
            return .success(
                try await withTaskCancellationHandler {
                    try await task.futureResult.get()
                } onCancel: {
                    task.cancel()
                })
        } catch {
            // What the receiver has decided is known from the head; how the rest breaks off does not matter.
            if let answer = reader.answer, !Task.isCancelled { return .success(answer) }
            return .failure(error)
        }
    }

    private func failure(for cause: any Error, within time: Duration) -> Failure {
        if Task.isCancelled { return Failure(text: "context canceled", reason: .contextCanceled) }
        let problem = RequestFailure(method: method == .PUT ? "Put" : "Post", url: "<redacted>", timeout: time)
        let error = problem.error(for: cause)
        return Failure(
            text: "\(error)", reason: error == problem.deadlineExceeded ? .contextDeadlineExceeded : .other)
    }
}
