internal import KTSDBModel
internal import KTSDBNotify
package import KTSDBScrape

extension NotifierService {
    private static let prefix = "alertmanager_"

    /// Returns the metrics of the notifier, under Alertmanager's names.
    package func selfMetrics() -> [SelfMetricFamily] {
        alertMetrics + deliveryMetrics + silenceMetrics + logMetrics + storageMetrics + dispatchMetrics
            + configurationMetrics
    }

    // MARK: Alerts

    private var alertMetrics: [SelfMetricFamily] {
        let states = alertStates()
        let points = [("active", states.active), ("suppressed", states.suppressed), ("unprocessed", 0)].map {
            SelfMetricFamily.Point(labels: [("state", $0.0)], value: Double($0.1))
        }
        let received = [
            ("firing", notifier.statistics.receivedFiring), ("resolved", notifier.statistics.receivedResolved),
        ].map { SelfMetricFamily.Point(labels: [("status", $0.0), ("version", "v2")], value: Double($0.1)) }
        return [
            family(
                "alerts",
                "Alerts that are known and not over: active ones are notified, suppressed ones silenced or inhibited.",
                .gauge, points),
            family(
                "alerts_received_total", "Alerts that rules and clients sent and that were taken.", .counter, received),
            family(
                "alerts_invalid_total", "Alerts that rules and clients sent and that were refused as invalid.",
                .counter,
                [.init(labels: [("version", "v2")], value: Double(meters.invalidAlerts))]),
            single(
                "alerts_limited_total",
                "Alerts that were not taken because of --alerts.per-alertname-limit.", .counter,
                notifier.statistics.limitedAlerts),
        ]
    }

    /// How many alerts are notified about and how many are silenced or inhibited.
    private func alertStates() -> AlertStates {
        let elapsed = clock.elapsed
        if let known = countedStates, elapsed - known.at < known.counts.patience { return known.counts }
        let now = lookAtClock()
        var counts = AlertStates()
        for stored in notifier.alerts.sorted where !stored.alert.isResolved(at: now) {
            if notifier.status(of: stored.alert.labels, at: now).isSuppressed {
                counts.suppressed += 1
            } else {
                counts.active += 1
            }
        }
        countedStates = (elapsed, counts)
        return counts
    }

    // MARK: Notifications

    private var deliveryMetrics: [SelfMetricFamily] {
        let kinds = meters.figures(of: configuration.receivers)
        let failures = kinds.flatMap { kind, figures in
            NotifierMeters.countedReasons.map { reason in
                SelfMetricFamily.Point(
                    labels: [("integration", kind.rawValue), ("reason", reason.rawValue)],
                    value: Double(figures.failures[reason] ?? 0))
            }
        }
        let suppressed = NotifierStatistics.Suppression.allCases.map { reason in
            SelfMetricFamily.Point(
                labels: [("reason", reason.rawValue)], value: Double(notifier.statistics.suppressed[reason] ?? 0))
        }
        return [
            byKind("notifications_total", "Notifications that were delivered or given up.", kinds) { $0.notifications },
            family(
                "notifications_failed_total", "Notifications that were given up, by the last attempt's reason.",
                .counter, failures),
            byKind("notification_requests_total", "Attempts to deliver notifications.", kinds) { $0.requests },
            byKind("notification_requests_failed_total", "Attempts to deliver notifications that failed.", kinds) {
                $0.failedRequests
            },
            family(
                "notifications_suppressed_total", "Alerts that a flush of their group left out, by reason.", .counter,
                suppressed),
            latencies(kinds),
        ]
    }

    private func latencies(_ kinds: [(IntegrationKind, NotifierMeters.Kind)]) -> SelfMetricFamily {
        let points = kinds.flatMap { kind, figures in
            var sum = 0, points: [SelfMetricFamily.Point] = []
            let bounds = NotifierMeters.latencyBounds.map { String(Int($0)) } + ["+Inf"]
            for (bound, count) in zip(bounds, figures.latencies) {
                sum += count
                let labels = [("integration", kind.rawValue), ("le", bound)]
                points.append(.init(suffix: "_bucket", labels: labels, value: Double(sum)))
            }
            let label = [("integration", kind.rawValue)]
            return points + [
                .init(suffix: "_sum", labels: label, value: figures.latencySum / .seconds(1)),
                .init(suffix: "_count", labels: label, value: Double(sum)),
            ]
        }
        return family(
            "notification_latency_seconds", "How long attempts to deliver notifications took.", .histogram, points)
    }

    // MARK: Groups and configuration

    private var dispatchMetrics: [SelfMetricFamily] {
        [
            single(
                "dispatcher_aggregation_groups", "Groups of alerts that are kept.", .gauge,
                notifier.dispatcher.groups.count),
            single(
                "dispatcher_aggregation_group_limit_reached_total",
                "How often an alert got no group because there were too many.", .counter,
                notifier.statistics.groupLimitHits),
            family(
                "dispatcher_alert_processing_duration_seconds",
                "How long it took to put alerts that were received into groups.",
                .summary,
                [
                    .init(suffix: "_sum", value: meters.processingTime / .seconds(1)),
                    .init(suffix: "_count", value: Double(meters.processedAlerts)),
                ]),
        ]
    }

    private var configurationMetrics: [SelfMetricFamily] {
        let integrations = configuration.receivers.reduce(0) { $0 + $1.integrations.count }
        let loaded = Double(meters.lastLoad.seconds) + Double(meters.lastLoad.nanoseconds) / 1e9
        return [
            family(
                "config_hash", "A number that follows from the text of the configuration.", .gauge,
                [.init(value: Double(configuration.hash))]),
            single(
                "config_last_reload_successful", "Whether the configuration was accepted when it was last loaded.",
                .gauge, meters.loadSucceeded ? 1 : 0),
            family(
                "config_last_reload_success_timestamp_seconds", "When the configuration was last accepted.", .gauge,
                [.init(value: loaded)]),
            single("receivers", "Receivers of the configuration.", .gauge, configuration.receivers.count),
            single("integrations", "Integrations of all receivers.", .gauge, integrations),
            // As an Alertmanager without a cluster has it; dashboards choose their panels by it.
            single("cluster_enabled", "Whether there is a cluster of Alertmanagers; always 0.", .gauge, 0),
        ]
    }

    // MARK: Families

    func family(
        _ name: String, _ help: String, _ kind: SelfMetricFamily.Kind, _ points: [SelfMetricFamily.Point]
    ) -> SelfMetricFamily {
        SelfMetricFamily(name: Self.prefix + name, help: help, kind: kind, points: points)
    }

    func single(
        _ name: String, _ help: String, _ kind: SelfMetricFamily.Kind, _ value: Int
    ) -> SelfMetricFamily {
        family(name, help, kind, [.init(value: Double(value))])
    }

    private func byKind(
        _ name: String, _ help: String, _ kinds: [(IntegrationKind, NotifierMeters.Kind)],
        _ value: (NotifierMeters.Kind) -> Int
    ) -> SelfMetricFamily {
        let points = kinds.map { kind, figures in
            SelfMetricFamily.Point(labels: [("integration", kind.rawValue)], value: Double(value(figures)))
        }
        return family(name, help, .counter, points)
    }
}
