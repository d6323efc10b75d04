internal import CLibrary
internal import KTSDBConfiguration
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
public import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// The whole server: database, scraping and HTTP.
///
/// ```swift
/// try await Server(options, logger: logger, log: log).run()   // until SIGTERM or SIGINT
/// ```
public struct Server: Sendable {
    private let state: ServerState
    private let log: StartLog

    /// How long running requests may continue after a request to stop; containers are killed after ten seconds.
    private static let patience: Duration = .seconds(8)

    /// Reads the configuration file and ktsdb's own settings. `log` is where the logger's lines go; it releases them
    /// when the server runs.
    /// - Throws: ``StartError`` if they are invalid; nothing was changed then.
    public init(_ options: ServerOptions, logger: Logger, log: StartLog) throws(StartError) {
        self.log = log
        // Connections count against the limit of open files.
        ProcessStatistics.raiseFileLimit()
        HeapMemory.limitArenas(to: max(2, ProcessStatistics.processors))
        do throws(ConfigurationError) {
            state = try Self.state(options, try LoadedFiles(options), logger)
        } catch {
            throw StartError("\(error)")
        }
    }

    private static func state(
        _ options: ServerOptions, _ files: LoadedFiles, _ logger: Logger
    ) throws(ConfigurationError) -> ServerState {
        let state: ServerState
        do throws(RegularExpressionError) { state = try ServerState(options, files, logger: logger) } catch {
            throw ConfigurationError(file: "--web.cors.origin", line: nil, reason: "\(error)")
        }
        try state.loadAccess(files.settings)
        state.noteLoaded(files)
        return state
    }

    /// The state in which a stopped server left its data.
    public enum End: Hashable, Sendable {
        /// All acknowledged data is on the disk.
        case stored
        /// The data directory was missing, was a different one, or could not be written: the last samples may be lost.
        case unstored
    }

    /// Runs until SIGTERM or SIGINT, and then stops rules and scraping, finishes requests and closes the database, in
    /// this order.
    ///
    /// - Returns: The state in which the data was left.
    /// - Throws: ``StartError`` when the server cannot start.
    @discardableResult
    public func run() async throws(StartError) -> End {
        // The reader of the log, or a client, may go away at any time.
        _ = signal(SIGPIPE, SIG_IGN)
        try Descriptors.check()
        Descriptors.reserve()
        let manager = ServiceManager()
        let quit = ServiceGroupConfiguration.ServiceConfiguration(
            service: QuitService(state: state, manager: manager), successTerminationBehavior: .gracefullyShutdownGroup)
        // They are stopped from the last to the first.
        let services: [any Service] =
            [StartService(state: state, log: log, manager: manager), DatabaseService(state: state), listener]
            + alertmanagerListener
            + [
                ReloadService(state: state, manager: manager), AutoReloadService(state: state),
                NotifyingService(state: state),
                AlertSendingService(state: state),
                ScrapeService(state: state), RuleService(state: state), HeartbeatService(state: state),
            ]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) } + [quit], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quietLogger)
        configuration.maximumGracefulShutdownDuration = Self.patience
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            throw StartError(describe(error))
        }
        log.release()
        guard state.unstored == nil else { return .unstored }
        state.logger.info("See you next time!")
        return .stored
    }

    private var listener: Listener {
        Listener(state) { [state] addresses in
            let allowed = state.connections.limits.maximum
            if allowed < state.options.maximumConnections {
                state.logger.warning(
                    "the limit of open files (ulimit -n) allows fewer connections than --web.max-connections",
                    metadata: ["connections": "\(allowed)"])
            }
            for address in addresses { state.report(address, state.access, "listening") }
            state.noteListening()
        }
    }

    /// The listener for clients that expect an Alertmanager at a port of its own, if there is one.
    private var alertmanagerListener: [any Service] {
        let addresses = state.options.alertmanager.listenAddresses
        guard !addresses.isEmpty else { return [] }
        let listener = Listener.alertmanager(state, at: addresses) { [state] addresses in
            for address in addresses {
                state.report(address, state.alertmanagerAccess, "listening for clients of Alertmanager")
            }
        }
        return [listener]
    }

    /// A logger for the frameworks. Their messages are about their internals; only warnings matter to an operator.
    private var quietLogger: Logger {
        var logger = state.logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func describe(_ error: any Error) -> String {
        switch error {
        case let error as OpenError: error.description
        default: "\(error)"
        }
    }
}

extension ServerState {
    /// Logs that a listener serves, and how.
    fileprivate func report(_ address: ListenAddress, _ access: AccessControl, _ text: String) {
        logger.info(
            "\(text)",
            metadata: [
                "address": "\(address)", "tls": "\(access.usesTLS)", "credentials": "\(access.needsCredentials)",
            ])
    }
}
