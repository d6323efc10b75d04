internal import KTSDBNotify

/// Alertmanager's flags, with `alertmanager.` before their names. A flag whose name Prometheus does not have can also
/// be given by its own name.
enum AlertmanagerFlags {
    /// The beginning of the names.
    static let prefix = "alertmanager."

    /// The flags that have an effect.
    static let served: [ServerFlag] = [
        ServerFlag(
            "alertmanager.config.file", \.alertmanager.configurationFile, .path,
            "Alertmanager's configuration file: routes, receivers, inhibition. With it, this process notifies. Reloaded "
                + "with the configuration file."),
        ServerFlag(
            "alertmanager.data.retention", \.alertmanager.retention, .goDuration,
            "How long silences that are over and the log of notifications are kept."),
        ServerFlag(
            "alertmanager.data.maintenance-interval", \.alertmanager.maintenanceInterval, .positiveGoDuration,
            "How often silences and entries of the log are forgotten whose time is over."),
        ServerFlag(
            "alertmanager.alerts.gc-interval", \.alertmanager.alertCollectionInterval, .positiveGoDuration,
            "How often alerts are forgotten that are over."),
        ServerFlag(
            "alertmanager.alerts.per-alertname-limit", \.alertmanager.alertsPerNameLimit, .limit,
            "How many alerts of one name are taken; 0 or none for no limit."),
        ServerFlag(
            "alertmanager.silences.max-silences", \.alertmanager.silenceCountLimit, .limit,
            default: "\(Silences.Limits().silenceCountLimit)",
            "How many silences there may be, those that are over included; 0 for the default."),
        ServerFlag(
            "alertmanager.silences.max-silence-size-bytes", \.alertmanager.silenceByteLimit, .byteLimit,
            default: "\(Silences.Limits().byteLimit)", "How large a silence may be; 0 for the default."),
        ServerFlag(
            "alertmanager.log.silences", \.alertmanager.logsSilences, .toggle,
            "Log a line for every silence that is created, changed or ended."),
        ServerFlag(
            "alertmanager.dispatch.start-delay", \.alertmanager.startDelay, .goDuration,
            "For how long nothing is sent after a start, so that alerts that inhibit others can arrive."),
        ServerFlag(
            "alertmanager.web.listen-address", \.alertmanager.listenAddresses, .addresses,
            "Where to serve Alertmanager's paths a second time, for clients that expect port 9093: HOST:PORT, :PORT or "
                + "unix:PATH; may be repeated. Without it, they are served with the others alone."),
        ServerFlag(
            "alertmanager.web.config.file", \.alertmanager.webConfigurationFile, .path,
            default: "that of `--web.config.file`",
            "The file with TLS, users and headers of `--alertmanager.web.listen-address`."),
        ServerFlag(
            "alertmanager.web.external-url", \.alertmanager.externalURL, .url,
            "Where users find the notifier, for links in notifications; by default `--web.external-url`."),
        ServerFlag(
            "alertmanager.web.route-prefix", \.alertmanager.givenRoutePrefix, .prefix,
            default: "the path of `--alertmanager.web.external-url`", shown: { $0.alertmanager.routePrefix },
            "What all paths of `--alertmanager.web.listen-address` begin with."),
        ServerFlag(
            "alertmanager.web.get-concurrency", \.alertmanager.readConcurrency, .limit,
            default: "8, or the number of processors",
            "How many GET requests of Alertmanager's API are answered at once; others are refused with 503."),
        ServerFlag(
            "alertmanager.web.timeout", \.alertmanager.timeout, .goDuration,
            "How long a request of Alertmanager's API may take; 0 for any time."),
        ServerFlag(
            "alertmanager.enable-feature", \.alertmanager.features, .alertmanagerFeatures,
            "Features of Alertmanager to switch on, separated by commas: "
                + AlertmanagerFeatures.known.map { "`\($0)`" }.joined(separator: ", ") + "."),
    ]

    /// Flags of Alertmanager that are accepted and do nothing, with the reason.
    static let ignored: [(name: String, reason: String)] =
        [
            ("storage.path", "the notifier's state is in the database, at --storage.tsdb.path"),
            ("dispatch.maintenance-interval", "groups end with the flush that leaves them empty"),
            ("auto-gomemlimit.ratio", "there is no garbage collector to set up"),
            ("log.level", "the process has one log: see --log.level"),
            ("log.format", "the process has one log: see --log.format"),
        ]
        + [
            "listen-address", "advertise-address", "peer-name", "peer-timeout", "peers-resolve-timeout",
            "gossip-interval", "pushpull-interval", "tcp-timeout", "probe-timeout", "probe-interval", "settle-timeout",
            "reconnect-interval", "reconnect-timeout", "tls-config",
            "allow-insecure-public-advertise-address-discovery",
            "label",
        ].map { ("cluster." + $0, "there is no cluster") }
        + [("cluster.peer", "there is no cluster: a second notifier sends the same notifications again")]

    /// The names in ``ignored`` that are switches.
    static let ignoredSwitches: Set = ["cluster.allow-insecure-public-advertise-address-discovery"]

    /// Flags of Alertmanager that are refused, with what to do.
    static let refused: [(name: String, reason: String)] = [
        ("web.systemd-socket", "sockets of systemd are not taken over; give an address with web.listen-address")
    ]

    /// The current names of Alertmanager's flags by their older names.
    private static let older = ["silences.max-per-silence-bytes": "silences.max-silence-size-bytes"]

    /// Returns the name with its prefix of a flag of Alertmanager, given with or without the prefix; nil if
    /// Alertmanager does not have the flag. It does not look at Prometheus' flags, which take precedence: the caller
    /// does.
    static func fullName(_ name: String) -> String? {
        let own = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        let current = older[own] ?? own
        let isKnown =
            served.contains { $0.name == prefix + current } || ignored.contains { $0.name == current }
            || refused.contains { $0.name == current }
        return isKnown ? prefix + current : nil
    }
}
