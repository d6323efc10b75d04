internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBScrape

/// The metrics about what the notifier keeps: silences, the notification log, and how they are stored.
extension NotifierService {
    var silenceMetrics: [SelfMetricFamily] {
        let now = lookAtClock()
        var counts: [Silence.State: Int] = [:]
        for silence in notifier.silences.sorted(at: now) { counts[silence.state(at: now), default: 0] += 1 }
        let states: [Silence.State] = [.active, .expired, .pending]
        return [
            family(
                "silences", "Silences by state; expired ones are kept for the time of retention.", .gauge,
                states.map { .init(labels: [("state", $0.rawValue)], value: Double(counts[$0] ?? 0)) }),
            single(
                "silences_queries_total", "How often the silences of an alert were looked for.", .counter,
                notifier.statistics.silenceQueries),
        ]
    }

    var logMetrics: [SelfMetricFamily] {
        [
            single(
                "nflog_queries_total", "How often the notification log was asked.", .counter,
                notifier.statistics.logQueries),
            single(
                "nflog_query_errors_total",
                "How often the notification log had no entry: a first notification, which Alertmanager counts here.",
                .counter, notifier.statistics.logMisses),
            single("nflog_entries", "Entries of the notification log.", .gauge, notifier.log.entries.count),
            single(
                "nflog_maintenance_total", "How often silences and entries of the log that are over were forgotten.",
                .counter, notifier.statistics.maintenances),
            single(
                "nflog_maintenance_errors_total",
                "Maintenances after which the notifier's state could not be stored.", .counter,
                meters.failedMaintenances),
        ]
    }

    var storageMetrics: [SelfMetricFamily] {
        [
            SelfMetricFamily(
                name: "ktsdb_notifier_writes_total",
                help: "Writes of the notifier's state to the database, failed ones included.", kind: .counter,
                points: [.init(value: Double(meters.writes))]),
            SelfMetricFamily(
                name: "ktsdb_notifier_write_failures_total",
                help: "Writes of the notifier's state to the database that failed.", kind: .counter,
                points: [.init(value: Double(meters.failedWrites))]),
        ]
    }
}
