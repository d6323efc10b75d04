/// A mail, and how to connect to its server.
package struct MailMessage: Hashable, Sendable {
    /// The server's address, `HOST:PORT`.
    package var server: String
    /// The name with which to greet the server.
    package var hello: String
    /// The bare address of the sender.
    package var sender: String
    /// The bare addresses of the recipients.
    package var recipients: [String]
    package var identity: String
    /// The user's name; if empty, no authentication takes place.
    package var userName: String
    package var password: String
    /// The secret for CRAM-MD5.
    package var secret: String
    /// Whether the connection has to be encrypted before anything is sent.
    package var requiresTLS: Bool
    /// Whether the connection is encrypted from the beginning.
    package var isImplicitTLS: Bool
    package var tls: FieldValues
    /// Headers and body; lines end in CR LF.
    package var content: [UInt8]
}
