/// Pushover: a message to a user's devices, sent entirely in the query of the request.
///
/// Title, message and address are cut to Pushover's limits: 250, 1,024 and 512 characters.
enum PushoverReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "pushover.plain",
        common(sendsResolved: true) + Field.of(.secret, "user_key", "token")
            + Field.texts("user_key_file", "token_file", "url_title", "device", "sound")
            + templates("pushover", [("title", "title"), ("message", "message"), ("url", "url")])
            + [.text("priority", "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}")]
            + [
                Field(name: "retry", kind: .goDuration, value: .duration(.seconds(60))),
                Field(name: "expire", kind: .goDuration, value: .duration(.seconds(3600))),
            ] + Field.of(.goDuration, "ttl") + [.flag("html"), .flag("monospace")]
    ) { values throws(NotifierConfigurationError) in
        for name in ["user_key", "token"] {
            try refuse(
                !values.has(name) && !values.has(name + "_file"), "one of \(name) or \(name)_file must be configured")
            try values.refuseBoth(name, name + "_file")
        }
        try refuse(
            values.flag("html") && values.flag("monospace"), "at most one of monospace & html must be configured")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.pushover()])
    }
}

extension PayloadBuilder {
    fileprivate func pushover() throws(PayloadError) -> OutgoingRequest {
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
