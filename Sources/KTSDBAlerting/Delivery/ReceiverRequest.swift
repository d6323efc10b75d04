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

    var method: HTTPMethod = .POST
    var location: WebLocation
    var headers: HTTPHeaders
    var body: [UInt8]

    /// No request takes longer, whatever the time of a flush: an answer would come too late anyway.
    static let longestTime = Duration.seconds(300)

    /// Sends the request; the answer is whatever status the receiver gives.
    func send(
        _ settings: ReceiverSettings, _ clients: ReceiverClients, within time: Duration
    ) async -> Result<AnswerReader.Answer, Failure> {
        let time = min(max(time, .milliseconds(1)), Self.longestTime)
        let deadline = NIODeadline.now() + TimeAmount(time)
        let route: ReceiverClients.Route, request: HTTPClient.Request
        do {
            route = try clients.route(settings, to: location)
            var headers = headers
            if let host = route.host { headers.replaceOrAdd(name: "Host", value: host) }
            request = try HTTPClient.Request(
                url: route.url, method: method, headers: headers, body: .byteBuffer(ByteBuffer(bytes: body)))
        } catch {
            return .failure(Failure(text: "\(error)"))
        }
        defer { withExtendedLifetime(route) {} }
        var result = await attempt(request, route.client.client, deadline)
        if case .failure(let cause) = result, RequestFailure.isLostConnection(cause), !Task.isCancelled {
            // The receiver closed an idle connection just as it was used again, so a new one is tried.
            result = await attempt(request, route.client.client, deadline)
        }
        return result.mapError { failure(for: $0, within: time) }
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
