package import KTSDBModel
package import KTSDBRules
internal import PrometheusWire

/// A heartbeat of something else that is expected here: a job that runs each night, another server.
///
/// Each that arrives is a sample; an alerting rule fires when the last one is too long ago, and is an alert like any
/// other.
package struct HeartbeatExpectation: Hashable, Sendable {
    /// Its name in the path `/api/v1/heartbeat/NAME`.
    package var name: String
    /// How often it comes.
    package var interval: Duration
    /// How late it may be.
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

    /// Whether a name can be part of a path and of an expression as it is.
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

    /// How long after a heartbeat the alert fires.
    package var limit: Duration { interval + grace }

    /// How far back a heartbeat is looked for: when it was longer ago, it is as if there never was one.
    package var lookback: Duration { limit * 2 + .seconds(86_400) }

    /// The rule that fires when it is late.
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

    /// The group of the rules for all expectations of a file; nil without any.
    package static func group(_ expectations: [HeartbeatExpectation], file: String) -> RuleGroup? {
        guard let shortest = expectations.map(\.limit).min() else { return nil }
        // A tenth of the shortest time is soon enough.
        let interval = min(max(shortest / 10, .seconds(1)), .seconds(60))
        let whole = Duration.seconds(interval.components.seconds)
        return RuleGroup(
            file: file, name: "heartbeats", interval: whole, rules: expectations.map { .alerting($0.rule) })
    }
}
