/// All flags of Prometheus 2.48 and 3.14, including hidden ones, and what ktsdb does with each.
public enum PrometheusFlags {
    private static let layout = "blocks and log have a layout of their own"
    private static let agent = "there is no agent mode"
    private static let collector = "there is no garbage collector to set up"
    private static let remote = "remote read and sending by remote write are not served yet"
    private static let consoles = "there are no consoles"

    package static let all: [PrometheusFlag] =
        served + storage + web + collecting + others

    private static let served: [PrometheusFlag] =
        [
            "config.file", "web.listen-address", "web.config.file", "web.read-timeout", "web.max-connections",
            "web.external-url", "web.route-prefix", "web.enable-lifecycle", "web.enable-admin-api",
            "web.enable-remote-write-receiver", "web.cors.origin", "storage.tsdb.path", "storage.tsdb.retention.time",
            "storage.tsdb.retention.size",
            "rules.alert.for-outage-tolerance", "rules.alert.for-grace-period", "rules.alert.resend-delay",
            "alertmanager.notification-queue-capacity", "query.lookback-delta", "query.timeout",
            "query.max-concurrency", "query.max-samples", "enable-feature", "log.level", "log.format",
        ].map { PrometheusFlag($0, .both) }
        + [
            "config.auto-reload", "config.auto-reload-interval", "web.search.max-limit", "rules.max-concurrent-evals",
            "alertmanager.notification-batch-size", "alertmanager.drain-notification-queue-on-shutdown",
        ].map { PrometheusFlag($0, .new) } + [
            PrometheusFlag("storage.tsdb.retention", .old), PrometheusFlag("version", .both),
            PrometheusFlag("help", .both),
        ]

    private static let storage: [PrometheusFlag] =
        [
            PrometheusFlag(
                "storage.tsdb.no-lockfile", .both, .ignored("the data directory is always locked"), isSwitch: true),
            PrometheusFlag("storage.tsdb.allow-overlapping-blocks", .old, .ignored(layout), isSwitch: true),
            PrometheusFlag("storage.tsdb.allow-overlapping-compaction", .new, .ignored(layout), isSwitch: true),
            PrometheusFlag("storage.tsdb.wal-compression", .both, .ignored(layout), isSwitch: true),
            PrometheusFlag("storage.tsdb.delay-compact-file.path", .new, .ignored(layout)),
            PrometheusFlag("storage.tsdb.delayed-compaction.max-percent", .new, .ignored(layout)),
            PrometheusFlag("storage.tsdb.block-reload-interval", .new, .ignored(layout)),
        ]
        + [
            "head-chunks-write-queue-size", "min-block-duration", "max-block-duration", "max-block-chunk-segment-size",
            "wal-segment-size", "wal-compression-type", "samples-per-chunk",
        ].map { PrometheusFlag("storage.tsdb." + $0, .both, .ignored(layout)) }
        + ["flush-deadline", "read-sample-limit", "read-concurrent-limit", "read-max-bytes-in-frame"].map {
            PrometheusFlag("storage.remote." + $0, .both, .ignored(remote))
        } + [
            PrometheusFlag("storage.agent.wal-compression", .both, .refused(agent), isSwitch: true),
            PrometheusFlag("storage.agent.no-lockfile", .both, .refused(agent), isSwitch: true),
            PrometheusFlag(
                "storage.agent.checkpoint-from-in-memory-series", .new, .refused(agent), isSwitch: true),
            PrometheusFlag("storage.agent.checkpoint-batch-size", .new, .refused(agent)),
        ]
        + [
            "path", "retention.min-time", "retention.max-time", "wal-segment-size", "wal-compression-type",
            "wal-truncate-frequency",
        ].map { PrometheusFlag("storage.agent." + $0, .both, .refused(agent)) }

    private static let web: [PrometheusFlag] = [
        PrometheusFlag("web.user-assets", .both, .ignored("there are no pages to add to")),
        PrometheusFlag("web.console.templates", .both, .ignored(consoles)),
        PrometheusFlag("web.console.libraries", .both, .ignored(consoles)),
        PrometheusFlag("web.page-title", .both, .ignored("pages have titles of their own")),
        PrometheusFlag(
            "web.max-notifications-subscribers", .new, .ignored("\(Notices.subscriberLimit) can subscribe to notices")),
        PrometheusFlag(
            "web.remote-write-receiver.accepted-protobuf-messages", .new,
            .ignored("messages of remote write 1.0 are taken, and no others")),
        PrometheusFlag(
            "web.enable-otlp-receiver", .new, .refused("metrics of OpenTelemetry are not taken yet"), isSwitch: true),
    ]

    private static let collecting: [PrometheusFlag] = [
        PrometheusFlag(
            "scrape.adjust-timestamps", .both, .ignored("timestamps are always aligned"), isSwitch: true),
        PrometheusFlag("scrape.timestamp-tolerance", .both, .ignored("timestamps are aligned by up to 2ms")),
        PrometheusFlag("scrape.discovery-reload-interval", .both, .ignored("targets are taken as they are found")),
        PrometheusFlag("alertmanager.timeout", .old, .ignored("it has no effect in Prometheus either")),
    ]

    private static let others: [PrometheusFlag] = [
        PrometheusFlag("auto-gomaxprocs", .new, .ignored("there are as many threads as processors"), isSwitch: true),
        PrometheusFlag("auto-gomemlimit", .new, .ignored(collector), isSwitch: true),
        PrometheusFlag("auto-gomemlimit.ratio", .new, .ignored(collector)),
        PrometheusFlag("auto-gomemlimit.refresh-interval", .new, .ignored(collector)),
        PrometheusFlag(
            "agent", .new, .refused("there is no agent mode; ktsdb always stores what it scrapes"), isSwitch: true),
        PrometheusFlag(
            "write-documentation", .both, .refused("the flags of ktsdb are printed by `ktsdb --help`"),
            isSwitch: true),
    ]

    /// The current names of Prometheus' flags by their older names.
    static let older = ["storage.tsdb.retention": "storage.tsdb.retention.time"]

    /// Returns the flag of this name that ktsdb does not serve, and whether the name switches it off; nil if there is
    /// none.
    static func unserved(_ name: String) -> (flag: PrometheusFlag, isOff: Bool)? {
        if let flag = all.first(where: { $0.name == name && $0.fate != .served }) { return (flag, false) }
        guard name.hasPrefix("no-") else { return nil }
        let positive = String(name.dropFirst(3))
        return all.first { $0.name == positive && $0.isSwitch && $0.fate != .served }.map { ($0, true) }
    }

    private static func cells(_ flag: PrometheusFlag, _ fate: String, _ note: String) -> [String] {
        ["--" + flag.name, flag.versions.rawValue, fate, note]
    }

    /// The table as `ktsdb help prometheus-flags` prints it.
    public static var table: String {
        let rows = all.sorted { $0.name < $1.name }.map { flag -> [String] in
            switch flag.fate {
            case .served: cells(flag, "served", older[flag.name].map { "as --" + $0 } ?? "")
            case .ignored(let reason): cells(flag, "ignored", reason)
            case .refused(let reason): cells(flag, "refused", reason)
            }
        }
        let head = ["FLAG", "PROMETHEUS", "KTSDB", "NOTE"], lines = [head] + rows
        let widths = (0..<3).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = (0..<3).map { line[$0] + String(repeating: " ", count: widths[$0] - line[$0].count + 2) }
            return String((cells.joined() + line[3]).reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
