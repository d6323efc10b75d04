internal import KTSDBModel
package import PrometheusWire

/// What payloads need besides the notification: templates, and what has to be read.
package struct PayloadContext: Sendable {
    package var templates: NotificationTemplates
    /// The address at which users reach the server.
    package var externalURL: String
    /// Returns the content of a file with a secret.
    package var readFile: @Sendable (String) throws(PayloadError) -> String
    /// Reads a text as YAML, of which JSON is a part; nil if it is not that.
    package var readYAML: @Sendable (String) -> JSONTree?
    /// The host's name in the ids of mails.
    package var hostName = "localhost.localdomain"
    /// Whether a text whose template fails is replaced by the error, so that a message is sent at all.
    package var replacesFailedTexts = false

    package init(
        templates: NotificationTemplates, externalURL: String,
        readFile: @escaping @Sendable (String) throws(PayloadError) -> String = { path throws(PayloadError) in
            throw PayloadError("open \(path): no such file or directory")
        },
        readYAML: @escaping @Sendable (String) -> JSONTree? = { try? JSONTreeParser.parse(Array($0.utf8)) }
    ) {
        self.templates = templates
        self.externalURL = externalURL
        self.readFile = readFile
        self.readYAML = readYAML
    }
}

/// Builds the payload of one notification.
struct PayloadBuilder {
    let notification: Notification
    let values: FieldValues
    let context: PayloadContext
    let now: WallTime
    let random: UInt64
    let failures: TemplateFailures
    private(set) var data: TemplateData

    init(
        _ notification: Notification, _ values: FieldValues, _ context: PayloadContext, at now: WallTime,
        random: UInt64, failures: TemplateFailures
    ) {
        self.failures = failures
        self.notification = notification
        self.values = values
        self.context = context
        self.now = now
        self.random = random
        let raw = TemplateData(notification, externalURL: context.externalURL)
        data = context.templates.renderingRouteLabels(raw, at: now)
    }

    /// Whether no alert fires.
    var isResolved: Bool { data.status == "resolved" }
    /// The name of the group, short enough for any receiver.
    var groupHash: String { SHA256.hexadecimal(Array(notification.groupKey.utf8)) }

    /// How many bytes the texts of the alerts of one message may have.
    private static let alertByteLimit = 16 << 20

    /// Keeps the first alerts only: at most `limit` if that is positive, and as many as a message can have. Returns how
    /// many were left out.
    mutating func truncateAlerts(_ limit: Int64) -> Int {
        var count = limit > 0 ? min(Int(clamping: limit), notification.alerts.count) : notification.alerts.count
        count = min(count, Self.count(of: notification.alerts, within: Self.alertByteLimit))
        guard count < notification.alerts.count else { return 0 }
        let kept = Array(notification.alerts.prefix(count))
        var shorter = TemplateData(notification, alerts: kept, externalURL: context.externalURL)
        shorter.routeLabels = data.routeLabels
        shorter.hasRenderedRouteLabels = true
        data = shorter
        return notification.alerts.count - kept.count
    }

    /// How many of the alerts, from the first, have at most so many bytes together; at least one.
    private static func count(of alerts: [ReceivedAlert], within limit: Int) -> Int {
        var bytes = 0
        for (place, alert) in alerts.enumerated() {
            bytes += alert.labels.stringForm.count + alert.generatorURL.utf8.count
            for pair in alert.annotations.pairs { bytes += pair.name.utf8.count + pair.value.utf8.count }
            if bytes > limit { return max(1, place) }
        }
        return alerts.count
    }

    /// Expands a text for people, or one that a field has.
    func expand(
        _ text: String, of field: String? = nil, as kind: NotificationTemplates.Kind = .text
    ) throws(PayloadError) -> String {
        do throws(NotificationTemplateError) {
            return try context.templates.expand(text, data, as: kind, at: now)
        } catch {
            guard context.replacesFailedTexts else { throw PayloadError(error.description) }
            return failures.note(error, of: field, as: kind)
        }
    }

    /// Expands the text of a field.
    func text(_ field: String) throws(PayloadError) -> String { try expand(values.text(field), of: field) }

    /// Expands a text that has to be right, such as an address or a key. It can have a substitute that is as good.
    func required(_ text: String, or substitute: String? = nil) throws(PayloadError) -> String {
        do throws(NotificationTemplateError) { return try context.templates.expand(text, data, at: now) } catch {
            guard context.replacesFailedTexts, let substitute else { throw PayloadError(error.description) }
            _ = failures.note(error, of: nil, as: .text)
            return substitute
        }
    }

    /// The text of a field, or the content of the file that another one names, without blanks around it.
    func secret(_ field: String, _ fileField: String? = nil) throws(PayloadError) -> String {
        if values.has(field) { return values.text(field) }
        let path = values.text(fileField ?? field + "_file")
        var rest = try context.readFile(path).unicodeScalars.drop { $0.properties.isWhitespace }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// An expanded text as a JSON value; nil if it is empty.
    func member(_ field: String) throws(PayloadError) -> JSONTree? { Self.nonEmpty(try text(field)) }

    static func nonEmpty(_ text: String) -> JSONTree? { text.isEmpty ? nil : .string(text) }
}

extension OutgoingMessage {
    /// Builds what is to be sent. The ids and boundaries of mails follow from `random`. `failures` gets the errors of
    /// templates that were replaced.
    /// - Throws: ``PayloadError``.
    package static func build(
        _ notification: Notification, _ integration: IntegrationConfiguration, _ context: PayloadContext,
        at now: WallTime, random: UInt64, failures: TemplateFailures = TemplateFailures()
    ) throws(PayloadError) -> OutgoingMessage {
        var builder = PayloadBuilder(
            notification, integration.values, context, at: now, random: random, failures: failures)
        switch integration.kind {
        case .webhook: return .http([try builder.webhook()])
        case .email: return .mail(try builder.mail())
        case .pagerduty: return .http([try builder.pagerduty()])
        case .opsgenie: return .http(try builder.opsgenie())
        case .slack: return .http([try builder.slack()])
        case .victorops: return .http([try builder.victorops()])
        case .pushover: return .http([try builder.pushover()])
        case .telegram: return .http([try builder.telegram()])
        case .discord: return .http([try builder.discord()])
        case .webex: return .http([try builder.webex()])
        case .msteams: return .http([try builder.msteams()])
        case .msteamsv2: return .http([try builder.msteamsv2()])
        case .mattermost: return .http([try builder.mattermost()])
        case .rocketchat: return .http([try builder.rocketchat()])
        case .incidentio: return .http([try builder.incidentio()])
        case .sns, .jira, .wechat:
            throw PayloadError("receivers of kind \(integration.kind.rawValue) are not supported; use a webhook")
        }
    }
}
