package import KTSDBNotify

/// The options of the notifier, as Alertmanager's flags set them.
public struct AlertmanagerOptions: Sendable {
    /// Alertmanager's configuration file; empty for no notifier in this process.
    public var configurationFile = ""
    /// How long silences that are over, and entries of the notification log, are kept.
    public var retention: Duration = .seconds(120 * 3600)
    /// How often what is over is forgotten.
    public var maintenanceInterval: Duration = .seconds(15 * 60)
    /// How often alerts that are over are forgotten.
    public var alertCollectionInterval: Duration = .seconds(30 * 60)
    /// How many alerts of one name there may be; nil for any number.
    public var alertsPerNameLimit: Int?
    /// How many silences there may be, those that are over included; nil for ktsdb's own limit.
    public var silenceCountLimit: Int?
    /// How large a silence may be, in bytes; nil for ktsdb's own limit.
    public var silenceByteLimit: Int?
    /// Whether changes of silences are logged.
    public var logsSilences = false
    /// For how long nothing is sent after a start.
    public var startDelay: Duration = .zero
    /// Where a second listener serves Alertmanager's paths alone; empty for nowhere.
    public var listenAddresses: [ListenAddress] = []
    /// The file with TLS, users and headers of that listener; empty for that of the server.
    public var webConfigurationFile = ""
    /// Where users find the notifier, if not at the server's address; empty means there.
    public var externalURL = ""
    /// The prefix of the paths of the second listener; nil means the path of ``externalURL``.
    public var givenRoutePrefix: String?
    /// How many GET requests may be answered at once; nil means eight, or the number of processors.
    public var readConcurrency: Int?
    /// How long a request may take; zero means any time.
    public var timeout: Duration = .zero
    /// Alertmanager's experimental features.
    public var features = AlertmanagerFeatures()
    /// Flags that were given and do nothing here, with the reason, for the log.
    package var ignored: [String] = []

    /// Creates the defaults of Alertmanager.
    public init() {}

    /// Where the second listener listens first; nil for nowhere.
    public var listenAddress: ListenAddress? {
        get { listenAddresses.first }
        set { listenAddresses = newValue.map { [$0] } ?? [] }
    }

    /// What an operator should know about the flags: those that do nothing, and features that do not exist.
    package var warnings: [String] {
        ignored
            + features.names.filter { !AlertmanagerFeatures.known.contains($0) }.map { name in
                let isKnown = AlertmanagerFeatures.meaningless.contains(name)
                return "--alertmanager.enable-feature=\(name): " + (isKnown ? "it has no meaning here" : "unknown")
            }
    }

    /// The prefix of the paths of the second listener: `/`, or something like `/alerts`.
    package var routePrefix: String { RoutePrefix.of(givenRoutePrefix, url: externalURL) }

    /// How the notifier behaves.
    package var settings: NotifierSettings {
        var settings = NotifierSettings()
        settings.retention = retention
        settings.maintenanceInterval = maintenanceInterval
        settings.alertCollectionInterval = alertCollectionInterval
        settings.alertsPerNameLimit = alertsPerNameLimit
        if let silenceCountLimit { settings.silenceLimits.silenceCountLimit = silenceCountLimit }
        if let silenceByteLimit { settings.silenceLimits.byteLimit = silenceByteLimit }
        return settings
    }
}

/// Alertmanager's experimental features, by name; `enable-feature` of Alertmanager.
public struct AlertmanagerFeatures: Hashable, Sendable {
    /// The names that were given, in order.
    public private(set) var names: [String] = []

    /// Creates a set from lists of names separated by commas.
    public init(_ lists: [String] = []) {
        names = lists.flatMap { $0.split(separator: ",").map(String.init) }.filter { !$0.isEmpty }
    }

    /// Which matchers and names of labels are accepted.
    package var syntax: MatcherSyntax {
        names.contains("classic-mode") ? .classic : names.contains("utf8-strict-mode") ? .utf8 : .fallback
    }

    /// The features that do something here.
    static let known = ["classic-mode", "utf8-strict-mode"]
    /// Features of Alertmanager that have no meaning here.
    static let meaningless = [
        "receiver-name-in-metrics", "alert-names-in-metrics", "auto-gomemlimit", "auto-gomaxprocs", "event-recorder",
    ]
}
