internal import KTSDBModel
internal import PrometheusWire

/// A receiver's answer to a request, and its meaning.
package struct ReceiverAnswer: Hashable, Sendable {
    /// The reason for a failed attempt, as metrics count it.
    package enum Reason: String, Hashable, Sendable {
        case other, clientError, serverError, contextCanceled, contextDeadlineExceeded, authError, rateLimited

        /// Creates the reason for a failure with this status.
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

    /// The most bytes of an answer that an error quotes.
    private static let textLimit = 4096

    /// The beginning of the body.
    var text: String { String(decoding: body.prefix(Self.textLimit), as: UTF8.self) }

    /// Returns a failure for statuses other than 2xx. Requests with 5xx or one of `statuses` may be tried again.
    package func checkStatus(retrying statuses: [Int] = [], details: String? = nil) -> Failure? {
        guard status / 100 != 2 else { return nil }
        let details = details ?? text
        return Failure(
            text: "unexpected status code \(status)" + (details.isEmpty ? "" : ": " + details),
            reason: Reason(status: status), isRetryable: status / 100 == 5 || statuses.contains(status))
    }

    /// Returns why the notification was not accepted; nil if it was. For some kinds, the error names the chat channel.
    package func failure(_ integration: IntegrationConfiguration, channel: String? = nil) -> Failure? {
        let definition = integration.kind.definition
        var failure = definition.failure(self, integration.values)
        if let channel, definition.namesChannel, let text = failure?.text {
            failure?.text = "channel \(goQuoted(channel)): \(text)"
        }
        return failure
    }

    /// The body as JSON; nil if it is not valid JSON.
    var json: JSONTree? { try? JSONTreeParser.parse(body) }

    func strings(_ value: JSONTree?) -> [String] {
        if case .array(let elements)? = value { elements.compactMap(\.text) } else { [] }
    }

    /// Returns the failure for a body that is not valid JSON.
    func unreadable() -> Failure {
        var reason = "invalid character"
        do throws(JSONTreeParser.Problem) { _ = try JSONTreeParser.parse(body) } catch { reason = error.description }
        return Failure(
            text: "could not unmarshal JSON response \(goQuoted(text)): \(reason)", reason: .clientError,
            isRetryable: true)
    }
}
