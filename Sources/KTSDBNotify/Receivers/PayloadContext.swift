internal import KTSDBModel
package import PrometheusWire

/// What payloads need besides the notification: templates, addresses and files.
package struct PayloadContext: Sendable {
    package var templates: NotificationTemplates
    /// The address at which users reach the server.
    package var externalURL: String
    /// Returns the content of a file with a secret.
    package var readFile: @Sendable (String) throws(PayloadError) -> String
    /// Reads a text as YAML, which includes JSON; nil if it is not valid YAML.
    package var readYAML: @Sendable (String) -> JSONTree?
    /// The host name in the ids of mails.
    package var hostName = "localhost.localdomain"
    /// Whether a text whose template fails is replaced by the error, so that the message is still sent.
    package var replacesFailedTexts = false

    package init(
        templates: NotificationTemplates, externalURL: String,
        readFile: @escaping @Sendable (String) throws(PayloadError) -> String = { path throws(PayloadError) in
            throw PayloadError("open \(path): no such file or directory")
        },
        readYAML: @escaping @Sendable (String) -> JSONTree? = { try? JSONTreeParser.parse(Array($0.utf8)) }
    ) {
        self.templates = templates
        self.externalURL = externalURL
        self.readFile = readFile
        self.readYAML = readYAML
    }
}

extension OutgoingMessage {
    /// Builds the message for a notification. `random` determines the ids and boundaries of mails. `failures` receives
    /// the errors of templates whose texts were replaced.
    /// - Throws: ``PayloadError``.
    package static func build(
        _ notification: Notification, _ integration: IntegrationConfiguration, _ context: PayloadContext,
        at now: WallTime, random: UInt64, failures: TemplateFailures = TemplateFailures()
    ) throws(PayloadError) -> OutgoingMessage {
        var builder = PayloadBuilder(
            notification, integration.values, context, at: now, random: random, failures: failures)
        return try integration.kind.definition.message(&builder)
    }
}
