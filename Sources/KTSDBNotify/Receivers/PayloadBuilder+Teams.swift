internal import PrometheusWire

extension PayloadBuilder {
    private static let discordLimits = (title: 256, description: 4096, content: 2000)

    func discord() throws(PayloadError) -> OutgoingRequest {
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

    func msteams() throws(PayloadError) -> OutgoingRequest {
        let message = JSONTree.members([
            ("@context", .string("http://schema.org/extensions")), ("type", .string("MessageCard")),
            ("title", .string(try text("title"))), ("summary", .string(try text("summary"))),
            ("text", .string(try text("text"))), ("themeColor", .string(isResolved ? "2DC72D" : "8C1A1A")),
        ])
        return OutgoingRequest(url: try secret("webhook_url"), json: message)
    }

    func msteamsv2() throws(PayloadError) -> OutgoingRequest {
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

    func webex() throws(PayloadError) -> OutgoingRequest {
        let message = Truncation.bytes(try text("message"), 7439).text
        return OutgoingRequest(
            url: values.text("api_url"),
            json: .members([("markdown", .string(message)), ("roomId", try member("room_id"))]))
    }
}
