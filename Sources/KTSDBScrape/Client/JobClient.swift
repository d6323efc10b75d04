internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Prepares the requests of one scrape job, or of one entry of `alertmanagers`: adds the configured headers, which may
/// come from files or a token server, and provides the clients.
final class JobClient: Sendable {
    let settings: HTTPClientSettings
    let clients: ClientPool
    /// Whether a request needs files, and whether it needs a token.
    let needsFiles: Bool, needsToken: Bool
    private let tokens: OAuth2Tokens
    private let workers = WorkerExecutor()

    /// Creates a client with up to `connectionLimit` connections to one address.
    init(_ settings: HTTPClientSettings, connectionLimit: Int = 256) {
        self.settings = settings
        (needsFiles, needsToken) = (settings.needsFiles, settings.oauth2 != nil)
        clients = ClientPool(connectionLimit: connectionLimit)
        tokens = OAuth2Tokens(clients)
    }

    /// Returns `headers` with those of the settings added, except a token. Throws if a file is missing or broken,
    /// including files that only TLS needs. A worker reads the files, so that the event loop does not block.
    func headers(_ headers: HTTPHeaders, to location: WebLocation?) async throws(FetchError) -> HTTPHeaders {
        guard needsFiles else { return try headersNow(headers, to: location) }
        let result: Result<HTTPHeaders, FetchError> = await withTaskExecutorPreference(workers) {
            do throws(FetchError) { return .success(try headersNow(headers, to: location)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Does the same on the current thread, for settings that do not need files.
    func headersNow(_ base: HTTPHeaders, to location: WebLocation?) throws(FetchError) -> HTTPHeaders {
        var headers = base
        do {
            try settings.addHeaders(to: &headers)
            // A job whose certificates are missing reports that, whether this target needs them or not.
            if !settings.tls.paths.isEmpty, let location { _ = try clients.route(settings, to: location) }
        } catch {
            throw .failed("\(error)")
        }
        if let header = location?.basicAuthorization, !headers.contains(name: "Authorization") {
            headers.add(name: "Authorization", value: header)
        }
        return headers
    }

    /// Adds an access token, if the settings have `oauth2`.
    func addToken(
        to headers: inout HTTPHeaders, _ failure: RequestFailure, deadline: NIODeadline
    ) async throws(FetchError) {
        guard let oauth2 = settings.oauth2 else { return }
        do {
            let token = try await tokens.token(oauth2, deadline: deadline)
            headers.replaceOrAdd(name: "Authorization", value: token.header)
        } catch {
            throw Task.isCancelled ? .cancelled : failure.error(for: error)
        }
    }

    /// Notes the status of an answer: after a 401, the next request fetches a new token.
    func note(status: Int) async {
        if status == 401, let oauth2 = settings.oauth2 { await tokens.forget(oauth2) }
    }

    /// Closes the connections; requests in progress fail.
    func close() async { await clients.close() }
}
