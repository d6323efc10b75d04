internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// How the requests of one job, or to some Alertmanagers, are sent: with the headers of the settings, which may be in
/// files or come from a server for tokens, and over the clients that the settings ask for.
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

    /// Returns `headers` and those of the settings, without a token. Throws if a file is missing or broken, one that
    /// only TLS needs included. A worker reads the files, because others wait for the event loop.
    func headers(_ headers: HTTPHeaders, to location: WebLocation?) async throws(FetchError) -> HTTPHeaders {
        guard needsFiles else { return try headersNow(headers, to: location) }
        let result: Result<HTTPHeaders, FetchError> = await withTaskExecutorPreference(workers) {
            do throws(FetchError) { return .success(try headersNow(headers, to: location)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Does the same on this thread: for settings that do not need files.
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

    /// Adds the token, if the settings ask for one.
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

    /// Notes that a request was answered with a status: the next one gets another token if this one was refused.
    func note(status: Int) async {
        if status == 401, let oauth2 = settings.oauth2 { await tokens.forget(oauth2) }
    }

    /// Closes the connections; requests in progress fail.
    func close() async { await clients.close() }
}
