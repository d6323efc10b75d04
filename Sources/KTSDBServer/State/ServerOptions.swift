public import KTSDBEngine
public import KTSDBModel
package import KTSDBRules
package import KTSDBScrape
public import Logging
public import PromQL

/// The options of the server, as the command's flags set them.
public struct ServerOptions: Sendable {
    /// The configuration file.
    public var configurationFile = "prometheus.yml"
    /// The file of ktsdb's own settings; empty for none.
    public var settingsFile = ""
    /// The database's directory.
    public var dataDirectory = "data/"
    /// How long samples are kept; zero means 15 days, or no limit if ``retentionBytes`` is set.
    public var retentionTime: Duration = .zero
    /// How many bytes the database may take; nil for no limit.
    public var retentionBytes: Int?
    /// How long a deletion can be undone.
    public var deletionUndoPeriod: Duration = .seconds(86_400)
    /// How many bytes are reserved on the disk, to be used when it is full; at most a hundredth of the disk.
    public var diskReserveBytes = 64 << 20
    /// How many bytes a second are read in the background to find damage; 0 for none.
    public var scrubBytesPerSecond = 4 << 20
    /// How long after the beginning of one pass of that over all files the next one begins.
    public var scrubInterval: Duration = .seconds(7 * 86_400)
    /// What an acknowledged sample survives.
    public var durability: Durability = .interval(.seconds(1))
    /// How many labels a series may have, and how long they may be.
    public var labelLimits = LabelLimits.standard
    /// How many series may be in memory; nil means no limit.
    public var seriesLimit: Int?
    /// Where the server listens, as far as flags say; empty for ``ListenAddress/standard``.
    public var listenAddresses: [ListenAddress] = []
    /// The file with TLS, users and headers; empty for none.
    public var webConfigurationFile = ""
    /// Where clients find the server, if not at its address; empty means `http://HOST:PORT/`.
    public var externalURL = ""
    /// The prefix of all paths; nil means the path of ``externalURL``.
    public var givenRoutePrefix: String?
    /// Whether `/-/reload` and `/-/quit` may be used.
    public var enablesLifecycle = false
    /// Whether `/api/v1/write` may be used.
    public var enablesRemoteWriteReceiver = false
    /// Whether `/api/v1/admin` may be used.
    public var enablesAdminAPI = false
    /// The origins whose web pages may use the API: a pattern for the whole origin.
    public var corsOrigin = ".*"
    /// The limits of connections.
    package var connectionLimits = ConnectionLimits()
    /// How long a query may take, waiting included.
    public var queryTimeout: Duration = .seconds(120)
    /// How many samples a query may hold in memory at one time.
    public var queryMaximumSamples = 50_000_000
    /// How many bytes all queries and their answers may hold together; nil means no limit. By default, half of the
    /// memory that the process may use.
    public var queryMaximumBytes: Int? = AvailableMemory.bytes / 2
    /// Whether queries fail that need damaged data; otherwise they are answered without it, with a warning.
    public var failsQueriesOnDamage = false
    /// What queries use rollups for.
    public var queryRollups = RollupUse.exact
    /// How many bytes the process may hold; nil means no limit. By default, nine tenths of the memory that it may use.
    public var memoryLimit: Int? = AvailableMemory.bytes / 10 * 9
    /// How far back an instant selector looks.
    public var queryLookback: Duration = .seconds(300)
    /// How many queries may run at once.
    public var queryMaximumConcurrency = 20
    /// How old the last `ALERTS_FOR_STATE` of an alert may be to be restored from it after a start.
    public var ruleOutageTolerance: Duration = .seconds(3600)
    /// The shortest `for` whose alerts are restored from `ALERTS_FOR_STATE`, and how long they wait at least.
    public var ruleGracePeriod: Duration = .seconds(600)
    /// An alert is sent again when more than this has passed.
    public var ruleResendDelay: Duration = .seconds(60)
    /// How many rules of a group may be evaluated at once, with the feature `concurrent-rule-eval`.
    public var ruleMaximumConcurrency = 4
    /// The notifier in this process.
    public var alertmanager = AlertmanagerOptions()
    /// How many alerts can wait for an Alertmanager.
    public var notificationQueueCapacity = 10_000
    /// How many alerts are sent to an Alertmanager in one request.
    public var notificationBatchSize = 256
    /// Whether alerts that wait are sent before the server ends.
    public var drainsNotificationQueue = true
    /// Whether the files are read again when they change.
    public var reloadsFiles = false
    /// How often the server looks whether files have changed.
    public var reloadInterval: Duration = .seconds(30)
    /// The highest `limit` of a search; nil for any.
    public var searchLimit: Int? = 10_000
    /// Flags of Prometheus that were given and do nothing here, with the reason, for the log.
    package var ignoredFlags: [String] = []
    /// Features beyond the stable language and behaviour.
    public var features = Features()
    /// The lowest level that is logged.
    public var logLevel: Logger.Level = .info
    /// The format of the log.
    public var logFormat: LogLineFormat = .logfmt

    /// Returns the time that ``queryTimeout`` is measured by; nil means the system's clock.
    package var queryClock: (@Sendable () -> ContinuousClock.Instant)?

    /// The time by which rules are evaluated.
    package var ruleClock = RuleClock()

    /// Creates the defaults of the flags: those of Prometheus, where it has them.
    public init() {}

    /// What is kept of samples: each limit is that of the configuration's section, or else that of the flag; 15 days
    /// without any limit, as in Prometheus.
    package func retention(_ section: RetentionSettings? = nil) -> RetentionSettings {
        var settings = section ?? RetentionSettings()
        settings.time = settings.time ?? (retentionTime > .zero ? retentionTime : nil)
        settings.size = settings.size ?? retentionBytes
        if settings == RetentionSettings() { settings.time = .seconds(15 * 86_400) }
        return settings
    }

    /// The prefix of all paths: `/`, or something like `/prometheus`, with a slash at its beginning and none at its
    /// end.
    public var routePrefix: String { RoutePrefix.of(givenRoutePrefix, url: externalURL) }

    /// The path that browsers see before those of pages: that of ``externalURL``, or the route prefix. `/` or, for
    /// example, `/prometheus`.
    var externalPath: String { externalURL.isEmpty ? routePrefix : RoutePrefix.of(nil, url: externalURL) }

    /// What an operator should know about flags that do nothing.
    package var warnings: [String] { ignoredFlags + alertmanager.warnings }

    /// Where the server listens first, and how it is found if nothing else is said.
    public var listenAddress: ListenAddress {
        get { listenAddresses.first ?? .standard }
        set { listenAddresses = [newValue] }
    }

    /// The file with TLS, users and headers of the listener for clients of Alertmanager.
    var alertmanagerWebConfigurationFile: String {
        alertmanager.webConfigurationFile.isEmpty ? webConfigurationFile : alertmanager.webConfigurationFile
    }

    /// The options of the query engine.
    var engineOptions: EngineOptions {
        var engine = EngineOptions()
        engine.lookback = queryLookback
        engine.maximumSamples = queryMaximumSamples
        engine.failsOnDamage = failsQueriesOnDamage
        engine.rollups = queryRollups
        engine.timeout = queryTimeout
        engine.maximumBytesOfAllQueries = queryMaximumBytes
        if let queryClock { engine.clock = queryClock }
        features.apply(to: &engine)
        return engine
    }

    /// How many connections may be open; fewer if the system does not allow that many.
    public var maximumConnections: Int {
        get { connectionLimits.maximum }
        set { connectionLimits.maximum = newValue }
    }

    /// How long a request may take to arrive, and a connection may wait for the next.
    public var readTimeout: Duration {
        get { connectionLimits.readTimeout }
        set { connectionLimits.readTimeout = newValue }
    }
}
