package import KTSDBScrape
internal import Synchronization

extension AlertmanagerSender {
    private static let prefix = "prometheus_notifications_", label = "alertmanager"
    private static let quantiles = [0.5, 0.9, 0.99]

    /// Returns the metrics about sending, under the names of Prometheus. Those of an Alertmanager end with it.
    package func selfMetrics() -> [SelfMetricFamily] {
        let peers = state.withLock { $0.sets }.flatMap(\.peers)
        var figures: [String: PeerFigures] = [:]
        for peer in peers { figures[peer.address.url, default: PeerFigures()].add(peer.figures) }
        let sorted = figures.sorted { $0.key < $1.key }
        return [
            family("alertmanagers_discovered", "Alertmanagers that were found.", .gauge, Double(peers.count)),
            family(
                "queue_capacity", "Alerts that can wait for an Alertmanager.", .gauge, Double(options.queueCapacity)),
            family("queue_length", "Alerts that wait for an Alertmanager.", .gauge, sorted) { $0.waiting },
            family("sent_total", "Alerts that were sent.", .counter, sorted) { $0.sent },
            family("errors_total", "Alerts that could not be sent.", .counter, sorted) { $0.failed },
            family("dropped_total", "Alerts that were lost: not sent, or pushed out of the queue.", .counter, sorted) {
                $0.dropped
            },
            summary(sorted), histogram(sorted),
        ]
    }

    private func family(
        _ name: String, _ help: String, _ kind: SelfMetricFamily.Kind, _ value: Double
    ) -> SelfMetricFamily {
        SelfMetricFamily(name: Self.prefix + name, help: help, kind: kind, points: [.init(value: value)])
    }

    private func family(
        _ name: String, _ help: String, _ kind: SelfMetricFamily.Kind, _ figures: [(key: String, value: PeerFigures)],
        _ value: (PeerFigures) -> Int
    ) -> SelfMetricFamily {
        SelfMetricFamily(
            name: Self.prefix + name, help: help, kind: kind,
            points: figures.map { .init(labels: [(Self.label, $0.key)], value: Double(value($0.value))) })
    }

    private func summary(_ figures: [(key: String, value: PeerFigures)]) -> SelfMetricFamily {
        let now = ContinuousClock.now
        let points = figures.flatMap { url, figures in
            zip(Self.quantiles, figures.latency.quantiles(Self.quantiles, at: now)).map { quantile, value in
                SelfMetricFamily.Point(labels: [(Self.label, url), ("quantile", "\(quantile)")], value: value)
            } + totals(url, figures)
        }
        return SelfMetricFamily(
            name: Self.prefix + "latency_seconds", help: "How long requests with alerts took.", kind: .summary,
            points: points)
    }

    private func histogram(_ figures: [(key: String, value: PeerFigures)]) -> SelfMetricFamily {
        let points = figures.flatMap { url, figures in
            zip(PeerFigures.latencyBounds.map(\.label) + ["+Inf"], figures.buckets + [figures.latency.count])
                .map { bound, count in
                    SelfMetricFamily.Point(
                        suffix: "_bucket", labels: [(Self.label, url), ("le", bound)], value: Double(count))
                } + totals(url, figures)
        }
        return SelfMetricFamily(
            name: Self.prefix + "latency_histogram_seconds", help: "How long requests with alerts took.",
            kind: .histogram, points: points)
    }

    private func totals(_ url: String, _ figures: PeerFigures) -> [SelfMetricFamily.Point] {
        [
            .init(suffix: "_sum", labels: [(Self.label, url)], value: figures.latency.sum),
            .init(suffix: "_count", labels: [(Self.label, url)], value: Double(figures.latency.count)),
        ]
    }
}
