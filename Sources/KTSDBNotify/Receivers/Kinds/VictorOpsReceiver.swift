internal import PrometheusWire

/// VictorOps (Splunk On-Call): an event whose `entity_id` is the hash of the group, and whose type is `RECOVERY` when
/// the group is resolved.
enum VictorOpsReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "config.plain",
        common(sendsResolved: true) + Field.of(.secret, "api_key") + Field.texts("api_key_file", "routing_key")
            + Field.of(.url, "api_url") + [.text("message_type", "CRITICAL")]
            + templates(
                "victorops",
                [
                    ("state_message", "state_message"), ("entity_display_name", "entity_display_name"),
                    ("monitoring_tool", "monitoring_tool"),
                ]) + Field.of(.textMap, "custom_fields")
    ) { values throws(NotifierConfigurationError) in
        try refuse(!values.has("routing_key"), "missing Routing key in VictorOps config")
        try values.refuseBoth("api_key", "api_key_file")
        let custom = values.pairs("custom_fields")
        for name in [
            "routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id",
            "entity_state",
        ] {
            try refuse(
                custom[name] != nil,
                "victorOps config contains custom field \(name) which cannot be used as it conflicts with the "
                    + "fixed/static fields")
        }
    }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try values.completeURL(
            "api_url", global, "victorops_api_url", "no global VictorOps URL set", endsInSlash: true)
        try values.completeSecret(
            "api_key", global, "victorops_api_key", "no global VictorOps API Key set", separately: true)
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.victorops()])
    }
}

extension PayloadBuilder {
    private static let victoropsLimit = 20_480

    fileprivate func victorops() throws(PayloadError) -> OutgoingRequest {
        do throws(PayloadError) {
            let url =
                values.text("api_url") + (try secret("api_key")) + "/" + (try required(values.text("routing_key")))
            return OutgoingRequest(url: url, json: .map(KeyValues(try victoropsMessage())))
        } catch {
            throw PayloadError("templating error: \(error)")
        }
    }

    private func victoropsMessage() throws(PayloadError) -> [(String, String)] {
        var type = try text("message_type")
        if !["INFO", "WARNING", "CRITICAL"].contains(type) { type = "CRITICAL" }
        var message: [(String, String)] = [
            ("message_type", isResolved ? "RECOVERY" : type), ("entity_id", groupHash),
            ("entity_display_name", try text("entity_display_name")),
            ("state_message", Truncation.characters(try text("state_message"), Self.victoropsLimit).text),
            ("monitoring_tool", try text("monitoring_tool")),
        ]
        for pair in values.pairs("custom_fields").pairs { message.append((pair.name, try expand(pair.value))) }
        return message
    }
}
