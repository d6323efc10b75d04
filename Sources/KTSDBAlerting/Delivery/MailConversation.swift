internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBScrape
internal import NIOSSL
internal import PrometheusWire

/// The commands by which one mail is sent on a connection (RFC 5321).
struct MailConversation: Sendable {
    let mail: MailMessage
    let connection: SMTPConnection
    let host: String
    var isEncrypted: Bool
    /// What the server can do, by name.
    private var extensions: [String: String] = [:]

    init(mail: MailMessage, connection: SMTPConnection, host: String, isEncrypted: Bool) {
        self.mail = mail
        self.connection = connection
        self.host = host
        self.isEncrypted = isEncrypted
    }

    /// Sends the mail; returns the code with which the server has taken it.
    mutating func run(_ tls: NIOSSLContext?, serverName: String) async throws(SMTPConnection.Failure) -> Int {
        _ = try await step("create SMTP client") { try await $0.greeting() }
        try await greet()
        if mail.requiresTLS, !isEncrypted, let tls { try await encrypt(tls, serverName) }
        if let mechanisms = extensions["AUTH"] { try await authenticate(mechanisms) }
        try await envelope()
        _ = try await step("send DATA command") { try await $0.send("DATA", expecting: 354) }
        let content = Self.dotStuffed(mail.content)
        return try await step("delivery failure") {
            try SMTPConnection.check(try await $0.send(content), 250).code
        }
    }

    private func step<Value: Sendable>(
        _ name: String, _ body: @Sendable (SMTPConnection) async throws -> Value
    ) async throws(SMTPConnection.Failure) -> Value {
        do { return try await body(connection) } catch { throw SMTPConnection.Failure(step: name, cause: error) }
    }

    private mutating func greet() async throws(SMTPConnection.Failure) {
        let name = mail.hello.isEmpty ? "localhost" : mail.hello
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .init(step: "send EHLO command", cause: MailProblem("hello: a name has no blanks"))
        }
        let reply = try await step("send EHLO command") { try await $0.send("EHLO \(name)") }
        extensions = [:]
        guard reply.isSuccess else {
            _ = try await step("send EHLO command") { try await $0.send("HELO \(name)", expecting: 250) }
            return
        }
        for line in reply.lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1)
            if let first = parts.first { extensions[first.uppercased()] = parts.count > 1 ? String(parts[1]) : "" }
        }
    }

    private mutating func encrypt(_ tls: NIOSSLContext, _ serverName: String) async throws(SMTPConnection.Failure) {
        guard extensions["STARTTLS"] != nil else {
            let reason =
                "'require_tls' is true (default) but \(goQuoted(mail.server)) does not advertise the STARTTLS extension"
            throw .init(step: "send STARTTLS command", cause: MailProblem(reason))
        }
        try await step("send STARTTLS command") { connection in
            _ = try await connection.send("STARTTLS", expecting: 220)
            try await connection.encrypt(tls, serverName: serverName)
        }
        isEncrypted = true
        try await greet()
    }

    private func authenticate(_ mechanisms: String) async throws(SMTPConnection.Failure) {
        let method: SMTPAuthentication?
        do throws(SMTPAuthentication.Problem) {
            method = try SMTPAuthentication.choose(mechanisms, for: mail)
        } catch { throw .init(step: "find auth mechanism", cause: error) }
        guard let method else { return }
        let isLocal = ["localhost", "127.0.0.1", "::1"].contains(host)
        if case .plain = method, !isEncrypted, !isLocal {
            throw .init(step: "PLAIN auth", cause: MailProblem("unencrypted connection"))
        }
        try await step("\(method.name) auth") { connection in
            let first = method.initialResponse.map { " " + Base64.standard.encoded($0) } ?? ""
            var reply = try await connection.send("AUTH \(method.name)\(first)"), rounds = 0
            while reply.code == 334, rounds < 4 {
                guard let challenge = Base64.standard.decoded(reply.lines.last ?? "") else {
                    throw MailProblem("the server's challenge is not base 64")
                }
                reply = try await connection.send(Base64.standard.encoded(try method.response(to: challenge)))
                rounds += 1
            }
            _ = try SMTPConnection.check(reply, 235)
        }
    }

    private func envelope() async throws(SMTPConnection.Failure) {
        let parameters =
            (extensions["8BITMIME"] == nil ? "" : " BODY=8BITMIME")
            + (extensions["SMTPUTF8"] == nil ? "" : " SMTPUTF8")
        let sender = mail.sender
        _ = try await step("send MAIL command") {
            try await $0.send("MAIL FROM:<\(sender)>\(parameters)", expecting: 250)
        }
        for recipient in mail.recipients {
            _ = try await step("send RCPT command") { try await $0.send("RCPT TO:<\(recipient)>", expecting: 25) }
        }
    }

    /// The content as it is sent: all lines end in CR LF, a dot at the beginning of one is doubled, and a dot alone
    /// ends it.
    static func dotStuffed(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count + content.count / 32 + 5)
        var isLineStart = true, last: UInt8 = 0
        for byte in content {
            if isLineStart, byte == UInt8(ascii: ".") { result.append(byte) }
            if byte == UInt8(ascii: "\n"), last != UInt8(ascii: "\r") { result.append(UInt8(ascii: "\r")) }
            result.append(byte)
            isLineStart = byte == UInt8(ascii: "\n")
            last = byte
        }
        if !isLineStart { result += [UInt8(ascii: "\r"), UInt8(ascii: "\n")] }
        return result + Array(".\r\n".utf8)
    }
}
