internal import KTSDBModel
internal import PrometheusWire

/// Telegram: a message from a bot to a chat, of at most 4,096 characters.
///
/// HTML that is too long is replaced, since Telegram would refuse cut HTML. The answer's `ok` says whether the message
/// arrived; otherwise, it is sent again.
enum TelegramReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "telegram.plain",
        common(sendsResolved: true) + Field.of(.url, "api_url") + Field.of(.secret, "bot_token")
            + Field.texts("bot_token_file", "chat_id_file") + Field.of(.integer("int64"), "chat_id")
            + Field.of(.integer("int"), "message_thread_id") + templates("telegram", [("message", "message")])
            + [.flag("disable_notifications"), .text("parse_mode", "HTML")]
    ) { values throws(NotifierConfigurationError) in
        try values.refuseBoth("bot_token", "bot_token_file")
        let hasID = values.integer("chat_id") != 0
        try refuse(
            !hasID && !values.has("chat_id_file"), "missing chat_id or chat_id_file on telegram_config")
        try refuse(
            hasID && values.has("chat_id_file"), "at most one of chat_id & chat_id_file must be configured")
        try refuse(
            !["", "Markdown", "MarkdownV2", "HTML"].contains(values.text("parse_mode")),
            "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string")
    }

    static func complete(
        _ values: inout FieldValues, from global: FieldValues, own: FieldValues?
    ) throws(NotifierConfigurationError) {
        values.inherit("api_url", from: global, "telegram_api_url")
        try values.completeSecret(
            "bot_token", global, "telegram_bot_token", "missing bot_token or bot_token_file on telegram_config")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.telegram()])
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.telegramFailure
    }
}

extension PayloadBuilder {
    private static let telegramLimit = 4096

    fileprivate func telegram() throws(PayloadError) -> OutgoingRequest {
        var mode = values.text("parse_mode")
        var message = try expand(values.text("message"), as: mode == "HTML" ? .html : .text)
        if !failures.isEmpty {
            // An error text is not valid in the message's parse mode, and Telegram would refuse it.
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
}

extension ReceiverAnswer {
    fileprivate var telegramFailure: Failure? {
        if json?["ok"] == .bool(true) { return nil }
        var code = status
        if case .number(let number)? = json?["error_code"], let value = Int(number) { code = value }
        let description = json?["description"]?.text ?? text
        return Failure(
            text: "telegram: \(description) (\(code))", reason: Reason(status: code), isRetryable: true)
    }
}
