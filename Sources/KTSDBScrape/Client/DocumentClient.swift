internal import AsyncHTTPClient
internal import KTSDBModel
package import NIOCore
package import NIOHTTP1
internal import Synchronization

/// Gets documents from APIs for discoveries, with configured credentials, headers, redirects, TLS and proxies. Files
/// with secrets are read for each request, and files with certificates when they have changed.
package final class DocumentClient: Sendable {
    /// The schemes of addresses. With `http+unix`, the host is the percent-encoded path of a socket.
    private static let schemes: Set<String> = ["http", "https", "http+unix"]
    /// How many bytes of an error answer are read.
    private static let errorLimit = 16 << 10
    /// The most connections to one address. Requests that wait for changes each hold one.
    private static let connectionLimit = 20_000

    private let client: JobClient
    private let userAgent: String

    /// Creates a client that does not have any connections yet.
    package init(_ settings: HTTPClientSettings, userAgent: String) {
        client = JobClient(settings, connectionLimit: Self.connectionLimit)
        self.userAgent = userAgent
    }

    /// Returns the answer to a GET request, whatever its status. Throws if it has more than `limit` bytes or takes
    /// longer than `timeout`.
    package func get(
        _ url: String, _ headers: HTTPHeaders = [:], timeout: Duration, limit: Int
    ) async throws(FetchError) -> HTTPAnswer {
        let failure = RequestFailure(url: url, timeout: timeout), deadline = Self.deadline(timeout)
        let (location, headers) = try await prepare(url, headers, failure, deadline)
        let request = ClientRequest(.GET, location, headers: headers, limits: .whole(limit))
        do {
            let answer = try await request.send(client.settings, client.clients, deadline: deadline)
            await client.note(status: answer.status)
            return answer
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw error is AnswerExcess ? .bodySizeLimit(limit) : failure.error(for: error)
        }
    }

    /// Gets an answer that may take up to `timeout`, and passes its parts to `receive` as they arrive; the next part is
    /// only read when `receive` has returned. Returns when the server ends the answer, after `timeout`, or after
    /// `silence` without a part.
    ///
    /// The body of an error answer is not passed to `receive`, but returned. Redirects are not followed.
    package func follow(
        _ url: String, _ headers: HTTPHeaders = [:], timeout: Duration, silence: Duration,
        _ receive: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws(FetchError) -> HTTPAnswer {
        let failure = RequestFailure(url: url, timeout: silence), deadline = Self.deadline(timeout)
        let (location, headers) = try await prepare(url, headers, failure, deadline)
        let begun = BegunAnswer()
        do {
            try await TimeLimit.while(active: silence, within: timeout) { [self] activity in
                try await follow(location, headers, deadline, begun, activity, receive)
            }
        } catch {
            if Task.isCancelled { throw .cancelled }
            let isOver = error is TimeLimit.Exceeded
            if !isOver || begun.answer == nil {
                throw isOver ? failure.deadlineExceeded : failure.error(for: error)
            }
        }
        guard let answer = begun.answer else { throw failure.deadlineExceeded }
        await client.note(status: answer.status)
        return answer
    }

    /// Closes the connections; requests in progress fail.
    package func close() async { await client.close() }

    private func follow(
        _ location: WebLocation, _ headers: HTTPHeaders, _ deadline: NIODeadline, _ begun: BegunAnswer,
        _ activity: TimeLimit.Activity, _ receive: @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        let route = try client.clients.route(client.settings, to: location)
        defer { withExtendedLifetime(route) {} }
        var request = HTTPClientRequest(url: route.url)
        request.headers = headers
        if let host = route.host { request.headers.replaceOrAdd(name: "Host", value: host) }
        let response = try await route.client.client.execute(request, deadline: deadline)
        let head = HTTPResponseHead(version: response.version, status: response.status, headers: response.headers)
        begun.begin(HTTPAnswer(head))
        for try await part in response.body {
            activity.note()
            if response.status.code / 100 == 2 {
                try await receive(part)
            } else if !begun.add(part, limit: Self.errorLimit) {
                break
            }
        }
    }

    /// Parses an address and collects all headers.
    private func prepare(
        _ url: String, _ headers: HTTPHeaders, _ failure: RequestFailure, _ deadline: NIODeadline
    ) async throws(FetchError) -> (WebLocation, HTTPHeaders) {
        guard let location = WebLocation(url), Self.schemes.contains(location.scheme) else {
            throw failure.failed("not a valid address")
        }
        var headers = headers
        headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        headers = try await client.headers(headers, to: location)
        try await client.addToken(to: &headers, failure, deadline: deadline)
        return (location, headers)
    }

    private static func deadline(_ timeout: Duration) -> NIODeadline {
        .now() + .milliseconds(min(timeout.milliseconds, 86_400_000))
    }
}

/// An answer that is still arriving: its head, and the body if it reports an error.
private final class BegunAnswer: Sendable {
    private let state = Mutex<HTTPAnswer?>(nil)

    var answer: HTTPAnswer? { state.withLock { $0 } }

    func begin(_ answer: HTTPAnswer) { state.withLock { $0 = answer } }

    /// Adds a part of the body; returns whether there is room for more.
    func add(_ part: ByteBuffer, limit: Int) -> Bool {
        state.withLock { state in
            state?.body.writeImmutableBuffer(part)
            return state?.body.readableBytes ?? 0 <= limit
        }
    }
}
