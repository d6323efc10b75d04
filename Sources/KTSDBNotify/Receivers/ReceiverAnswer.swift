internal import KTSDBModel
internal import PrometheusWire

/// What a receiver answered to a request, and what follows from it.
package struct ReceiverAnswer: Hashable, Sendable {
    /// Why an attempt failed, as it is counted.
    package enum Reason: String, Hashable, Sendable {
        case other, clientError, serverError, contextCanceled, contextDeadlineExceeded, authError, rateLimited

        /// The reason for a failure with this status.
        package init(status: Int) {
            switch status {
            case 401, 403: self = .authError
            case 429: self = .rateLimited
            case 400...499: self = .clientError
            case 500...599: self = .serverError
            default: self = .other
            }
        }
    }

    /// A failed attempt.
    package struct Failure: Hashable, Sendable {
        package var text: String
        package var reason: Reason
        /// Whether trying again may help.
        package var isRetryable: Bool
    }

    package var status: Int
    package var body: [UInt8]
    package var contentType: String

    package init(status: Int, body: [UInt8] = [], contentType: String = "") {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    /// How much of an answer is shown in an error.
    private static let textLimit = 4096

    private var text: String { String(decoding: body.prefix(Self.textLimit), as: UTF8.self) }

    /// Refuses statuses other than 2xx; those from 500 on may be tried again, and the ones given.
    package func checkStatus(retrying statuses: [Int] = [], details: String? = nil) -> Failure? {
        guard status / 100 != 2 else { return nil }
        let details = details ?? text
        return Failure(
            text: "unexpected status code \(status)" + (details.isEmpty ? "" : ": " + details),
            reason: Reason(status: status), isRetryable: status / 100 == 5 || statuses.contains(status))
    }

    /// Why the notification did not arrive; nil if it did. The error names the channel of a chat.
    package func failure(_ integration: IntegrationConfiguration, channel: String? = nil) -> Failure? {
        let failure = failure(integration.kind, integration.values)
        guard var failure, let channel, [.slack, .mattermost, .rocketchat].contains(integration.kind) else {
            return failure
        }
        failure.text = "channel \(goQuoted(channel)): \(failure.text)"
        return failure
    }

    private func failure(_ kind: IntegrationKind, _ values: FieldValues) -> Failure? {
        switch kind {
        case .pagerduty:
            let isFirst = values.has("service_key") || values.has("service_key_file")
            return checkStatus(retrying: [isFirst ? 403 : 429], details: pagerdutyDetails)
        case .opsgenie: return checkStatus(retrying: [429])
        case .incidentio: return checkStatus(retrying: [429], details: incidentioDetails)
        case .slack: return checkStatus() ?? slackFailure
        case .rocketchat: return checkStatus() ?? rocketchatFailure
        case .telegram: return telegramFailure
        default: return checkStatus()
        }
    }

    private var json: JSONTree? { try? JSONTreeParser.parse(body) }

    private func strings(_ value: JSONTree?) -> [String] {
        if case .array(let elements)? = value { elements.compactMap(\.text) } else { [] }
    }

    private var pagerdutyDetails: String {
        guard status == 400, let json else { return "" }
        return (json["message"]?.text ?? "") + ": " + strings(json["errors"]).joined(separator: ",")
    }

    private var incidentioDetails: String {
        guard let json else { return "" }
        let errors = strings(json["errors"]).joined(separator: ", ")
        let parts: [String?] = [json["message"]?.text, json["error"]?.text, errors]
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private func unreadable() -> Failure {
        var reason = "invalid character"
        do throws(JSONTreeParser.Problem) { _ = try JSONTreeParser.parse(body) } catch { reason = error.description }
        return Failure(
            text: "could not unmarshal JSON response \(goQuoted(text)): \(reason)", reason: .clientError,
            isRetryable: true)
    }

    private var slackFailure: Failure? {
        guard contentType.hasPrefix("application/json") else {
            if body.elementsEqual("ok".utf8) { return nil }
            return Failure(
                text: "received an error response from Slack: \(text)", reason: .clientError, isRetryable: false)
        }
        guard let json else { return unreadable() }
        if json["ok"] == .bool(true) { return nil }
        return Failure(
            text: "error response from Slack: \(json["error"]?.text ?? "")", reason: .clientError, isRetryable: false)
    }

    private var rocketchatFailure: Failure? {
        guard let json else { return unreadable() }
        if json["success"] == .bool(true) { return nil }
        return Failure(
            text: "error response from Rocketchat: \(json["error"]?.text ?? "")", reason: .clientError,
            isRetryable: false)
    }

    private var telegramFailure: Failure? {
        if json?["ok"] == .bool(true) { return nil }
        var code = status
        if case .number(let number)? = json?["error_code"], let value = Int(number) { code = value }
        let description = json?["description"]?.text ?? text
        return Failure(
            text: "telegram: \(description) (\(code))", reason: Reason(status: code), isRetryable: true)
    }

    /// What Slack's answer says about the message, for changing it later.
    package var slackData: [String: LogEntry.Value]? {
        guard let json, let thread = json["ts"]?.text, let channel = json["channel"]?.text, !thread.isEmpty,
            !channel.isEmpty
        else { return nil }
        return ["threadTs": .text(thread), "channelId": .text(channel)]
    }
}
