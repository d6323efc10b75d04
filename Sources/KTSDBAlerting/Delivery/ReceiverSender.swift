internal import KTSDBModel
package import KTSDBNotify
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1
internal import PrometheusWire

/// Brings notifications to their receivers over HTTP and by mail.
package final class ReceiverSender: NotificationSender {
    private let clients = ClientPool(connectionLimit: 64, idleTime: .seconds(60))
    private let tokens: OAuth2Tokens
    private let userAgent: String
    /// No request takes longer, whatever the time of a flush: an answer would come too late anyway.
    static let longestTime = Duration.seconds(300)
    /// Threads on which messages are built: a template may take its time, and files are read.
    private let threads = BlockingThreads("ktsdb.delivery", count: 4)

    /// Creates a sender without connections; `userAgent` is how it introduces itself.
    package init(userAgent: String = "Alertmanager/0.34.0") {
        tokens = OAuth2Tokens(clients)
        self.userAgent = userAgent
    }

    package func send(
        _ delivery: Delivery, _ integration: IntegrationConfiguration, _ context: PayloadContext,
        at now: WallTime, within remaining: Duration
    ) async -> AttemptOutcome {
        let failures = TemplateFailures(), random = UInt64.random(in: .min ... .max)
        let message: OutgoingMessage
        do throws(PayloadError) {
            message = try await threads.run { () throws(PayloadError) in
                try OutgoingMessage.build(
                    delivery.notification, integration, context, at: now, random: random, failures: failures)
            }
        } catch {
            return AttemptOutcome(.failure(reason: "\(error)", isRetryable: false), reason: .clientError)
        }
        let begin = ContinuousClock.now
        var outcome = AttemptOutcome(.success())
        switch message {
        case .mail(let mail): outcome = await MailSender().send(mail, within: remaining)
        case .http(let requests):
            for request in requests {
                let left = remaining - (ContinuousClock.now - begin)
                outcome = await post(request, integration, at: now, within: min(left, request.timeout ?? left))
                guard case .success = outcome.result else { break }
            }
        }
        outcome.warning = failures.first
        return outcome
    }

    package func forgetConnections() async {
        clients.forget()
        await tokens.forgetAll()
    }

    package func close() async { await clients.close() }

    // MARK: HTTP

    private func post(
        _ request: OutgoingRequest, _ integration: IntegrationConfiguration, at now: WallTime, within time: Duration
    ) async -> AttemptOutcome {
        guard let location = WebLocation(request.url), ["http", "https"].contains(location.scheme) else {
            let reason = "the address is not one with http:// or https://, a host and a valid port"
            return AttemptOutcome(.failure(reason: reason, isRetryable: false), reason: .clientError)
        }
        let settings = HTTPClientSettings(integration.values.fields("http_config") ?? FieldValues())
        let time = min(max(time, .milliseconds(1)), Self.longestTime)
        let deadline = NIODeadline.now() + TimeAmount(time)
        var redaction = Redaction()
        redaction.hide(address: request.url)
        do {
            let headers = try await headers(request, location, settings, &redaction, deadline: deadline)
            let outgoing = ClientRequest(
                HTTPMethod(rawValue: request.method), location, headers: headers,
                body: ByteBuffer(bytes: request.body), limits: .report)
            let answer = try await outgoing.send(settings, clients, deadline: deadline)
            if answer.status == 401, let oauth2 = settings.oauth2 { await tokens.forget(oauth2) }
            return judge(answer, request, integration, redaction, at: now)
        } catch {
            let failure = error as? ReceiverFailure ?? ReceiverFailure(error, request.method, within: time)
            return AttemptOutcome(
                .failure(reason: redaction.applied(to: failure.text), isRetryable: true), reason: failure.reason)
        }
    }

    /// The headers of a request; those of the message count more than those of the settings.
    private func headers(
        _ request: OutgoingRequest, _ location: WebLocation, _ settings: HTTPClientSettings,
        _ redaction: inout Redaction, deadline: NIODeadline
    ) async throws -> HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": userAgent]
        do throws(HTTPClientSettings.UnreadableFile) {
            headers = try await threads.run { [headers] () throws(HTTPClientSettings.UnreadableFile) in
                var headers = headers
                try settings.addHeaders(to: &headers)
                return headers
            }
        } catch { throw ReceiverFailure(text: "\(error)") }
        if let oauth2 = settings.oauth2 {
            let token = try await tokens.token(oauth2, deadline: deadline)
            redaction.hide(token.clientSecret)
            redaction.hide(token.header)
            headers.replaceOrAdd(name: "Authorization", value: token.header)
        }
        if headers["Authorization"].isEmpty, let authorization = location.basicAuthorization {
            headers.add(name: "Authorization", value: authorization)
        }
        for (name, value) in request.headers { headers.replaceOrAdd(name: name, value: value) }
        for (name, value) in headers where !["user-agent", "content-type"].contains(name.lowercased()) {
            for part in value.split(separator: " ") where part.utf8.count >= 8 { redaction.hide(String(part)) }
        }
        return headers
    }

    private func judge(
        _ answer: HTTPAnswer, _ request: OutgoingRequest, _ integration: IntegrationConfiguration,
        _ redaction: Redaction, at now: WallTime
    ) -> AttemptOutcome {
        let received = ReceiverAnswer(
            status: answer.status, body: Array(answer.body.readableBytesView),
            contentType: answer.headers.first(name: "Content-Type") ?? "")
        let channel = (try? JSONTreeParser.parse(request.body))?["channel"]?.text
        guard let failure = received.failure(integration, channel: channel) else {
            let keeps = integration.kind == .slack && integration.values.flag("update_message")
            return AttemptOutcome(.success(data: keeps ? received.slackData : nil), status: answer.status)
        }
        // A receiver that says when to come again is believed, whatever its kind.
        let wait = answer.headers.first(name: "Retry-After").flatMap { RetryAfter.duration($0, at: now) }
        let comesAgain = wait != nil && [429, 503].contains(answer.status)
        let result = DeliveryResult.failure(
            reason: redaction.applied(to: failure.text), isRetryable: failure.isRetryable || comesAgain,
            retryAfter: wait)
        return AttemptOutcome(result, status: answer.status, reason: failure.reason)
    }
}
