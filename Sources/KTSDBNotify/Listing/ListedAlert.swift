package import KTSDBModel
package import PrometheusWire

/// An alert in a list: with what suppresses it, and who is notified.
package struct ListedAlert: Hashable, Sendable {
    package var alert: ReceivedAlert
    package var status: AlertStatus
    /// The receivers of its routes, in the order of the routes.
    package var receivers: [String]
    /// The time intervals that mute its group.
    package var mutedBy: [String] = []

    package var state: String { status.isSuppressed || !mutedBy.isEmpty ? "suppressed" : "active" }

    /// The alert as version 2 of the API has it.
    package var json: JSONTree {
        .members([
            ("annotations", .map(alert.annotations)), ("endsAt", .string(TimeText.milliseconds(alert.endsAt ?? .zero))),
            ("fingerprint", .string(AlertFingerprint(alert.labels).description)),
            ("receivers", .array(receivers.map { .members([("name", .string($0))]) })),
            ("startsAt", .string(TimeText.milliseconds(alert.startsAt))), ("status", statusJSON),
            ("updatedAt", .string(TimeText.milliseconds(alert.updatedAt))),
            ("generatorURL", alert.generatorURL.isEmpty ? nil : .string(alert.generatorURL)),
            ("labels", .map(KeyValues(alert.labels))),
        ])
    }

    private var statusJSON: JSONTree {
        let inhibitedBy = status.inhibitedBy.map { [AlertFingerprint($0).description] } ?? []
        return .members([
            ("inhibitedBy", .array(inhibitedBy.map { .string($0) })), ("mutedBy", .array(mutedBy.map { .string($0) })),
            ("silencedBy", .array(status.silencedBy.map { .string($0) })), ("state", .string(state)),
        ])
    }
}

/// A group in a list.
package struct ListedGroup: Hashable, Sendable {
    package var labels: Labels
    package var receiver: String
    package var routeLabels: KeyValues
    /// When it is flushed next; nil during a flush.
    package var nextFlush: WallTime?
    package var alerts: [ListedAlert]

    /// The group as version 2 of the API has it.
    package var json: JSONTree {
        .members([
            ("alerts", .array(alerts.map(\.json))), ("labels", .map(KeyValues(labels))),
            ("receiver", .members([("name", .string(receiver))])), ("routeLabels", .map(routeLabels)),
        ])
    }
}

extension Silence {
    /// The silence as version 2 of the API has it. Of several sets of matchers it shows the first.
    package func json(at now: WallTime) -> JSONTree {
        .members([
            ("id", .string(id)), ("status", .members([("state", .string(state(at: now).rawValue))])),
            ("updatedAt", .string(TimeText.milliseconds(updatedAt))), ("annotations", .map(annotations)),
            ("comment", .string(comment)), ("createdBy", .string(createdBy)),
            ("endsAt", .string(TimeText.milliseconds(endsAt))),
            ("matchers", .array(matcherSets.first?.list.map(\.json) ?? [])),
            ("startsAt", .string(TimeText.milliseconds(startsAt))),
        ])
    }
}

extension Matcher {
    fileprivate var json: JSONTree {
        .members([
            ("isEqual", .bool(operation.isPositive)), ("isRegex", .bool(operation.isRegularExpression)),
            ("name", .string(name)), ("value", .string(value)),
        ])
    }
}
