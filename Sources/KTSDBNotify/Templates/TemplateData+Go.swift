package import GoTemplate
package import PrometheusWire

extension TemplateData {
    /// The data as templates see them.
    package var goValue: GoValue {
        .object(
            TemplateRecord(
                "template.Data", isPointer: true,
                [
                    ("Receiver", "receiver", .text(receiver)), ("Status", "status", .text(status)),
                    ("Alerts", "alerts", Self.list(alerts.map(\.goValue))),
                    ("NotificationReason", "notification_reason", .text(reason)),
                    ("GroupLabels", "groupLabels", groupLabels.goValue),
                    ("CommonLabels", "commonLabels", commonLabels.goValue),
                    ("CommonAnnotations", "commonAnnotations", commonAnnotations.goValue),
                    ("RouteLabels", "routeLabels", routeLabels.goValue),
                    ("ExternalURL", "externalURL", .text(externalURL)),
                ]))
    }

    package static func list(_ alerts: [GoValue]) -> GoValue {
        .named(TemplateTypes.alerts, .list(GoList(alerts, of: TemplateTypes.alert)))
    }

    /// The data as a webhook gets them.
    package var json: [(String, JSONTree?)] {
        [
            ("receiver", .string(receiver)), ("status", .string(status)), ("alerts", .array(alerts.map(\.json))),
            ("notification_reason", .string(reason)), ("groupLabels", .map(groupLabels)),
            ("commonLabels", .map(commonLabels)), ("commonAnnotations", .map(commonAnnotations)),
            ("routeLabels", .map(routeLabels)), ("externalURL", .string(externalURL)),
        ]
    }
}

extension TemplateData.Alert {
    package var goValue: GoValue {
        Self.goValue(
            status: status, labels: labels.goValue, annotations: annotations.goValue, startsAt: startsAt.goTime,
            endsAt: (endsAt ?? .zero).goTime, generatorURL: generatorURL, fingerprint: fingerprint, values: values)
    }

    package static func goValue(
        status: String, labels: GoValue, annotations: GoValue, startsAt: GoTime, endsAt: GoTime, generatorURL: String,
        fingerprint: String, values: ReportedValues = ReportedValues()
    ) -> GoValue {
        var record = TemplateRecord(
            "template.Alert",
            [
                ("Status", "status", .text(status)), ("Labels", "labels", labels),
                ("Annotations", "annotations", annotations), ("StartsAt", "startsAt", .object(startsAt)),
                ("EndsAt", "endsAt", .object(endsAt)), ("GeneratorURL", "generatorURL", .text(generatorURL)),
                ("Fingerprint", "fingerprint", .text(fingerprint)),
            ])
        record.own = [("FiredValue", values.fired), ("Value", values.last), ("ResolvedValue", values.resolved)].map {
            GoField($0, $1.map { .float($0) } ?? nil)
        }
        return .object(record)
    }

    fileprivate var json: JSONTree {
        .members([
            ("status", .string(status)), ("labels", .map(labels)), ("annotations", .map(annotations)),
            ("startsAt", .string(TimeText.text(startsAt))), ("endsAt", .string(TimeText.text(endsAt ?? .zero))),
            ("generatorURL", .string(generatorURL)), ("fingerprint", .string(fingerprint)),
        ])
    }
}

extension KeyValues {
    /// The values as templates see them.
    package var goValue: GoValue {
        .named(
            TemplateTypes.keyValues, .map(GoMap(pairs.map { (.text($0.name), .text($0.value)) }, value: .string)))
    }
}

extension WallTime {
    /// The time as templates see it.
    package var goTime: GoTime { GoTime(seconds: seconds, nanoseconds: Int(nanoseconds)) }
}
