internal import PrometheusWire

/// A webhook: a POST of the group's alerts as JSON (version 4 of Alertmanager's format), or of a custom payload.
///
/// The address may be a template. `max_alerts` limits the alerts; `truncatedAlerts` is the number left out. Any 2xx
/// status means that the notification arrived; after 5xx, it is sent again.
enum WebhookReceiver: IntegrationDefinition {
    static let schema = ConfigurationSchema(
        "webhook.plain",
        common(sendsResolved: true) + Field.of(.templateURL, "url") + Field.texts("url_file")
            + Field.of(.integer("uint64"), "max_alerts") + Field.of(.goDuration, "timeout") + Field.of(.tree, "payload")
    ) { values throws(NotifierConfigurationError) in
        try refuse(
            !values.has("url") && !values.has("url_file"), "one of url or url_file must be configured")
        try values.refuseBoth("url", "url_file")
    }

    static func message(_ builder: inout PayloadBuilder) throws(PayloadError) -> OutgoingMessage {
        .http([try builder.webhook()])
    }
}

extension PayloadBuilder {
    fileprivate mutating func webhook() throws(PayloadError) -> OutgoingRequest {
        let left = truncateAlerts(values.integer("max_alerts"))
        var message = JSONTree.members(
            data.json + [
                ("version", .string("4")), ("groupKey", .string(notification.groupKey)),
                ("truncatedAlerts", .integer(left)),
            ])
        if let payload = values.tree("payload"), payload != .null {
            do throws(PayloadError) { message = try structured(payload) } catch {
                throw PayloadError("failed to render custom payload: \(error)")
            }
        }
        return OutgoingRequest(url: try address(), json: message, timeout: values.duration("timeout"))
    }

    private func address() throws(PayloadError) -> String {
        let source: String
        do throws(PayloadError) { source = try secret("url") } catch { throw PayloadError("read url_file: \(error)") }
        let url: String
        do throws(PayloadError) { url = try required(source) } catch {
            throw PayloadError("failed to template webhook URL: \(error)")
        }
        if url.isEmpty { throw PayloadError("webhook URL is empty after templating") }
        return url
    }
}
