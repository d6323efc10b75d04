internal import KTSDBModel
internal import PrometheusWire

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

    /// Whether no alert is firing any more.
    var isResolved: Bool { data.status == "resolved" }
    /// A hash of the group's key, short enough for any receiver.
    var groupHash: String { SHA256.hexadecimal(Array(notification.groupKey.utf8)) }

    /// The most bytes that the alerts of one message may have.
    private static let alertByteLimit = 16 << 20

    /// Keeps only the first alerts: at most `limit` if that is positive, and at most as many as fit into a message.
    /// Returns how many were left out.
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

    /// Returns how many of the first alerts have at most `limit` bytes together, but at least one.
    private static func count(of alerts: [ReceivedAlert], within limit: Int) -> Int {
        var bytes = 0
        for (place, alert) in alerts.enumerated() {
            bytes += alert.labels.stringForm.count + alert.generatorURL.utf8.count
            for pair in alert.annotations.pairs { bytes += pair.name.utf8.count + pair.value.utf8.count }
            if bytes > limit { return max(1, place) }
        }
        return alerts.count
    }

    /// Expands a text for people, or that of a field. A text whose template fails may be replaced by the error.
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

    /// Expands a text that must not be replaced by an error, such as an address or a key. If its template fails, an
    /// equivalent substitute may be used.
    func required(_ text: String, or substitute: String? = nil) throws(PayloadError) -> String {
        do throws(NotificationTemplateError) { return try context.templates.expand(text, data, at: now) } catch {
            guard context.replacesFailedTexts, let substitute else { throw PayloadError(error.description) }
            _ = failures.note(error, of: nil, as: .text)
            return substitute
        }
    }

    /// Returns the text of a field, or the content of the file that another field names, without blanks around it.
    func secret(_ field: String, _ fileField: String? = nil) throws(PayloadError) -> String {
        if values.has(field) { return values.text(field) }
        let path = values.text(fileField ?? field + "_file")
        var rest = try context.readFile(path).unicodeScalars.drop { $0.properties.isWhitespace }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// Returns the expanded texts of fields; the value is nil if a text is empty.
    func expandedMembers(
        _ fields: FieldValues, _ names: [String]
    ) throws(PayloadError) -> [(String, JSONTree?)] {
        var members: [(String, JSONTree?)] = []
        for name in names { members.append((name, Self.nonEmpty(try expand(fields.text(name), of: name)))) }
        return members
    }

    /// Returns the expanded text of a field as a JSON value; nil if it is empty.
    func member(_ field: String) throws(PayloadError) -> JSONTree? { Self.nonEmpty(try text(field)) }

    static func nonEmpty(_ text: String) -> JSONTree? { text.isEmpty ? nil : .string(text) }
}
