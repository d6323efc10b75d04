internal import ArgumentParser
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBServer
internal import Logging

/// Runs the server; the flags are those of Prometheus.
struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Run the server (what `ktsdb` does when no subcommand is given).",
        usage: "ktsdb [server] [<flags>]", discussion: "Flags may be written --flag=value or --flag value.")

    @Option(name: .customLong("config.file"), help: "The configuration file.")
    var configurationFile = "prometheus.yml"

    @Option(name: .customLong("storage.tsdb.path"), help: "The directory of the data.")
    var dataDirectory = "data/"

    @Option(
        name: .customLong("storage.tsdb.retention.time"),
        help: "How long samples are kept, such as 30d; 0 means 15d.", transform: FlagDuration.init)
    var retention = FlagDuration("0s", .zero)

    @Option(
        name: .customLong("storage.durability"),
        help: """
            What an acknowledged sample survives: buffered (the end of the process), interval (also a power cut, but for \
            the last second), durable (everything).
            """)
    var durability = FlagDurability.interval

    @Option(
        name: .customLong("storage.limit.labels-per-series"),
        help: "How many labels a series may have; 0 or none for no limit.", transform: FlagLimit.init(count:))
    var labelsPerSeries = FlagLimit(LabelLimits.standard.labelsPerSeries)

    @Option(
        name: .customLong("storage.limit.label-name-bytes"),
        help: "How long a label's name may be, such as 1KiB; 0 or none for no limit.",
        transform: FlagLimit.init(bytes:))
    var labelNameBytes = FlagLimit(LabelLimits.standard.nameBytes)

    @Option(
        name: .customLong("storage.limit.label-value-bytes"),
        help: "How long a label's value may be, such as 16KiB; 0 or none for no limit.",
        transform: FlagLimit.init(bytes:))
    var labelValueBytes = FlagLimit(LabelLimits.standard.valueBytes)

    @Option(
        name: .customLong("storage.limit.series-label-bytes"),
        help: "How long all names and values of a series may be together, such as 64KiB; 0 or none for no limit.",
        transform: FlagLimit.init(bytes:))
    var seriesLabelBytes = FlagLimit(LabelLimits.standard.seriesBytes)

    @Option(name: .customLong("web.listen-address"), help: "HOST:PORT or :PORT.", transform: FlagAddress.init)
    var listenAddress = FlagAddress(.init(host: "0.0.0.0", port: 9090))

    @Option(
        name: .customLong("web.max-connections"),
        help: "How many connections may be open; fewer if `ulimit -n` does not allow that many besides files.")
    var maximumConnections = 512

    @Option(
        name: .customLong("web.read-timeout"),
        help: "How long a request may take to arrive, and a connection may wait for the next.",
        transform: FlagDuration.init)
    var readTimeout = FlagDuration("5m", .seconds(300))

    @Option(name: .customLong("web.external-url"), help: "Where clients find the server; its path is the route prefix.")
    var externalURL = ""

    @Option(name: .customLong("web.route-prefix"), help: "What all paths begin with.")
    var routePrefix: String?

    @Flag(
        name: .customLong("web.enable-lifecycle"), inversion: .prefixedNo, help: "Allow /-/reload and /-/quit.")
    var enablesLifecycle = false

    @Flag(
        name: .customLong("web.enable-remote-write-receiver"), inversion: .prefixedNo, help: "Allow /api/v1/write.")
    var enablesRemoteWriteReceiver = false

    @Flag(name: .customLong("web.enable-admin-api"), inversion: .prefixedNo, help: "Allow /api/v1/admin.")
    var enablesAdminAPI = false

    @Option(name: .customLong("web.cors.origin"), help: "A pattern for the origins of web pages that may use the API.")
    var corsOrigin = ".*"

    @Option(name: .customLong("query.timeout"), help: "How long a query may take.", transform: FlagDuration.init)
    var queryTimeout = FlagDuration("2m", .seconds(120))

    @Option(name: .customLong("query.max-samples"), help: "How many samples a query may hold in memory.")
    var queryMaximumSamples = 50_000_000

    @Option(
        name: .customLong("query.lookback-delta"), help: "How far back an instant selector looks.",
        transform: FlagDuration.init)
    var queryLookback = FlagDuration("5m", .seconds(300))

    @Option(name: .customLong("query.max-concurrency"), help: "How many queries may run at once.")
    var queryMaximumConcurrency = 20

    @Option(
        name: .customLong("query.max-memory"),
        help: """
            How much memory all queries and their answers may hold together, such as 2GB; 0 for no limit. Default: half of \
            the machine's, or of what a control group allows.
            """, transform: FlagSize.init)
    var queryMaximumMemory: FlagSize?

    @Option(
        name: .customLong("enable-feature"),
        help: ArgumentHelp(
            "Features to switch on, separated by commas; may be repeated.",
            discussion: Features.known.joined(separator: ", ") + "."
        ))
    var enabledFeatures: [String] = []

    @Option(name: .customLong("log.level"), help: "The least level that is logged: debug, info, warn or error.")
    var logLevel = FlagLogLevel.info

    @Option(name: .customLong("log.format"), help: "logfmt or json.")
    var logFormat = FlagLogFormat.logfmt

    func validate() throws {
        guard maximumConnections > 0 else { throw ValidationError("--web.max-connections must be more than 0") }
        guard readTimeout.value > .zero else { throw ValidationError("--web.read-timeout must be more than 0") }
        guard queryTimeout.value > .zero else { throw ValidationError("--query.timeout must be more than 0") }
        guard queryLookback.value > .zero else { throw ValidationError("--query.lookback-delta must be more than 0") }
        guard queryMaximumSamples > 0 else { throw ValidationError("--query.max-samples must be more than 0") }
        guard queryMaximumConcurrency > 0 else { throw ValidationError("--query.max-concurrency must be more than 0") }
    }

    func run() async throws {
        let options = options
        let log = StartLog()
        let handler = LineLogHandler(format: options.logFormat, level: options.logLevel, start: log)
        LoggingSystem.bootstrap { _ in handler }
        let logger = Logger(label: "ktsdb")
        logger.info("starting ktsdb", metadata: ["version": "\(BuildInformation.version)"])
        for name in options.features.unknown {
            logger.warning("unknown option for --enable-feature", metadata: ["option": "\(name)"])
        }
        if try await Server(options, logger: logger, log: log).run() == .unstored { throw ExitCode(Self.unstoredCode) }
    }

    /// The exit code of a server that was stopped while it could not store anything.
    private static let unstoredCode: Int32 = 4

    private var options: ServerOptions {
        var options = ServerOptions()
        options.configurationFile = configurationFile
        options.dataDirectory = dataDirectory
        if retention.value > .zero { options.retention = retention.value }
        options.durability = durability.value
        options.labelLimits = LabelLimits(
            labelsPerSeries: labelsPerSeries.value, nameBytes: labelNameBytes.value, valueBytes: labelValueBytes.value,
            seriesBytes: seriesLabelBytes.value)
        options.listenAddress = listenAddress.value
        options.maximumConnections = maximumConnections
        options.readTimeout = readTimeout.value
        options.externalURL = externalURL
        options.routePrefix = Self.prefix(routePrefix ?? Self.path(of: externalURL))
        options.enablesLifecycle = enablesLifecycle
        options.enablesRemoteWriteReceiver = enablesRemoteWriteReceiver
        options.enablesAdminAPI = enablesAdminAPI
        options.corsOrigin = corsOrigin
        options.queryTimeout = queryTimeout.value
        options.queryMaximumSamples = queryMaximumSamples
        let memory = queryMaximumMemory ?? .halfOfMemory
        options.queryMaximumBytes = memory.bytes > 0 ? memory.bytes : nil
        options.queryLookback = queryLookback.value
        options.queryMaximumConcurrency = queryMaximumConcurrency
        options.features = Features(enabledFeatures)
        options.logLevel = logLevel.value
        options.logFormat = logFormat.value
        options.flags = flags
        return options
    }

    /// All flags as `/api/v1/status/flags` shows them.
    private var flags: [String: String] {
        [
            "config.file": configurationFile, "storage.tsdb.path": dataDirectory,
            "storage.tsdb.retention.time": retention.text, "storage.durability": durability.rawValue,
            "storage.limit.labels-per-series": labelsPerSeries.text,
            "storage.limit.label-name-bytes": labelNameBytes.text,
            "storage.limit.label-value-bytes": labelValueBytes.text,
            "storage.limit.series-label-bytes": seriesLabelBytes.text, "web.listen-address": "\(listenAddress.value)",
            "web.external-url": externalURL,
            "web.max-connections": "\(maximumConnections)", "web.read-timeout": readTimeout.text,
            "web.route-prefix": Self.prefix(routePrefix ?? Self.path(of: externalURL)),
            "web.enable-lifecycle": "\(enablesLifecycle)",
            "web.enable-remote-write-receiver": "\(enablesRemoteWriteReceiver)",
            "web.enable-admin-api": "\(enablesAdminAPI)", "web.cors.origin": corsOrigin,
            "query.timeout": queryTimeout.text, "query.max-samples": "\(queryMaximumSamples)",
            "query.lookback-delta": queryLookback.text, "query.max-concurrency": "\(queryMaximumConcurrency)",
            "query.max-memory": (queryMaximumMemory ?? .halfOfMemory).text,
            "enable-feature": enabledFeatures.joined(separator: ","), "log.level": logLevel.rawValue,
            "log.format": logFormat.rawValue,
        ]
    }

    /// The path of a URL such as `http://example.org/metrics/`.
    private static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url.hasPrefix("/") ? url : "/" }
        return url[scheme.upperBound...].firstIndex(of: "/").map { String(url[$0...]) } ?? "/"
    }

    /// `text` with one slash at its beginning and none at its end; `/` for nothing.
    private static func prefix(_ text: String) -> String { "/" + text.split(separator: "/").joined(separator: "/") }
}
