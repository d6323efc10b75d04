internal import PrometheusWire

/// Microsoft Teams through a workflow (`msteamsv2_configs`): an adaptive card to a webhook.
enum TeamsWorkflowReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "msteamsv2.plain",
        common(sendsResolved: true) + hook + templates("msteamsv2", [("title", "title"), ("text", "text")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        inheritProxy(&values, own, global)
        try refuseMissingHook(values, "msteamsv2")
    }

    /// An entry with its own `http_config` still uses the global proxy settings, unless it has proxy settings of its
    /// own.
    private static func inheritProxy(_ values: inout FieldValues, _ own: FieldValues?, _ global: FieldValues) {
        guard var http = own, !http.has("proxy_url"), let shared = global.fields("http_config") else { return }
        http["proxy_url"] = shared["proxy_url"]
        values["http_config"] = .fields(http)
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.msteamsv2()])
    }
}

extension PayloadBuilder {
    fileprivate func msteamsv2() throws(PayloadError) -> OutgoingRequest {
        let heading = JSONTree.members([
            ("type", .string("TextBlock")), ("text", .string(try text("title"))), ("weight", .string("Bolder")),
            ("size", .string("Medium")), ("wrap", .bool(true)), ("style", .string("heading")),
            ("color", .string(isResolved ? "Good" : "Attention")),
        ])
        let body = JSONTree.members([
            ("type", .string("TextBlock")), ("text", .string(try text("text"))), ("wrap", .bool(true)),
        ])
        let card = JSONTree.members([
            ("$schema", .string("http://adaptivecards.io/schemas/adaptive-card.json")),
            ("type", .string("AdaptiveCard")), ("version", .string("1.2")), ("body", .array([heading, body])),
            ("msteams", .members([("width", .string("full"))])),
        ])
        let attachment = JSONTree.members([
            ("contentType", .string("application/vnd.microsoft.card.adaptive")), ("contentUrl", .null),
            ("content", card),
        ])
        return OutgoingRequest(
            url: try secret("webhook_url"),
            json: .members([("type", .string("message")), ("attachments", .array([attachment]))]))
    }
}
