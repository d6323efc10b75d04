internal import KTSDBModel

/// The flags of the server. A new flag is an option in ``ServerOptions`` and a row here.
package enum ServerFlags {
    /// All flags, in the order of the help.
    package static let all: [ServerFlag] = prometheus + AlertmanagerFlags.served

    private static let addresses = FlagValue<[ListenAddress]>.addresses

    /// Prometheus' flags, and those that only ktsdb has.
    private static let prometheus: [ServerFlag] = [
        ServerFlag(
            "config.file", \.configurationFile, .path,
            "The configuration file; reloaded on SIGHUP, and by `POST /-/reload` with `--web.enable-lifecycle`. Empty: "
                + "nothing is scraped and there are no rules."),
        ServerFlag(
            "config.auto-reload", \.reloadsFiles, .toggle,
            "Reload when the configuration file, ktsdb's own settings, Alertmanager's configuration or a rule file has "
                + "changed."),
        ServerFlag(
            "config.auto-reload-interval", \.reloadInterval, .positiveDuration,
            "How often `--config.auto-reload` looks for changes."),
        ServerFlag(
            "ktsdb.config.file", \.settingsFile, .path,
            "The file of ktsdb's own settings, beyond those of Prometheus; reloaded with the configuration file."),
        ServerFlag("storage.tsdb.path", \.dataDirectory, .path, "The data directory."),
        ServerFlag(
            "storage.tsdb.retention.time", \.retentionTime, .duration,
            "How long samples are kept, such as 30d; 0 means 15d, or no limit if there is a limit of size. "
                + "`storage.tsdb.retention` in the configuration takes precedence, limit by limit, and can be reloaded."
        ),
        ServerFlag(
            "storage.tsdb.retention.size", \.retentionBytes, .size,
            "How much the database may take on the disk, such as 512MB (powers of 2), the log and checkpoints included; "
                + "the oldest blocks go first. 0 means no limit."),
        ServerFlag(
            "storage.durability", \.durability, .durability,
            "What an acknowledged sample survives: buffered (the end of the process), interval (also a power cut, but not "
                + "the last second), durable (everything)."),
        ServerFlag(
            "storage.deletion.undo-period", \.deletionUndoPeriod, .duration,
            "How long a deletion can be undone. Until then its samples take room, unless "
                + "`/api/v1/admin/tsdb/clean_tombstones` removes them."),
        ServerFlag(
            "storage.disk-reserve", \.diskReserveBytes, .byteSize,
            "How much of the disk is reserved, such as 64MiB, but never more than a hundredth of the disk; 0 for nothing. "
                + "When the disk is full, the reserve is given up, so that samples in memory can be written as blocks, "
                + "and retention and deletions can make room."),
        ServerFlag(
            "storage.scrub-rate", \.scrubBytesPerSecond, .byteSize,
            "How much a second is read in the background to find damage before somebody needs the data, such as 4MiB; "
                + "0 for nothing."),
        ServerFlag(
            "storage.scrub-interval", \.scrubInterval, .positiveDuration,
            "How often everything is read for that."),
        ServerFlag(
            "storage.limit.series", \.seriesLimit, .limit,
            "How many series may be in memory; 0 or none for no limit. `series_limits` in ktsdb's own settings limits "
                + "groups of series."),
        ServerFlag(
            "storage.limit.labels-per-series", \.labelLimits.labelsPerSeries, .limit,
            "How many labels a series may have; 0 or none for no limit."),
        ServerFlag(
            "storage.limit.label-name-bytes", \.labelLimits.nameBytes, .byteLimit,
            "How long a label's name may be, such as 1KiB; 0 or none for no limit."),
        ServerFlag(
            "storage.limit.label-value-bytes", \.labelLimits.valueBytes, .byteLimit,
            "How long a label's value may be, such as 16KiB; 0 or none for no limit."),
        ServerFlag(
            "storage.limit.series-label-bytes", \.labelLimits.seriesBytes, .byteLimit,
            "How long all names and values of a series may be together, such as 64KiB; 0 or none for no limit."),
        ServerFlag(
            "storage.memory-limit", \.memoryLimit, .memory,
            default: "90% of the machine's, or of what a control group allows",
            "How much memory the process may hold, such as 2GB or 60%; 0 or none for no limit. Close to the limit, samples "
                + "are written to disk early, then new series are refused, then large queries end. Samples of known "
                + "series are always taken. `/api/v1/status/memory` shows who holds what."),
        ServerFlag(
            "web.listen-address", \.listenAddresses, .addresses, default: "\(ListenAddress.standard)",
            shown: { $0.listenAddresses.isEmpty ? "\(ListenAddress.standard)" : addresses.text($0.listenAddresses) },
            "Where to listen: HOST:PORT, :PORT or unix:PATH for a socket of Unix; may be repeated."),
        ServerFlag(
            "web.config.file", \.webConfigurationFile, .path,
            "Sets TLS, users and headers, in Prometheus' web configuration format. The file is reread when it or a "
                + "certificate changes. Without it, connections are unencrypted and need no password."),
        ServerFlag(
            "web.max-connections", \.maximumConnections, .count,
            "How many connections may be open; at most half of what `ulimit -n` leaves free. More "
                + "wait, and connections without a request make room for them."),
        ServerFlag(
            "web.read-timeout", \.readTimeout, .positiveDuration,
            "How long a request may take to arrive, and a connection may wait for the next. A client that does not "
                + "read its answer is cut off after 30 seconds."),
        ServerFlag(
            "web.external-url", \.externalURL, .url,
            "Where clients find the server, if not at its address; its path is the route prefix."),
        ServerFlag(
            "web.route-prefix", \.givenRoutePrefix, .prefix, default: "the path of `--web.external-url`",
            shown: { $0.routePrefix }, "What all paths begin with."),
        ServerFlag("web.enable-lifecycle", \.enablesLifecycle, .toggle, "Allow `/-/reload` and `/-/quit`."),
        ServerFlag(
            "web.enable-remote-write-receiver", \.enablesRemoteWriteReceiver, .toggle,
            "Take remote write 1.0 at `/api/v1/write`."),
        ServerFlag(
            "web.enable-admin-api", \.enablesAdminAPI, .toggle,
            "Allow `POST /api/v1/admin/tsdb/` with `delete_series`, `clean_tombstones`, `undelete_series`, `snapshot`, "
                + "`confirm_clock`, `drop_future`, and `POST /api/v1/rules/backfill`."),
        ServerFlag(
            "web.cors.origin", \.corsOrigin, .pattern, "A pattern for the origins of web pages that may use the API."),
        ServerFlag(
            "web.search.max-limit", \.searchLimit, .limit,
            "The highest `limit` of a search, with `--enable-feature=search-api`; 0 or none for no limit."),
        ServerFlag(
            "rules.alert.for-outage-tolerance", \.ruleOutageTolerance, .duration,
            "How old the last `ALERTS_FOR_STATE` of an alert may be to restore since when it is active, where the "
                + "database does not have the rule's own state."),
        ServerFlag(
            "rules.alert.for-grace-period", \.ruleGracePeriod, .duration,
            "The shortest `for` that is restored in that way, and how long such an alert waits at least before it "
                + "fires."),
        ServerFlag(
            "rules.alert.resend-delay", \.ruleResendDelay, .duration,
            "An alert is sent again when more than this has passed."),
        ServerFlag(
            "rules.max-concurrent-evals", \.ruleMaximumConcurrency, .count,
            "How many rules of a group may be evaluated at once if none reads what another one makes; with "
                + "`--enable-feature=concurrent-rule-eval`."),
        ServerFlag(
            "alertmanager.notification-queue-capacity", \.notificationQueueCapacity, .count,
            "How many alerts can wait for an Alertmanager. When more are due, they wait in their rules; those of an "
                + "Alertmanager that does not answer are lost, the oldest first."),
        ServerFlag(
            "alertmanager.notification-batch-size", \.notificationBatchSize, .count,
            "How many alerts are sent to an Alertmanager in one request."),
        ServerFlag(
            "alertmanager.drain-notification-queue-on-shutdown", \.drainsNotificationQueue, .toggle,
            "Send the alerts that wait before the server ends, for at most three seconds; "
                + "`--no-alertmanager.drain-notification-queue-on-shutdown` drops them."),
        ServerFlag(
            "query.timeout", \.queryTimeout, .positiveDuration,
            "How long a query may take, waiting included, and a read of series, labels, values, exemplars or for "
                + "federation."),
        ServerFlag(
            "query.max-samples", \.queryMaximumSamples, .count,
            "How many samples a query may hold in memory at one time."),
        ServerFlag(
            "query.fail-on-damage", \.failsQueriesOnDamage, .toggle,
            "Fail queries that need damaged data. Otherwise they are answered without it, and a warning says what is "
                + "missing; `fail_on_damage=true` makes a single request fail."),
        ServerFlag(
            "query.rollups", \.queryRollups, .rollupUse,
            "What queries use rollups for (`rollup_rules`): exact (functions whose result has the same bits as from all "
                + "samples), allow (also results that may differ, with an info), off; `rollups=allow` says it for a single "
                + "request."),
        ServerFlag(
            "query.lookback-delta", \.queryLookback, .positiveDuration, "How far back an instant selector looks."),
        ServerFlag(
            "query.max-concurrency", \.queryMaximumConcurrency, .count,
            "How many queries and reads may run at once; the others wait. At most 32 queries are evaluated at once."),
        ServerFlag(
            "query.max-memory", \.queryMaximumBytes, .size,
            default: "half of the machine's, or of what a control group allows",
            "How much memory all queries and their answers may hold together, such as 2GB; 0 for no limit. One that is "
                + "refused says which limit it met, how much it needed and what to change."),
        ServerFlag(
            "enable-feature", \.features, .features,
            "Features to switch on, separated by commas; may be repeated: "
                + Features.known.map { "`\($0)`" }.joined(separator: ", ") + "."),
        ServerFlag("log.level", \.logLevel, .level, "The lowest level that is logged."),
        ServerFlag("log.format", \.logFormat, .lineFormat, "The format of log lines."),
    ]

    /// All flags and their values, as `/api/v1/status/flags` shows them.
    static func values(_ options: ServerOptions) -> [(name: String, value: String)] {
        all.map { ($0.name, $0.text(options)) }.sorted { $0.name < $1.name }
    }

    /// The flags, formatted as the table in README.md.
    package static var table: String {
        let rows = all.map { flag in
            let value = flag.isSwitch ? "" : " \(flag.valueName ?? "")".replacing("|", with: "\\|")
            let shown = flag.defaultText.contains(" ") ? flag.defaultText : "`\(flag.defaultText)`"
            return "| `--\(flag.name)\(value)` | \(flag.defaultText.isEmpty ? "" : shown) | \(flag.help) |\n"
        }
        return "| flag | default | meaning |\n| --- | --- | --- |\n" + rows.joined()
    }
}

extension ServerOptions {
    /// Reads the flags of a command line. For flags that are not given there, reads environment variables: `variable`
    /// returns the value of a variable by name, and an empty value counts as missing.
    public init(arguments: [String], variable: (String) -> String?) throws(FlagError) {
        self.init()
        var line = FlagLine(arguments), given: Set<String> = []
        while let (flag, text, option) = try line.next() {
            try set(flag, text, source: "--\(flag.name)", option: option)
            given.insert(flag.name)
        }
        for flag in ServerFlags.all where !given.contains(flag.name) {
            guard let text = variable(flag.variable), !text.isEmpty else { continue }
            try set(flag, text, source: flag.variable, option: flag.variable)
        }
    }

    private mutating func set(_ flag: ServerFlag, _ text: String, source: String, option: String) throws(FlagError) {
        do throws(FlagProblem) { try flag.read(text, &self) } catch {
            throw FlagError(error.describe(text, of: source, option: option))
        }
    }
}
