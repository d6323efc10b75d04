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

    /// The beginning of the body.
    var text: String { String(decoding: body.prefix(Self.textLimit), as: UTF8.self) }

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
        let definition = integration.kind.definition
        var failure = definition.failure(self, integration.values)
        if let channel, definition.namesChannel, let text = failure?.text {
            failure?.text = "channel \(goQuoted(channel)): \(text)"
        }
        return failure
    }

    /// The body as JSON; nil if it is not that.
    var json: JSONTree? { try? JSONTreeParser.parse(body) }

    func strings(_ value: JSONTree?) -> [String] {
        if case .array(let elements)? = value { elements.compactMap(\.text) } else { [] }
    }

    /// The failure that the body is not the JSON that it should be.
    func unreadable() -> Failure {
        var reason = "invalid character"
        do throws(JSONTreeParser.Problem) { _ = try JSONTreeParser.parse(body) } catch { reason = error.description }
        return Failure(
            text: "could not unmarshal JSON response \(goQuoted(text)): \(reason)", reason: .clientError,
            isRetryable: true)
    }
}
