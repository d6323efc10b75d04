package import KTSDBModel
package import KTSDBRules
internal import PrometheusWire

/// A heartbeat that this server expects from something else, such as a nightly job or another server.
///
/// Each heartbeat that arrives is stored as a sample. An alerting rule fires when the last one is too long ago; its
/// alert is like any other.
package struct HeartbeatExpectation: Hashable, Sendable {
    /// Its name in the path `/api/v1/heartbeat/NAME`.
    package var name: String
    /// How often the heartbeat is expected.
    package var interval: Duration
    /// How late the heartbeat may be.
    package var grace: Duration
    /// Labels of the alert.
    package var labels: NamedTexts
    /// Annotations of the alert, besides the summary.
    package var annotations: NamedTexts

    /// The series that has the time of each heartbeat, in seconds since 1970.
    package static let metric = "ktsdb_heartbeat_timestamp_seconds"
    /// The label with the heartbeat's name.
    package static let label = "heartbeat"
    /// The name of the alert.
    package static let alert = "HeartbeatLate"
    /// The longest name, in bytes.
    package static let nameLimit = 100

    package init(
        name: String, interval: Duration, grace: Duration = .zero, labels: NamedTexts = [:],
        annotations: NamedTexts = [:]
    ) {
        self.name = name
        self.interval = interval
        self.grace = grace
        self.labels = labels
        self.annotations = annotations
    }

    /// Returns whether a text may be a heartbeat's name: it needs no escaping in a path or an expression.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameLimit
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The labels of its series.
    package var seriesLabels: Labels { ["__name__": Self.metric, Self.label: name] }

    /// How long after the last heartbeat the alert fires.
    package var limit: Duration { interval + grace }

    /// How far back the rule looks for a heartbeat: an earlier one counts as if it had never arrived.
    package var lookback: Duration { limit * 2 + .seconds(86_400) }

    /// The rule that fires when the heartbeat is late.
    var rule: AlertingRule {
        let series = "\(Self.metric){\(Self.label)=\"\(name)\"}[\(PrometheusDuration.format(lookback))]"
        let every = PrometheusDuration.format(interval)
        let summary = "The heartbeat \(name) is expected every \(every) and is late by {{ $value | humanizeDuration }}."
        var texts = [("summary", summary)]
        for annotation in annotations { texts.append((annotation.name, annotation.text)) }
        let late = "time() - last_over_time(\(series)) - \(limit / .seconds(1)) > 0"
        return AlertingRule(
            name: Self.alert,
            expression: "\(late) or absent_over_time(\(series)) * \((lookback - limit) / .seconds(1))", labels: labels,
            annotations: NamedTexts(texts))
    }

    /// Returns a group with the rules for all expectations of a file; nil if the file has no expectations.
    package static func group(_ expectations: [HeartbeatExpectation], file: String) -> RuleGroup? {
        guard let shortest = expectations.map(\.limit).min() else { return nil }
        // Evaluating at a tenth of the shortest limit is soon enough.
        let interval = min(max(shortest / 10, .seconds(1)), .seconds(60))
        let whole = Duration.seconds(interval.components.seconds)
        return RuleGroup(
            file: file, name: "heartbeats", interval: whole, rules: expectations.map { .alerting($0.rule) })
    }
}
