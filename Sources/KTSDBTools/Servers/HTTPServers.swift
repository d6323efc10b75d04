internal import AsyncHTTPClient
internal import CLibrary
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Servers over HTTP. Requests block their thread.
package enum HTTPServers {
    /// The largest answer that is read, in bytes.
    private static let answerByteLimit = 1 << 30

    /// Returns the server at an address.
    ///
    /// `file` has settings of HTTP as Prometheus' configuration has them: credentials, TLS. A request is given up after
    /// `timeout`.
    package static func connect(
        _ address: ServerAddress, _ file: String?, _ timeout: Duration
    ) throws(ConnectionProblem) -> ToolServer {
        guard address.credentials == nil || file == nil else {
            throw ConnectionProblem("basic authentication and http.config.file are mutually exclusive")
        }
        var settings = HTTPClientSettings()
        if let file {
            do throws(ConfigurationError) { settings = try HTTPClientSettings(file: file) } catch {
                throw ConnectionProblem("failed to load HTTP config file: \(error)")
            }
        }
        if let credentials = address.credentials {
            settings.authorization = .basic(
                username: .text(credentials.user), password: .text(credentials.password))
        }
        return ToolServer(address: address.base) { [settings] request throws(ConnectionProblem) in
            try send(request, to: address.base + request.target, settings, timeout)
        }
    }

    private static func send(
        _ request: ToolServer.Request, to url: String, _ settings: HTTPClientSettings, _ timeout: Duration
    ) throws(ConnectionProblem) -> ToolServer.Answer {
        do {
            var headers: HTTPHeaders = ["User-Agent": "ktsdb"]
            try settings.addHeaders(to: &headers)
            for header in request.headers { headers.replaceOrAdd(name: header.name, value: header.value) }
            guard let location = WebLocation(url) else { throw HTTPClientError.invalidURL }
            let limit = timeout > .zero ? NIODeadline.now() + .milliseconds(timeout.milliseconds) : .distantFuture
            let message = ClientRequest(
                HTTPMethod(rawValue: request.method), location, headers: headers,
                body: ByteBuffer(bytes: request.body), limits: .whole(answerByteLimit))
            let answer = try HTTPClient.defaultEventLoopGroup.any().makeFutureWithTask {
                try await send(message, settings, limit)
            }.wait()
            return ToolServer.Answer(answer.status, Array(answer.body.readableBytesView))
        } catch {
            throw problem(error, request.method, url)
        }
    }

    private static func send(
        _ request: ClientRequest, _ settings: HTTPClientSettings, _ deadline: NIODeadline
    ) async throws -> HTTPAnswer {
        let clients = ClientPool()
        var request = request
        let answer: Result<HTTPAnswer, any Error>
        do {
            if let oauth2 = settings.oauth2 {
                let token = try await OAuth2Tokens(clients).token(oauth2, deadline: deadline)
                request.headers.replaceOrAdd(name: "Authorization", value: token.header)
            }
            answer = .success(try await request.send(settings, clients, deadline: deadline))
        } catch {
            answer = .failure(error)
        }
        await clients.close()
        return try answer.get()
    }

    private static let timeouts: [HTTPClientError] = [.deadlineExceeded, .connectTimeout, .readTimeout]

    private static func problem(_ error: any Error, _ method: String, _ url: String) -> ConnectionProblem {
        let beginning = "\(ConnectionProblem.verb(method)) \"\(url)\": "
        switch error {
        case let error as NIOConnectionError:
            let isRefused = error.connectionErrors.contains { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
            if isRefused { return .refused(method, url, "\(error.host):\(error.port)") }
            let reason = ServerProblem(error).reason
            return ConnectionProblem(beginning + "dial tcp \(error.host):\(error.port): \(reason)")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            let location = WebLocation(url)
            return .refused(method, url, "\(location?.host ?? ""):\(location?.effectivePort ?? 0)")
        case let error as HTTPClientError where timeouts.contains(error):
            return ConnectionProblem(beginning + "context deadline exceeded")
        case is IOError, is HTTPClientError: return ConnectionProblem(beginning + ServerProblem(error).reason)
        default: return ConnectionProblem(beginning + "\(error)")
        }
    }
}
