internal import KTSDBModel
internal import KTSDBRules
internal import PrometheusWire

extension JSONWriter {
    /// Begins a group; its rules come next, and then ``endGroup()``.
    mutating func beginGroup(_ group: RulePage.Group) {
        beginObject()
        member("name", group.group.name)
        member("file", group.group.file)
        member("interval", group.group.interval / .seconds(1))
        member("limit", group.group.limit)
        member("evaluationTime", group.statistics.duration / .seconds(1))
        member("lastEvaluation", Self.text(group.statistics.lastEvaluation))
        key("rules")
        beginArray()
    }

    /// Ends a group.
    mutating func endGroup() {
        endArray()
        endObject()
    }

    /// Writes a rule.
    mutating func rule(_ status: RuleStatus, showsAlerts: Bool) {
        object { json in
            if let rule = status.rule.alerting {
                json.member("state", status.state.alertState?.description ?? "unknown")
                json.member("name", rule.name)
                json.member("query", status.expression)
                json.member("duration", rule.holdDuration / .seconds(1))
                json.member("keepFiringFor", rule.keepFiringFor / .seconds(1))
                json.texts("labels", rule.labels)
                json.texts("annotations", rule.annotations)
                if showsAlerts {
                    json.array("alerts", status.state.activeAlerts) { $0.alert($1) }
                } else {
                    json.key("alerts")
                    json.null()
                }
            } else {
                json.member("name", status.rule.name)
                json.member("query", status.expression)
                if !status.rule.labels.isEmpty { json.texts("labels", status.rule.labels) }
            }
            json.member("health", status.state.health.description)
            if let error = status.state.health.error { json.member("lastError", error.description) }
            json.member("evaluationTime", status.duration / .seconds(1))
            json.member("lastEvaluation", Self.text(status.lastEvaluation))
            json.member("type", status.rule.alerting == nil ? "recording" : "alerting")
        }
    }

    /// Writes an alert that is pending or firing.
    mutating func alert(_ alert: Alert) {
        object { json in
            json.member("labels", alert.labels)
            json.texts("annotations", alert.annotations)
            json.member("state", alert.state.description)
            json.member("activeAt", Self.text(alert.activeAt))
            if let since = alert.keepFiringSince { json.member("keepFiringSince", Self.text(since)) }
            json.member("value", formatDouble(alert.value, style: .exponent))
        }
    }

    private mutating func texts(_ name: StaticString, _ texts: NamedTexts) {
        object(name) { json in
            for pair in texts { json.member(named: pair.name, pair.text) }
        }
    }

    /// Without a time, Go's zero time.
    private static func text(_ time: PreciseTime?) -> String {
        time.map { RFC3339.format(nanoseconds: $0.nanoseconds) } ?? "0001-01-01T00:00:00Z"
    }
}
