internal import KTSDBModel
package import PrometheusWire

extension NotificationExplanation {
    /// The explanation for the API.
    package var json: JSONTree {
        .members([
            ("labels", .map(KeyValues(labels))), ("isKnown", .bool(alert != nil)), ("isResolved", .bool(isResolved)),
            ("startsAt", alert.map { .string(TimeText.milliseconds($0.startsAt)) }),
            ("silences", .array(silences.map(\.json))), ("inhibitedBy", inhibition?.json),
            ("routes", .array(routes.map(\.json))), ("rejectedRoutes", .array(rejections.map(\.json))),
        ])
    }
}

extension NotificationExplanation.Silencing {
    fileprivate var json: JSONTree {
        .members([
            ("id", .string(id)), ("createdBy", .string(createdBy)), ("comment", .string(comment)),
            ("endsAt", .string(TimeText.milliseconds(endsAt))),
        ])
    }
}

extension NotificationExplanation.Inhibiting {
    fileprivate var json: JSONTree {
        .members([("labels", .map(KeyValues(source))), ("rule", .string(rule))])
    }
}

extension NotificationExplanation.Rejection {
    fileprivate var json: JSONTree {
        .members([
            ("route", .string(route)), ("receiver", .string(receiver)), ("matcher", .string(matcher)),
            ("value", .string(value)),
        ])
    }
}

extension RouteExplanation {
    fileprivate var json: JSONTree {
        .members([
            ("route", .string(route)), ("receiver", .string(receiver)), ("groupKey", .string(groupKey)),
            ("groupLabels", .map(KeyValues(groupLabels))), ("alerts", .integer(alertCount)),
            ("nextFlush", .string(TimeText.milliseconds(nextFlush))),
            ("mutedBy", .array(mutedBy.map { .string($0) })), ("isOutsideActive", .bool(isOutsideActive)),
            ("mutedUntil", mutedUntil.map { .string(TimeText.milliseconds($0)) }),
            ("integrations", .array(integrations.map(\.json))),
        ])
    }
}

extension IntegrationExplanation {
    fileprivate var json: JSONTree {
        .members([
            ("integration", .string(id.description)),
            ("lastNotified", lastNotified.map { .string(TimeText.milliseconds($0)) }),
            ("wasIncluded", .bool(wasIncluded)), ("attempts", attempts.map { .integer($0) }),
            ("lastFailure", lastFailure.map { .string($0) }),
            ("nextNotification", next.map { .string(TimeText.milliseconds($0)) }),
            ("reason", reason.map { .string($0.rawValue) }), ("because", .string(because)),
        ])
    }
}
