internal import PrometheusWire

/// Discord: a message with one embed, to a webhook; red while an alert fires, and green when all are resolved.
enum DiscordReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "discord.plain",
        common(sendsResolved: true) + hook + Field.texts("content", "username", "avatar_url")
            + templates("discord", [("title", "title"), ("message", "message")])
    ) { values throws(NotifierConfigurationError) in try validateHook(&values) }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        try refuseMissingHook(values, "discord")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.discord()])
    }
}

extension PayloadBuilder {
    private static let discordLimits = (title: 256, description: 4096, content: 2000)

    fileprivate func discord() throws(PayloadError) -> OutgoingRequest {
        let title = Truncation.characters(try text("title"), Self.discordLimits.title).text
        let description = Truncation.characters(try text("message"), Self.discordLimits.description).text
        let content = Truncation.characters(try text("content"), Self.discordLimits.content).text
        let embed = JSONTree.members([
            ("title", .string(title)), ("description", .string(description)),
            ("color", .integer(isResolved ? 0x2E_CC71 : 0x99_2D22)),
        ])
        let message = JSONTree.members([
            ("content", .string(content)), ("embeds", .array([embed])),
            ("username", Self.nonEmpty(values.text("username"))),
            ("avatar_url", Self.nonEmpty(values.text("avatar_url"))),
        ])
        return OutgoingRequest(url: try secret("webhook_url"), json: message)
    }
}
