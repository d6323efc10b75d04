internal import PrometheusWire

/// incident.io: JSON like that of a webhook, version 1, with a token. A message may have 512 KiB; a larger one only
/// contains the first alert.
///
/// After 429 and 5xx, the message is sent again. Errors quote the answer's JSON.
enum IncidentIOReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "incidentio.plain",
        common(sendsResolved: true) + Field.of(.url, "url") + Field.texts("url_file", "alert_source_token_file")
            + Field.of(.secret, "alert_source_token") + Field.of(.integer("uint64"), "max_alerts")
            + Field.of(.goDuration, "timeout")
    ) { values throws(NotifierConfigurationError) in
        try refuse(
            !values.has("url") && !values.has("url_file"), "one of url or url_file must be configured")
        try values.refuseBoth("url", "url_file")
        try values.refuseBoth("alert_source_token", "alert_source_token_file")
        let http = values.fields("http_config")
        let hasToken = values.has("alert_source_token") || values.has("alert_source_token_file")
        let hasAuthorization = http?.has("authorization") ?? false
        try refuse(
            hasAuthorization && hasToken,
            "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization")
        try refuse(
            http != nil && !hasAuthorization && !hasToken,
            "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be "
                + "configured")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.incidentio()])
    }

    static func failure(_ answer: ReceiverAnswer, _ values: FieldValues) -> ReceiverAnswer.Failure? {
        answer.checkStatus(retrying: [429], details: answer.incidentioDetails)
    }
}

extension PayloadBuilder {
    private static let incidentioByteLimit = 512 << 10

    fileprivate mutating func incidentio() throws(PayloadError) -> OutgoingRequest {
        let left = truncateAlerts(values.integer("max_alerts"))
        var request = OutgoingRequest(
            url: try secret("url"), json: incidentioMessage(left), timeout: values.duration("timeout"))
        if request.body.count > Self.incidentioByteLimit {
            _ = truncateAlerts(1)
            request.body = OutgoingRequest(url: request.url, json: incidentioMessage(left)).body
        }
        if values.has("alert_source_token") || values.has("alert_source_token_file") {
            request.headers["Authorization"] = "Bearer " + (try secret("alert_source_token"))
        }
        return request
    }

    private func incidentioMessage(_ left: Int) -> JSONTree {
        .members(
            data.json + [
                ("version", .string("1")), ("groupKey", .string(notification.groupKey)),
                ("truncatedAlerts", .integer(left)),
            ])
    }
}

extension ReceiverAnswer {
    fileprivate var incidentioDetails: String {
        guard let json else { return "" }
        let errors = strings(json["errors"]).joined(separator: ", ")
        let parts: [String?] = [json["message"]?.text, json["error"]?.text, errors]
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
