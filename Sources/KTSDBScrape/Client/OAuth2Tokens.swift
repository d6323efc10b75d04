internal import AsyncHTTPClient
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PrometheusWire

/// The access tokens of requests with `oauth2`, each used until it expires. Of several requests that need the same
/// token, the first fetches it and the others wait.
package actor OAuth2Tokens {
    /// An access token, and the client secret, which must not be shown.
    package struct Token: Sendable {
        /// The header `Authorization`.
        package var header: String
        package var clientSecret: String
        fileprivate var expiresAt: ContinuousClock.Instant?
    }

    /// An access token could not be fetched.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        package var description: String
        /// Whether the token server refused the request.
        package var isRefusal = false
    }

    /// A token is replaced this long before it expires.
    private static let margin = Duration.seconds(10)
    /// The longest that a token with a stated life is used, and the most tokens that are kept.
    private static let longestLife = Duration.seconds(86_400), countLimit = 1_000
    /// How long fetching a token may take, whatever the deadlines of the requests that wait for it.
    private static let patience = TimeAmount.seconds(30)

    private let clients: ClientPool
    private let executor = WorkerExecutor()
    private var tokens: [OAuth2Settings: Token] = [:]
    private var fetches: [OAuth2Settings: EventLoopFuture<Token>] = [:]

    package init(_ clients: ClientPool) { self.clients = clients }

    /// Returns a token; waits for it until `deadline` at the latest.
    ///
    /// - Throws: ``Failure``, or `HTTPClientError.deadlineExceeded` or `CancellationError`.
    package func token(_ settings: OAuth2Settings, deadline: NIODeadline) async throws -> Token {
        if let token = tokens[settings], token.expiresAt.map({ $0 > .now }) ?? true { return token }
        let fetch = fetches[settings] ?? begin(settings)
        // The promise may be fulfilled more than once: the first result counts.
        let promise = fetch.eventLoop.makePromise(of: Token.self)
        fetch.cascade(to: promise)
        let timer = fetch.eventLoop.scheduleTask(deadline: deadline) {
            promise.fail(HTTPClientError.deadlineExceeded)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// Forgets a token that was refused.
    package func forget(_ settings: OAuth2Settings) { tokens[settings] = nil }

    /// Forgets all tokens.
    package func forgetAll() { tokens = [:] }

    private func begin(_ settings: OAuth2Settings) -> EventLoopFuture<Token> {
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Token.self)
        fetches[settings] = promise.futureResult
        Task(executorPreference: executor) { [self] in
            do {
                let token = try await Self.fetch(settings, clients)
                await end(settings, token)
                promise.succeed(token)
            } catch {
                await end(settings, nil)
                promise.fail(error)
            }
        }
        return promise.futureResult
    }

    private func end(_ settings: OAuth2Settings, _ token: Token?) {
        fetches[settings] = nil
        if tokens.count >= Self.countLimit { tokens = [:] }
        tokens[settings] = token
    }

    // MARK: Fetching

    private static func fetch(_ settings: OAuth2Settings, _ clients: ClientPool) async throws(Failure) -> Token {
        let secret: String
        do throws(HTTPClientSettings.UnreadableFile) {
            secret = try settings.clientSecret?.value("oauth2 client_secret_file") ?? ""
        } catch { throw Failure(description: "\(error)") }
        let deadline = NIODeadline.now() + patience
        var answer = try await request(settings, secret, inHeader: true, clients, deadline)
        // Some servers want the credentials in the body, and answer with various errors otherwise.
        if !answer.isSuccess { answer = try await request(settings, secret, inHeader: false, clients, deadline) }
        return try token(answer, secret)
    }

    private static func request(
        _ settings: OAuth2Settings, _ secret: String, inHeader: Bool, _ clients: ClientPool, _ deadline: NIODeadline
    ) async throws(Failure) -> HTTPAnswer {
        guard let location = WebLocation(settings.tokenURL), ["http", "https"].contains(location.scheme) else {
            throw Failure(description: "oauth2: token_url is not an address with http:// or https://")
        }
        var form = [("grant_type", "client_credentials")]
        if !settings.scopes.isEmpty { form.append(("scope", settings.scopes.joined(separator: " "))) }
        form += settings.parameters.map { ($0.name, $0.value) }
        var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"]
        if inHeader {
            let name = PercentEncoding.query(settings.clientID), password = PercentEncoding.query(secret)
            headers.add(name: "Authorization", value: BasicAuthorization.header(name: name, password: password))
        } else {
            form += [("client_id", settings.clientID), ("client_secret", secret)]
        }
        let body = form.map { PercentEncoding.query($0.0) + "=" + PercentEncoding.query($0.1) }
        let request = ClientRequest(
            .POST, location, headers: headers, body: ByteBuffer(string: body.joined(separator: "&")), limits: .report)
        do { return try await request.send(settings.client, clients, deadline: deadline) } catch {
            // The path is not shown, since it may name a tenant.
            let failure = RequestFailure(
                method: "Post", url: "\(location.scheme)://\(location.authority)",
                timeout: .nanoseconds(patience.nanoseconds))
            throw Failure(description: "oauth2: cannot fetch token: \(failure.error(for: error))")
        }
    }

    private static func token(_ answer: HTTPAnswer, _ secret: String) throws(Failure) -> Token {
        let failure = Failure(
            description: "oauth2: cannot fetch token: status \(answer.status)", isRefusal: true)
        guard answer.isSuccess, let json = try? JSONTreeParser.parse(Array(answer.body.readableBytesView)),
            let text = json["access_token"]?.text, isSafe(text)
        else { throw failure }
        var life: Duration?
        if let seconds = seconds(json["expires_in"]), seconds > 0 {
            life = min(.seconds(min(seconds, 1e6)), longestLife)
        }
        let type = json["token_type"]?.text ?? "Bearer"
        return Token(
            header: (type.lowercased() == "bearer" || !isSafe(type) ? "Bearer" : type) + " " + text,
            clientSecret: secret, expiresAt: life.map { .now + max(.zero, $0 - margin) })
    }

    /// Reads a number of seconds, which some servers write as a text.
    private static func seconds(_ value: JSONTree?) -> Double? {
        switch value {
        case .number(let text), .string(let text): Double(text)
        default: nil
        }
    }

    /// Returns whether a text can be part of a header.
    private static func isSafe(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
