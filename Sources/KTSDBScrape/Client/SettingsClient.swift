internal import AsyncHTTPClient
internal import KTSDBModel
package import NIOCore
package import NIOHTTP1

/// Posts to configured addresses, with the configured credentials, headers, redirects, TLS and proxies. Files with
/// secrets are read for each request, and files with certificates when they have changed.
package final class SettingsClient: Sendable {
    private let client: JobClient
    /// The event loop of all its connections and requests. With two loops, ``close()`` could close a connection between
    /// the end of its request and its return to the client's pool, which is a fatal error in the client library.
    private let loop = HTTPClient.defaultEventLoopGroup.next()

    /// Creates a client that does not have any connections yet.
    package init(_ settings: HTTPClientSettings) { client = JobClient(settings) }

    /// Posts `body`, and returns the answer whatever its status is.
    ///
    /// - Throws: ``FetchError`` if no answer came within `timeout`.
    package func post(
        _ body: ByteBuffer, to url: String, _ headers: HTTPHeaders, timeout: Duration
    ) async throws(FetchError) -> HTTPAnswer {
        let failure = RequestFailure(method: "Post", url: url, timeout: timeout)
        let deadline = NIODeadline.now() + .milliseconds(min(timeout.milliseconds, 86_400_000))
        guard let location = WebLocation(url), ["http", "https"].contains(location.scheme) else {
            throw failure.failed("not a valid address: it has to begin with http:// or https:// and have a host")
        }
        var headers = headers
        do throws(FetchError) { headers = try await client.headers(headers, to: location) } catch {
            throw failure.failed("\(error)")
        }
        try await client.addToken(to: &headers, failure, deadline: deadline)
        let request = ClientRequest(.POST, location, headers: headers, body: body, limits: .status, loop: loop)
        do {
            let answer = try await request.send(client.settings, client.clients, deadline: deadline)
            await client.note(status: answer.status)
            return answer
        } catch {
            throw Task.isCancelled ? .cancelled : failure.error(for: error)
        }
    }

    /// Closes the connections; requests in progress fail.
    package func close() async { await client.close() }
}
