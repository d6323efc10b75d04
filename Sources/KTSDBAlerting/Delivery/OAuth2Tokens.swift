internal import KTSDBNotify
internal import KTSDBScrape
internal import NIOHTTP1

/// The tokens of integrations with `oauth2`, each used until it expires.
actor OAuth2Tokens {
    private struct Token {
        var header: String
        var expiresAt: ContinuousClock.Instant?
    }

    /// A token is replaced this long before it expires.
    private static let margin = Duration.seconds(10)
    /// How much of a token's life is believed, and how many tokens are kept.
    private static let longestLife = Duration.seconds(86_400), countLimit = 1_000

    private let clients: ReceiverClients
    private var tokens: [OAuth2Settings: Token] = [:]

    init(_ clients: ReceiverClients) { self.clients = clients }

    /// Returns the header `Authorization`.
    func header(
        _ settings: OAuth2Settings, _ redaction: inout Redaction, within time: Duration
    ) async throws(ReceiverRequest.Failure) -> String {
        if let token = tokens[settings], token.expiresAt.map({ $0 > .now }) ?? true {
            redaction.hide(token.header)
            return token.header
        }
        let secret: String
        do throws(HTTPClientSettings.UnreadableFile) {
            secret = try settings.clientSecret?.value("oauth2 client_secret_file") ?? ""
        } catch { throw ReceiverRequest.Failure(text: "\(error)") }
        redaction.hide(secret)
        var answer = try await request(settings, secret, inHeader: true, within: time)
        // Some want the credentials in the body, and say so with any error.
        if answer.status / 100 != 2 { answer = try await request(settings, secret, inHeader: false, within: time) }
        let token = try Self.token(answer)
        if tokens.count >= Self.countLimit { tokens = [:] }
        tokens[settings] = token
        redaction.hide(token.header)
        return token.header
    }

    /// Forgets a token that was refused.
    func forget(_ settings: OAuth2Settings) { tokens[settings] = nil }

    /// Forgets all tokens.
    func forgetAll() { tokens = [:] }

    private func request(
        _ settings: OAuth2Settings, _ secret: String, inHeader: Bool, within time: Duration
    ) async throws(ReceiverRequest.Failure) -> AnswerReader.Answer {
        guard let location = WebLocation(settings.tokenURL) else {
            throw ReceiverRequest.Failure(text: "oauth2: token_url is not an address")
        }
        var form = [("grant_type", "client_credentials")]
        if !settings.scopes.isEmpty { form.append(("scope", settings.scopes.joined(separator: " "))) }
        form += settings.parameters.pairs.map { ($0.name, $0.value) }
        var headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"]
        let name = PercentCoding.queryEncoded(settings.clientID), password = PercentCoding.queryEncoded(secret)
        if inHeader {
            headers.add(name: "Authorization", value: BasicAuthorization.header(name: name, password: password))
        } else {
            form += [("client_id", settings.clientID), ("client_secret", secret)]
        }
        let body = form.map { PercentCoding.queryEncoded($0.0) + "=" + PercentCoding.queryEncoded($0.1) }
        let request = ReceiverRequest(
            location: location, headers: headers, body: Array(body.joined(separator: "&").utf8))
        var http = ReceiverSettings(FieldValues())
        http.client.tls = settings.tls
        http.proxy = settings.proxy
        return try await request.send(http, clients, within: time).get()
    }

    private static func token(_ answer: AnswerReader.Answer) throws(ReceiverRequest.Failure) -> Token {
        let failure = ReceiverRequest.Failure(
            text: "oauth2: cannot fetch token: status \(answer.status)", reason: .authError)
        guard answer.status / 100 == 2, let json = try? JSONTreeParser.parse(answer.body),
            let text = json["access_token"]?.text, isSafe(text)
        else { throw failure }
        var life: Duration?
        if case .number(let number)? = json["expires_in"], let seconds = Double(number), seconds > 0 {
            life = min(.seconds(min(seconds, 1e6)), longestLife)
        }
        let type = json["token_type"]?.text ?? "Bearer"
        return Token(
            header: (type.lowercased() == "bearer" || !isSafe(type) ? "Bearer" : type) + " " + text,
            expiresAt: life.map { .now + max(.zero, $0 - margin) })
    }

    /// Whether a text can be in a header.
    private static func isSafe(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
