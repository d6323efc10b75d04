internal import KTSDBNotify

/// The secrets of an integration, to be left out of what people see.
struct SecretTexts {
    private var texts: Set<String> = []

    /// Finds the fields that are secret, and reads those whose secrets are in files.
    init(_ integration: IntegrationConfiguration, _ context: PayloadContext) {
        collect(integration.values, integration.kind.schema, context)
    }

    private mutating func collect(_ values: FieldValues, _ schema: ConfigurationSchema, _ context: PayloadContext) {
        for field in schema.fields {
            switch (field.kind, values[field.name]) {
            case (.secret, .text(let text)), (.secretURL, .text(let text)), (.templateURL, .text(let text)): add(text)
            case (.text, .text(let path)) where field.name.hasSuffix("_file") && !path.isEmpty:
                if let text = try? context.readFile(path) { add(Self.trimmed(text)) }
            case (.fields(let schema), .fields(let fields)): collect(fields, schema, context)
            case (.textOrFields(let schema), .fields(let fields)): collect(fields, schema, context)
            case (.list(let schema), .list(let list)): for fields in list { collect(fields, schema, context) }
            default: break
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        let rest = text.drop(while: \.isWhitespace)
        return String(rest.prefix(rest.count - rest.reversed().prefix { $0.isWhitespace }.count))
    }

    /// Short texts would mask what is no secret.
    private mutating func add(_ text: String) { if text.utf8.count >= 4 { texts.insert(text) } }

    /// A text with all secrets replaced, the longest first.
    func masked(_ text: String) -> String {
        texts.sorted { $0.utf8.count > $1.utf8.count }.reduce(text) {
            $0.replacing($1, with: ConfigurationSchema.mask)
        }
    }
}

/// What is sent to a receiver, for people.
enum MessageText {
    /// Headers whose values nobody needs to see.
    private static let hidden: Set = ["authorization", "proxy-authorization"]

    static func text(_ message: OutgoingMessage, _ secrets: SecretTexts) -> String {
        switch message {
        case .http(let requests): requests.map { text($0, secrets) }.joined(separator: "\n")
        case .mail(let mail):
            "SMTP \(mail.server) from \(mail.sender) to \(mail.recipients.joined(separator: ", "))\n\n"
                + secrets.masked(String(decoding: mail.content, as: UTF8.self)).replacing("\r\n", with: "\n") + "\n"
        }
    }

    private static func text(_ request: OutgoingRequest, _ secrets: SecretTexts) -> String {
        var lines = ["\(request.method) \(secrets.masked(request.url))"]
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            let isHidden = hidden.contains(name.lowercased())
            lines.append("\(name): \(isHidden ? ConfigurationSchema.mask : secrets.masked(value))")
        }
        var body = secrets.masked(String(decoding: request.body, as: UTF8.self))
        if !body.hasSuffix("\n") { body += "\n" }
        return lines.joined(separator: "\n") + "\n\n" + body
    }
}
