package import KTSDBModel

/// What a notification's templates work on.
package struct TemplateData: Hashable, Sendable {
    /// One alert as templates see it.
    package struct Alert: Hashable, Sendable {
        package var status: String
        package var labels: KeyValues
        package var annotations: KeyValues
        package var startsAt: WallTime
        /// The end of an alert that is over; nil while it fires.
        package var endsAt: WallTime?
        package var generatorURL: String
        package var fingerprint: String
        package var values = ReportedValues()
    }

    /// The receiver's name with the characters escaped that mean something in a regular expression.
    package var receiver: String
    /// `firing` if any alert fires, else `resolved`.
    package var status: String
    package var alerts: [Alert]
    package var reason: String
    package var groupLabels: KeyValues
    /// The labels that all alerts have with the same value.
    package var commonLabels: KeyValues
    package var commonAnnotations: KeyValues
    /// The labels of the route. Until they are rendered, values may be templates.
    package var routeLabels: KeyValues
    package var hasRenderedRouteLabels = false
    package var externalURL: String

    package init(
        receiver: String, alerts: [ReceivedAlert], reason: NotificationReason, groupLabels: Labels,
        routeLabels: KeyValues, externalURL: String
    ) {
        self.receiver = Self.quotedPattern(receiver)
        self.alerts = alerts.map { Alert($0) }
        self.reason = reason.rawValue
        status = alerts.contains { $0.endsAt == nil } ? "firing" : "resolved"
        self.groupLabels = KeyValues(groupLabels)
        self.routeLabels = routeLabels
        self.externalURL = externalURL
        commonLabels = Self.common(self.alerts.map(\.labels))
        commonAnnotations = Self.common(self.alerts.map(\.annotations))
    }

    /// The data of a notification, perhaps of its first alerts only.
    package init(_ notification: Notification, alerts: [ReceivedAlert]? = nil, externalURL: String) {
        self.init(
            receiver: notification.integration.receiver, alerts: alerts ?? notification.alerts,
            reason: notification.reason, groupLabels: notification.groupLabels, routeLabels: notification.routeLabels,
            externalURL: externalURL)
    }

    private static func common(_ all: [KeyValues]) -> KeyValues {
        guard let first = all.first else { return KeyValues() }
        return all.dropFirst().reduce(first) { $0.isEmpty ? $0 : $0.common(with: $1) }
    }

    private static func quotedPattern(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}

extension TemplateData.Alert {
    init(_ alert: ReceivedAlert) {
        status = alert.endsAt == nil ? "firing" : "resolved"
        labels = KeyValues(alert.labels)
        annotations = alert.annotations
        startsAt = alert.startsAt
        endsAt = alert.endsAt
        generatorURL = alert.generatorURL
        fingerprint = AlertFingerprint(alert.labels).description
        values = alert.values
    }
}

extension KeyValues {
    package init(_ labels: Labels) { self.init(labels.map { ($0.name, $0.value) }) }
}
