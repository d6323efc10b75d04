internal import AsyncHTTPClient
internal import CLibrary
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PrometheusWire

/// A server with Alertmanager's API, over HTTP. Requests block their thread.
package enum HTTPAlertmanager {
    /// The largest answer that is read, in bytes.
    private static let answerByteLimit = 1 << 30

    /// Returns the server at an address such as `http://user:password@127.0.0.1:9093/prefix`.
    ///
    /// `file` has settings of HTTP as Prometheus' configuration has them: credentials, TLS. A request is given up after
    /// `timeout`.
    package static func connect(
        _ address: String, _ file: String?, _ timeout: Duration
    ) throws(AmtoolProblem) -> AmtoolServer {
        let target = try Target(address)
        guard target.credentials == nil || file == nil else {
            throw AmtoolProblem("basic authentication and http.config.file are mutually exclusive")
        }
        var settings = HTTPClientSettings()
        if let file {
            do throws(ConfigurationError) { settings = try HTTPClientSettings(file: file) } catch {
                throw AmtoolProblem("failed to load HTTP config file: \(error)")
            }
        }
        if let (user, password) = target.credentials {
            settings.authorization = .basic(username: .text(user), password: .text(password))
        }
        return AmtoolServer { [settings] (method, path, body) throws(AmtoolProblem) in
            try send(method, target.base + "/api/v2" + path, body, settings, timeout)
        }
    }

    private static func send(
        _ method: String, _ url: String, _ body: [UInt8], _ settings: HTTPClientSettings, _ timeout: Duration
    ) throws(AmtoolProblem) -> AmtoolServer.Answer {
        do {
            var headers: HTTPHeaders = ["Accept": "application/json", "User-Agent": "ktsdb"]
            if !body.isEmpty { headers.add(name: "Content-Type", value: "application/json") }
            try settings.addHeaders(to: &headers)
            guard let location = WebLocation(url) else { throw HTTPClientError.invalidURL }
            let limit = timeout > .zero ? NIODeadline.now() + .milliseconds(timeout.milliseconds) : .distantFuture
            let request = ClientRequest(
                HTTPMethod(rawValue: method), location, headers: headers, body: ByteBuffer(bytes: body),
                limits: .whole(answerByteLimit))
            let answer = try HTTPClient.defaultEventLoopGroup.any().makeFutureWithTask {
                try await send(request, settings, limit)
            }.wait()
            return (answer.status, Array(answer.body.readableBytesView))
        } catch {
            throw problem(error, method, url, timeout)
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

    /// The host and port of a URL.
    private static func address(of url: String) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = String(rest.prefix { $0 != "/" })
        let hasPort = authority.split(separator: "]").last?.contains(":") ?? false
        return hasPort ? authority : authority + (url.hasPrefix("https") ? ":443" : ":80")
    }

    private static let timeouts: [HTTPClientError] = [.deadlineExceeded, .connectTimeout, .readTimeout]

    private static func problem(
        _ error: any Error, _ method: String, _ url: String, _ timeout: Duration
    ) -> AmtoolProblem {
        let verb = method.prefix(1) + method.dropFirst().lowercased()
        switch error {
        case let error as NIOConnectionError:
            let isRefused = error.connectionErrors.contains { ($0.error as? IOError)?.errnoCode == ECONNREFUSED }
            if isRefused { return .refusedConnection(method, url, "\(error.host):\(error.port)") }
            return AmtoolProblem("\(verb) \"\(url)\": dial tcp \(error.host):\(error.port): cannot connect")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return .refusedConnection(method, url, address(of: url))
        case let error as HTTPClientError where timeouts.contains(error):
            return AmtoolProblem("\(verb) \"\(url)\": context deadline exceeded")
        default: return AmtoolProblem("\(verb) \"\(url)\": \(error)")
        }
    }

    /// An address in its parts.
    private struct Target {
        /// Scheme, host and path, without a slash at the end.
        var base: String
        var credentials: (user: String, password: String)?

        init(_ address: String) throws(AmtoolProblem) {
            guard let scheme = address.firstRange(of: "://"), ["http", "https"].contains(address[..<scheme.lowerBound])
            else {
                throw AmtoolProblem(
                    "the address \(goQuoted(address)) is not a URL; write for example http://127.0.0.1:9093")
            }
            var rest = address[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" }
            if let sign = authority.lastIndex(of: "@") {
                let pair = authority[..<sign].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                credentials = (Self.decoded(pair[0]), pair.count > 1 ? Self.decoded(pair[1]) : "")
                rest = rest[rest.index(after: sign)...]
            }
            base = String(address[..<scheme.upperBound] + rest)
            while base.hasSuffix("/") { base.removeLast() }
        }

        private static func decoded(_ text: Substring) -> String {
            String(decoding: PercentEncoding.decode(text.utf8, plusIsBlank: false) ?? Array(text.utf8), as: UTF8.self)
        }
    }
}
