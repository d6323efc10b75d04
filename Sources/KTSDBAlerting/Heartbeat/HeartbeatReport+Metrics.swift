internal import KTSDBModel
package import KTSDBScrape

extension HeartbeatReport {
    private static let label = "host"

    /// Returns the metrics about heartbeats that are sent. Targets at the same host are counted together, since the
    /// rest of an address may be secret.
    package func selfMetrics() -> [SelfMetricFamily] {
        var hosts: [String: Figures] = [:]
        for entry in entries { hosts[entry.target.host, default: Figures()].add(entry.figures) }
        let sorted = hosts.sorted { $0.key < $1.key }
        func family(
            _ name: String, _ kind: SelfMetricFamily.Kind, _ help: String, _ value: (Figures) -> Double
        ) -> SelfMetricFamily {
            SelfMetricFamily(
                name: name, help: help, kind: kind,
                points: sorted.map { .init(labels: [(Self.label, $0.key)], value: value($0.value)) })
        }
        return [
            family("ktsdb_heartbeats_sent_total", .counter, "Heartbeats that arrived.") { Double($0.sent) },
            family("ktsdb_heartbeats_failed_total", .counter, "Heartbeats that could not be sent.") {
                Double($0.failed)
            },
            family(
                "ktsdb_heartbeats_withheld_total", .counter, "Heartbeats that were not sent because something is wrong."
            ) { Double($0.withheld) },
            family("ktsdb_heartbeats_last_sent_timestamp_seconds", .gauge, "When the last heartbeat arrived.") {
                Double($0.lastSent?.milliseconds ?? 0) / 1000
            },
        ]
    }
}

extension HeartbeatReport.Figures {
    /// Adds the figures of another target.
    fileprivate mutating func add(_ other: Self) {
        sent += other.sent
        failed += other.failed
        withheld += other.withheld
        lastSent = [lastSent, other.lastSent].compactMap { $0 }.max()
    }
}
