internal import KTSDBModel

extension PayloadBuilder {
    private static let telegramLimit = 4096
    private static let victoropsLimit = 20_480

    func telegram() throws(PayloadError) -> OutgoingRequest {
        var mode = values.text("parse_mode")
        var message = try expand(values.text("message"), as: mode == "HTML" ? .html : .text)
        if !failures.isEmpty {
            // An error is not written in the notation of the message, which would be refused.
            mode = ""
            message = try expand(values.text("message"))
        }
        let isHTML = mode == "HTML"
        if isHTML, message.unicodeScalars.count > Self.telegramLimit {
            message =
                "Alertmanager notification could not be sent: message length exceeds Telegram limits.\n"
                + "\t\t\tPlease check the template used for producing the message content."
        }
        message = Truncation.characters(message, Self.telegramLimit).text
        var parameters: [(String, String)] = [
            ("chat_id", try telegramChat()), ("text", message), ("disable_web_page_preview", "true"),
        ]
        if values.flag("disable_notifications") { parameters.append(("disable_notification", "true")) }
        if !mode.isEmpty { parameters.append(("parse_mode", mode)) }
        let thread = values.integer("message_thread_id")
        if thread != 0 { parameters.append(("message_thread_id", String(thread))) }
        let base = values.has("api_url") ? values.text("api_url") : "https://api.telegram.org"
        return OutgoingRequest(
            url: base + "/bot" + (try secret("bot_token")) + "/sendMessage", json: .map(KeyValues(parameters)))
    }

    private func telegramChat() throws(PayloadError) -> String {
        guard values.has("chat_id_file") else { return String(values.integer("chat_id")) }
        let text = try secret("nosuch", "chat_id_file")
        guard Int64(text) != nil else {
            throw PayloadError(
                "could not parse chat_id from \(values.text("chat_id_file")): strconv.ParseInt: parsing "
                    + "\(goQuoted(text)): invalid syntax")
        }
        return text
    }

    func victorops() throws(PayloadError) -> OutgoingRequest {
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

    func pushover() throws(PayloadError) -> OutgoingRequest {
        let isHTML = values.flag("html")
        let expanded = try expand(values.text("message"), as: isHTML ? .html : .text)
        let message = Self.trimmed(Truncation.characters(expanded, 1024).text)
        var parameters: [(String, String)] = [
            ("token", try required(try secret("token"))), ("user", try required(try secret("user_key"))),
            ("title", Truncation.characters(try text("title"), 250).text),
            ("message", message.isEmpty ? "(no details)" : message),
            ("url", Truncation.characters(try text("url"), 512).text), ("url_title", try text("url_title")),
            ("priority", try text("priority")), ("device", try text("device")), ("sound", try text("sound")),
        ]
        if isHTML { parameters.append(("html", "1")) }
        if values.flag("monospace") { parameters.append(("monospace", "1")) }
        for name in ["retry", "expire", "ttl"] {
            let seconds = values.duration(name).components.seconds
            if name != "ttl" || seconds > 0 { parameters.append((name, String(seconds))) }
        }
        let query = KeyValues(parameters).pairs.map { "\($0.name)=\(PercentCoding.queryEncoded($0.value))" }
        return OutgoingRequest(
            url: "https://api.pushover.net/1/messages.json?" + query.joined(separator: "&"), text: [])
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text.unicodeScalars.drop { $0.properties.isWhitespace }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
