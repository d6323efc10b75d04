internal import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Gets documents from APIs, as discoveries need them, with the settings of its HTTP client: credentials, headers,
/// redirects, TLS. The files of secrets and certificates are read for each request, or when they have changed.
package final class DocumentClient: Sendable {
    /// An answer, whatever its status.
    package struct Document: Sendable {
        package var status: Int
        package var headers: HTTPHeaders
        package var body: ByteBuffer
    }

    /// How much of an answer that reports an error is read, in bytes.
    private static let errorLimit = 16 << 10

    private let settings: HTTPClientSettings
    private let client: JobClient
    private let userAgent: String

    /// Creates a client that does not have any connections yet.
    package init(_ settings: HTTPClientSettings, userAgent: String) {
        self.settings = settings
        self.userAgent = userAgent
        client = JobClient(settings)
    }

    /// Gets a document of at most `limit` bytes, within `timeout`.
    package func get(
        _ url: String, _ headers: HTTPHeaders = [:], timeout: Duration, limit: Int
    ) async throws(FetchError) -> Document {
        let failure = RequestFailure(url: url, timeout: timeout)
        return try await run(failure) { [self] in
            try await TimeLimit.within(timeout) { [self] in
                let (response, shared) = try await open(url, headers, failure)
                defer { withExtendedLifetime(shared) {} }
                let isSuccess = response.status.code / 100 == 2
                let room = isSuccess ? limit : Self.errorLimit
                var body = ByteBuffer()
                for try await part in response.body {
                    if body.readableBytes + part.readableBytes > room {
                        if isSuccess { throw FetchError.bodySizeLimit(limit) }
                        break
                    }
                    body.writeImmutableBuffer(part)
                }
                return Document(status: Int(response.status.code), headers: response.headers, body: body)
            }
        }
    }

    /// Gets an answer that may go on for `timeout`, and passes its parts to `receive` as they come; the next part is
    /// not read before. Returns when the other side ends it, when the time is over, or after `silence` without a part.
    ///
    /// An answer that reports an error is not passed on, but returned.
    package func follow(
        _ url: String, _ headers: HTTPHeaders = [:], timeout: Duration, silence: Duration,
        _ receive: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws(FetchError) -> Document {
        let failure = RequestFailure(url: url, timeout: silence), begun = BegunDocument()
        return try await run(failure) { [self] in
            do {
                return try await TimeLimit.while(active: silence, within: timeout) { [self] activity in
                    let (response, shared) = try await open(url, headers, failure)
                    defer { withExtendedLifetime(shared) {} }
                    begun.begin(response)
                    for try await part in response.body {
                        activity.note()
                        if response.status.code / 100 == 2 {
                            try await receive(part)
                        } else if !begun.add(part, limit: Self.errorLimit) {
                            break
                        }
                    }
                    return begun.document ?? Document(status: 0, headers: [:], body: ByteBuffer())
                }
            } catch is TimeLimit.Exceeded {
                guard let document = begun.document else { throw TimeLimit.Exceeded() }
                return document
            }
        }
    }

    /// Closes the connections; requests in progress fail.
    package func close() async { await client.close() }

    private func open(
        _ url: String, _ headers: HTTPHeaders, _ failure: RequestFailure
    ) async throws -> (HTTPClientResponse, SharedClient) {
        var headers = headers
        headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        do throws(HTTPClientSettings.UnreadableFile) { try settings.addHeaders(to: &headers) } catch {
            throw failure.failed("\(error)")
        }
        let shared = try client.current()
        var request = HTTPClientRequest(url: url)
        request.headers = headers
        // The time of the whole request is limited by the caller.
        let response = try await shared.client.execute(request, deadline: .now() + .hours(24))
        return (response, shared)
    }

    private func run(
        _ failure: RequestFailure, _ body: @escaping @Sendable () async throws -> Document
    ) async throws(FetchError) -> Document {
        do { return try await body() } catch {
            if Task.isCancelled { throw .cancelled }
            throw error is TimeLimit.Exceeded ? failure.deadlineExceeded : failure.error(for: error)
        }
    }
}

/// The head of an answer that is still under way, and the body of one that reports an error.
private final class BegunDocument: Sendable {
    private let state = Mutex<DocumentClient.Document?>(nil)

    var document: DocumentClient.Document? { state.withLock { $0 } }

    func begin(_ response: HTTPClientResponse) {
        state.withLock { state in
            state = .init(status: Int(response.status.code), headers: response.headers, body: ByteBuffer())
        }
    }

    /// Adds a part of the body; returns whether there is room for more.
    func add(_ part: ByteBuffer, limit: Int) -> Bool {
        state.withLock { state in
            state?.body.writeImmutableBuffer(part)
            return state?.body.readableBytes ?? 0 <= limit
        }
    }
}
