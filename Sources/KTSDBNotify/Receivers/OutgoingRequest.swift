internal import PrometheusWire

/// An HTTP request to a receiver.
package struct OutgoingRequest: Hashable, Sendable {
    package var method = "POST"
    package var url: String
    /// Names and values of headers, in addition to those that every request has.
    package var headers: [String: String] = ["Content-Type": "application/json"]
    package var body: [UInt8]
    /// How long the request may take; nil if it has no limit of its own.
    package var timeout: Duration?

    /// Creates a request with a JSON body, which ends in a line feed like Go's.
    init(url: String, json: JSONTree, timeout: Duration = .zero) {
        self.url = url
        body = json.encoded + [0x0A]
        self.timeout = timeout > .zero ? timeout : nil
    }

    init(url: String, text: [UInt8]) {
        self.url = url
        headers = ["Content-Type": "text/plain"]
        body = text
    }
}

/// The message for one notification.
package enum OutgoingMessage: Hashable, Sendable {
    /// Requests to send one after the other, until one fails.
    case http([OutgoingRequest])
    case mail(MailMessage)
}

/// Why a message cannot be built, in Alertmanager's words. Trying again does not help.
package struct PayloadError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
