/// A mail, and how its server wants to be talked to.
package struct MailMessage: Hashable, Sendable {
    /// `host:port`.
    package var server: String
    /// The name with which to greet the server.
    package var hello: String
    /// The bare address of the sender.
    package var sender: String
    /// The bare addresses of the recipients.
    package var recipients: [String]
    package var identity: String
    /// Empty for no authentication.
    package var userName: String
    package var password: String
    /// For CRAM-MD5.
    package var secret: String
    /// Whether the connection has to be encrypted before anything is sent.
    package var requiresTLS: Bool
    /// Whether the connection is encrypted from the beginning.
    package var isImplicitTLS: Bool
    package var tls: FieldValues
    /// Headers and body, lines ending in CR LF.
    package var content: [UInt8]
}
