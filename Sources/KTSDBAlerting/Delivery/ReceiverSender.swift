internal import KTSDBModel
package import KTSDBNotify
internal import KTSDBScrape
internal import NIOHTTP1

/// Brings notifications to their receivers over HTTP and by mail.
package final class ReceiverSender: NotificationSender {
    private let clients = ReceiverClients()
    private let tokens: OAuth2Tokens
    private let userAgent: String
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
        let settings = ReceiverSettings(integration.values.fields("http_config") ?? FieldValues())
        var redaction = Redaction()
        redaction.hide(address: request.url)
        do throws(ReceiverRequest.Failure) {
            let headers = try await headers(request, location, settings, &redaction, within: time)
            let outgoing = ReceiverRequest(
                method: HTTPMethod(rawValue: request.method), location: location, headers: headers, body: request.body)
            let answer = try await outgoing.send(settings, clients, within: time).get()
            if answer.status == 401, let oauth2 = settings.oauth2 { await tokens.forget(oauth2) }
            return judge(answer, request, integration, redaction, at: now)
        } catch {
            return AttemptOutcome(
                .failure(reason: redaction.applied(to: error.text), isRetryable: true), reason: error.reason)
        }
    }

    /// The headers of a request; those of the message count more than those of the settings.
    private func headers(
        _ request: OutgoingRequest, _ location: WebLocation, _ settings: ReceiverSettings,
        _ redaction: inout Redaction, within time: Duration
    ) async throws(ReceiverRequest.Failure) -> HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": userAgent]
        do throws(HTTPClientSettings.UnreadableFile) {
            headers = try await threads.run { [headers] () throws(HTTPClientSettings.UnreadableFile) in
                var headers = headers
                try settings.client.addHeaders(to: &headers)
                return headers
            }
        } catch { throw ReceiverRequest.Failure(text: "\(error)") }
        if let oauth2 = settings.oauth2 {
            let header = try await tokens.header(oauth2, &redaction, within: time)
            headers.replaceOrAdd(name: "Authorization", value: header)
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
        _ answer: AnswerReader.Answer, _ request: OutgoingRequest, _ integration: IntegrationConfiguration,
        _ redaction: Redaction, at now: WallTime
    ) -> AttemptOutcome {
        let received = ReceiverAnswer(
            status: answer.status, body: answer.body, contentType: answer.headers.first(name: "Content-Type") ?? "")
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
