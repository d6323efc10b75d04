internal import KTSDBModel

/// Email: one message to all addresses in `to`, as text and HTML, through the server `smarthost`.
///
/// Settings of the server, such as `smtp_from`, may be in `global`. Since mail has no HTTP status, `MailConversation`
/// decides after which replies of the server the mail is sent again.
enum EmailReceiver: IntegrationDefinition {
    private static let threading = ConfigurationSchema(
        "config.ThreadingConfig", [.flag("enabled")] + Field.texts("thread_by_date"))

    static let schema = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: false).filter { $0.name != "http_config" }
            + Field.texts("to", "from", "hello", "auth_username", "auth_password_file", "auth_secret_file")
            + Field.texts("auth_identity") + Field.of(.hostPort, "smarthost")
            + Field.of(.secret, "auth_password", "auth_secret") + Field.of(.textMap, "headers")
            + [.text("html", "{{ template \"email.default.html\" . }}"), .text("text", "")]
            + Field.of(.flag, "require_tls", "force_implicit_tls")
            + Field.of(.fields(ConfigurationSchema.tls), "tls_config")
            + Field.of(.fields(threading), "threading")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("to"), "missing to address in email config")
        var seen: Set<String> = [], headers: [(String, String)] = []
        for header in values.pairs("headers").pairs {
            let name = MIMEHeader.canonicalName(header.name)
            try refuse(!seen.insert(name).inserted, "duplicate header \(goQuoted(name)) in email config")
            headers.append((name, header.value))
        }
        values["headers"] = .pairs(KeyValues(headers))
        guard let threading = values.fields("threading"), threading.flag("enabled") else { return }
        for name in ["References", "In-Reply-To"] {
            try refuse(
                seen.contains(name),
                "conflicting configuration: threading.enabled conflicts with custom \(name) header")
        }
        try refuse(
            !["none", "daily"].contains(threading.text("thread_by_date")),
            "threading.thread_by_date must be either 'none' or 'daily'")
    }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        values.inherit("tls_config", from: global, "smtp_tls_config")
        values.inherit("smarthost", from: global, "smtp_smarthost")
        try refuse(!values.has("smarthost"), "no global SMTP smarthost set")
        values.inherit("from", from: global, "smtp_from")
        try refuse(!values.has("from"), "no global SMTP from set")
        for name in ["hello", "auth_username", "auth_identity", "require_tls", "force_implicit_tls"] {
            values.inherit(name, from: global, "smtp_" + name)
        }
        for name in ["auth_password", "auth_secret"] where !values.has(name) && !values.has(name + "_file") {
            values.inherit(name, from: global, "smtp_" + name)
            values.inherit(name + "_file", from: global, "smtp_" + name + "_file")
        }
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .mail(try builder.mail())
    }
}

extension PayloadBuilder {
    fileprivate func mail() throws(PayloadError) -> MailMessage {
        let from = try address("from")
        guard from.count == 1, let sender = from.first else {
            throw PayloadError("must be exactly one 'from' address (got: \(from.count))")
        }
        let server = values.text("smarthost")
        let port = server.split(separator: ":").last.map { String($0) } ?? ""
        let isImplicit = values["force_implicit_tls"] == nil ? port == "465" : values.flag("force_implicit_tls")
        return MailMessage(
            server: server, hello: values.text("hello"), sender: sender, recipients: try address("to"),
            identity: values.text("auth_identity"), userName: values.text("auth_username"),
            password: try optionalSecret("auth_password"), secret: try optionalSecret("auth_secret"),
            requiresTLS: values.flag("require_tls"), isImplicitTLS: isImplicit,
            tls: values.fields("tls_config") ?? FieldValues(), content: try mailContent())
    }

    private func optionalSecret(_ field: String) throws(PayloadError) -> String {
        values.has(field) || values.has(field + "_file") ? try secret(field) : ""
    }

    private func address(_ field: String) throws(PayloadError) -> [String] {
        let text: String
        do throws(PayloadError) { text = try required(values.text(field)) } catch {
            throw PayloadError("execute '\(field)' template: \(error)")
        }
        guard let addresses = MailText.addresses(text) else {
            throw PayloadError("parse '\(field)' addresses: mail: \(goQuoted(text)) is not a list of addresses")
        }
        return addresses
    }

    private func mailContent() throws(PayloadError) -> [UInt8] {
        let boundary = String(SHA256.hexadecimal(Array("\(random) \(notification.groupKey)".utf8)).prefix(60))
        var lines = try mailHeaders() + threadHeaders()
        lines += ["Date: \(MailText.date(now))", "Content-Type: multipart/alternative;  boundary=\(boundary)"]
        lines += ["MIME-Version: 1.0", "", ""]
        var content = Array(lines.joined(separator: "\r\n").utf8)
        var isFirst = true
        for (field, type) in [("text", "plain"), ("html", "html")] where values.has(field) {
            let body: String
            do throws(PayloadError) {
                body = try expand(values.text(field), as: field == "html" ? .html : .text)
            } catch { throw PayloadError("execute \(field) template: \(error)") }
            content += "\(isFirst ? "" : "\r\n")--\(boundary)\r\nContent-Transfer-Encoding: quoted-printable\r\n".utf8
            content += "Content-Type: text/\(type); charset=UTF-8\r\n\r\n".utf8
            content += MailText.quotedPrintable(Array(body.utf8))
            isFirst = false
        }
        return content + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    private func mailHeaders() throws(PayloadError) -> [String] {
        var headers = values.pairs("headers").pairs.map { ($0.name, $0.value) }
        let defaults = [
            ("Subject", "{{ template \"email.default.subject\" . }}"), ("To", values.text("to")),
            ("From", values.text("from")),
        ]
        for (name, value) in defaults where !headers.contains(where: { $0.0 == name }) { headers.append((name, value)) }
        var lines: [String] = []
        for (name, source) in headers {
            let value: String
            do throws(PayloadError) { value = try expand(source) } catch {
                throw PayloadError("execute \(goQuoted(name)) header template: \(error)")
            }
            lines.append("\(name): \(MailText.encodedHeader(value))")
        }
        if !headers.contains(where: { $0.0 == "Message-Id" }) {
            let nanoseconds = now.seconds * 1_000_000_000 + Int64(now.nanoseconds)
            lines.append("Message-Id: <\(nanoseconds).\(random)@\(context.hostName)>")
        }
        return lines
    }

    /// Returns headers that put all mails about a group, or those of one day, into one thread.
    private func threadHeaders() -> [String] {
        guard let threading = values.fields("threading"), threading.flag("enabled") else { return [] }
        let day = threading.text("thread_by_date") == "none" ? "" : String(TimeText.text(now).prefix(10))
        let root = "<alert-\(groupHash.prefix(16))-\(day)@alertmanager>"
        return ["References: \(root)", "In-Reply-To: \(root)"]
    }
}
