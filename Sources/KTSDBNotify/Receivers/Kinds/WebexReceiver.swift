internal import PrometheusWire

/// Webex: a message in Markdown to a room, of at most 7,439 bytes.
enum WebexReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: true) + Field.of(.url, "api_url") + Field.texts("room_id")
            + templates("webex", [("message", "message")])
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("room_id"), "missing room_id on webex_config")
        try refuse(
            !(values.fields("http_config")?.has("authorization") ?? false),
            "missing webex_configs.http_config.authorization")
    }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL("api_url", global, "webex_api_url", "no global Webex URL set")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.webex()])
    }
}

extension PayloadBuilder {
    fileprivate func webex() throws(PayloadError) -> OutgoingRequest {
        let message = Truncation.bytes(try text("message"), 7439).text
        return OutgoingRequest(
            url: values.text("api_url"),
            json: .members([("markdown", .string(message)), ("roomId", try member("room_id"))]))
    }
}
