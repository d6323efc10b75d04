internal import PrometheusWire

/// Microsoft Teams through its old connectors: a MessageCard to a webhook.
enum TeamsReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "msteams.plain",
        common(sendsResolved: true) + hook
            + templates("msteams", [("title", "title"), ("summary", "summary"), ("text", "text")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try refuseMissingHook(values, "msteams")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.msteams()])
    }
}

extension PayloadBuilder {
    fileprivate func msteams() throws(PayloadError) -> OutgoingRequest {
        let message = JSONTree.members([
            ("@context", .string("http://schema.org/extensions")), ("type", .string("MessageCard")),
            ("title", .string(try text("title"))), ("summary", .string(try text("summary"))),
            ("text", .string(try text("text"))), ("themeColor", .string(isResolved ? "2DC72D" : "8C1A1A")),
        ])
        return OutgoingRequest(url: try secret("webhook_url"), json: message)
    }
}
