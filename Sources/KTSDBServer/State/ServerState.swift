internal import KTSDBAlerting
package import KTSDBConfiguration
package import KTSDBEngine
package import KTSDBModel
internal import KTSDBRules
package import KTSDBScrape
package import Logging
internal import PromQL
internal import Synchronization

/// The state that all parts of the server share.
package final class ServerState: Sendable {
    /// The parts that exist once the database is open.
    struct Parts: Sendable {
        let database: Database
        let scraping: ScrapeManager
        let rules: RuleEngine
        let sender: AlertmanagerSender
        let notifier: NotifierService?
    }

    /// The outcome of the last reload of the configuration file and the settings.
    struct Reload {
        var succeeded: Bool
        var lastSuccess: Timestamp
    }

    private struct State {
        var parts: Parts?
        var files: LoadedFiles
        var lastReload: Reload
        var activeQueries: ActiveQueries?
        /// The fault that kept data off the disk when the database was closed.
        var unstored: StorageFault?
    }

    let options: ServerOptions
    let logger: Logger
    let paths: ClientPaths
    let started = Timestamp.now
    let corsOrigin: RegularExpression
    /// Counts what the process holds in memory.
    package let memory: MemoryLedger
    let engine: PromQLEngine
    let queries: QueryGate
    /// The reads that run or wait for their turn.
    let reads = RunningReads()
    let queryLog = QueryLog()
    let metrics = ServerMetrics()
    let ruleTemplates = GoRuleTemplates()
    let ruleTimings = RuleTimingSummaries()
    /// What prepares the alerts of rules and offers them to those who notify.
    let alertDispatch = AlertDispatch()
    /// What sends heartbeats, once that has begun.
    let heartbeatSender = Mutex<HeartbeatSender?>(nil)
    /// What the operator should know now, as the API shows it.
    let notices = Notices()
    /// The notifier in this process, for Alertmanager's API.
    package let alertmanager: AlertmanagerHost
    /// The threads on which samples are stored.
    let writers = WorkerThreads()
    /// The threads for all other work that blocks: opening, closing, snapshots, the server's own metrics.
    let workers = WorkerThreads(count: 4)
    package let connections: Connections
    /// Who may use the server.
    package let access: AccessControl
    /// Who may use the listener for clients of Alertmanager.
    package let alertmanagerAccess: AccessControl
    let writeBuffers: WriteBufferPool
    /// What an operator should know about refused samples.
    let refusal = Mutex<String?>(nil)
    /// Ends when the server is asked to stop over HTTP.
    let quitRequests: AsyncStream<Void>
    private let quitting: AsyncStream<Void>.Continuation
    /// Opens when the database is open.
    private let opening = OneTimeGate()
    /// Ends when the database is open and the server listens.
    private let starting: AsyncStream<Void>
    private let startingSteps: AsyncStream<Void>.Continuation
    private let state: Mutex<State>
    /// The sections that ktsdb's own settings may have.
    private let sections: [SettingsSections.Row]

    package init(
        _ options: ServerOptions, _ files: LoadedFiles, sections: [SettingsSections.Row] = SettingsSections.all,
        logger: Logger
    ) throws(RegularExpressionError) {
        self.options = options
        self.sections = sections
        self.logger = logger
        paths = ClientPaths(dataDirectory: options.dataDirectory)
        alertmanager = AlertmanagerHost(
            options.alertmanager, started: started, version: BuildInformation.alertmanagerVersion)
        access = AccessControl(path: options.webConfigurationFile, prefix: options.routePrefix, logger: logger)
        alertmanagerAccess = AccessControl(
            path: options.alertmanagerWebConfigurationFile, prefix: options.alertmanager.routePrefix, logger: logger)
        corsOrigin = try RegularExpression(options.corsOrigin, dotMatchesNewline: true)
        memory = MemoryLedger(limit: options.memoryLimit)
        writeBuffers = WriteBufferPool(memory)
        var engineOptions = options.engineOptions
        engineOptions.memory = memory
        engine = PromQLEngine(engineOptions)
        queries = QueryGate(limit: options.queryMaximumConcurrency)
        var limits = options.connectionLimits
        limits.maximum = Descriptors.now.connections(wanted: limits.maximum)
        connections = Connections(limits) { [engine] in
            guard let limit = options.queryMaximumBytes, let used = engine.bytesInUse else { return false }
            return used > limit / 4 * 3
        }
        (quitRequests, quitting) = AsyncStream.makeStream()
        (starting, startingSteps) = AsyncStream.makeStream()
        let loaded = Reload(succeeded: true, lastSuccess: .now)
        state = Mutex(State(files: files, lastReload: loaded))
        openQueryLog(files.configuration)
    }

    // MARK: Readiness

    /// The parts that need the database, once they exist.
    var ready: Parts {
        get throws(PlainError) {
            guard let parts = state.withLock({ $0.parts }) else { throw .starting }
            return parts
        }
    }

    /// Lets requests in.
    package func becomeReady(_ database: Database, _ scraping: ScrapeManager) {
        let rules = RuleEngine(database, options: ruleOptions, clock: options.ruleClock, sink: alertDispatch)
        let notifier = files.notifier.map { makeNotifier($0, database) }
        let parts = Parts(
            database: database, scraping: scraping, rules: rules,
            sender: AlertmanagerSender(
                options.sending, logger: logger, sources: scraping.surroundings(for: .notify)), notifier: notifier)
        alertmanager.serve(notifier)
        state.withLock { $0.parts = parts }
        opening.open()
        startingSteps.yield()
    }

    /// Notes that the server listens. Most requests are still refused until the database is open.
    func noteListening() { startingSteps.yield() }

    /// Returns true when the database is open and the server listens, and false if the task is cancelled before. For
    /// one caller.
    func whenStarted() async -> Bool {
        var steps = 0
        for await _ in starting {
            steps += 1
            if steps == 2 { return true }
        }
        return false
    }

    /// Waits until the parts exist and returns the same as ``ready``. Cancellation ends the wait with an error.
    var whenReady: Parts {
        get async throws {
            await opening.wait()
            return try ready
        }
    }

    /// Refuses requests, because the database is about to close.
    func becomeUnready() { state.withLock { $0.parts = nil } }

    // MARK: Configuration

    /// The configuration in use.
    var configuration: Configuration { files.configuration }

    /// What was read from files.
    var files: LoadedFiles { state.withLock { $0.files } }

    /// ktsdb's own settings in use.
    package var settings: Settings { files.settings }

    /// How many exemplars may be in memory: none without the feature, otherwise what the configuration says, or 100,000
    /// as in Prometheus.
    var exemplarLimit: Int { options.features.storesExemplars ? configuration.maximumExemplars ?? 100_000 : 0 }

    /// The outcome of the last reload of the configuration file and the settings.
    var lastReload: Reload { state.withLock { $0.lastReload } }

    /// Loads all files again and applies them; if one is invalid, everything stays as it was.
    package func reload() async throws(ConfigurationError) {
        do throws(ConfigurationError) {
            let files = try await workers.run { [self] () throws(ConfigurationError) in
                try LoadedFiles(options, sections: sections)
            }
            let access = try await workers.run { [self] () throws(ConfigurationError) in
                try AccessChange(reading: files.settings, of: self)
            }
            if let parts = state.withLock({ $0.parts }) { try await load(files, into: parts) }
            access.apply()
            let parts = state.withLock { state in
                state.files = files
                state.lastReload = Reload(succeeded: true, lastSuccess: .now)
                return state.parts
            }
            await apply(files, to: parts)
            notices.remove(.reloadFailed)
            noteLoaded(files)
        } catch {
            let notifier = state.withLock { state in
                state.lastReload.succeeded = false
                return state.parts?.notifier
            }
            await notifier?.noteRefusedReload()
            notices.add(.reloadFailed)
            logger.error("configuration not loaded; the old one stays in use", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func apply(_ files: LoadedFiles, to parts: Parts?) async {
        await workers.run { [self] in openQueryLog(files.configuration) }
        guard let parts else { return }
        parts.database.setExemplarLimit(exemplarLimit)
        parts.database.setOutOfOrderWindow(configuration.outOfOrderWindow)
        await applyRetention(to: parts.database)
        await applyRollups(to: parts.database)
        let limits = files.settings[SeriesLimitSettings.self].effective
        await workers.run { parts.database.setSeriesLimits(limits) }
        await parts.scraping.apply(files.configuration)
        await apply(files.configuration, to: parts.sender)
        if let notifier = files.notifier { await parts.notifier?.reload(notifier) }
        await heartbeatSender.withLock { $0 }?.wake()
    }

    /// Opens the query log that the configuration names, even if it is the same one: it may have been moved away.
    private func openQueryLog(_ configuration: Configuration) {
        let path = configuration.global.queryLogFile
        guard let reason = queryLog.open(path) else { return }
        logger.error(
            "cannot open the query log; queries run without it",
            metadata: ["file": "\(path ?? "")", "error": "\(reason)"])
    }

    // MARK: Running queries

    /// The list of running queries, once its directory exists.
    var activeQueries: ActiveQueries? { state.withLock { $0.activeQueries } }

    /// Lists running queries in `directory` from now on, and logs those that the last process did not finish.
    package func listActiveQueries(in directory: String) {
        guard let list = ActiveQueries(directory: directory, limit: options.queryMaximumConcurrency) else {
            return logger.error("cannot write the list of running queries", metadata: ["directory": "\(directory)"])
        }
        if let unfinished = list.unfinished {
            logger.info("These queries didn't finish in the last run:", metadata: ["queries": "\(unfinished)"])
        }
        state.withLock { $0.activeQueries = list }
    }

    // MARK: Storage

    /// Why samples cannot be stored at the moment; nil if they can, or if there is no database.
    /// What keeps samples from being stored because the disk is full; nil while it has room.
    var diskConcern: String? {
        guard let database = state.withLock({ $0.parts })?.database, database.isDiskFull else { return nil }
        return "the disk is full: samples are not stored until there is room, and queries are answered"
    }

    /// Why nothing can be stored; nil when it can.
    var storageFault: StorageFault? { state.withLock { $0.parts }?.database.storageFault }

    /// Logs an event of the database.
    func report(_ event: DatabaseEvent) {
        switch event {
        case .storageRestored: logger.info("\(event)")
        case .diskFull:
            notices.add(.diskFull)
            logger.error("\(event)")
        case .diskHasRoom:
            notices.remove(.diskFull)
            logger.info("\(event)")
        case .deletionMadeFinal: logger.warning("\(event)")
        default: logger.error("\(event)")
        }
    }

    /// Closes the database.
    func close(_ database: Database) {
        do throws(StorageFault) {
            try database.close()
            logger.info("database closed")
        } catch {
            state.withLock { $0.unstored = error }
            logger.error("database closed, and the last samples may be lost", metadata: ["error": "\(error)"])
        }
    }

    /// Why the last samples were not on the disk when the database was closed; nil when they were.
    var unstored: StorageFault? { state.withLock { $0.unstored } }

    // MARK: Stopping

    /// Ends all queries and reads that run or wait, and refuses new ones, so that a stopping server does not wait for
    /// them.
    package func stopReads() {
        queries.close()
        reads.cancelAll()
    }

    /// Asks the server to stop, as SIGTERM does.
    func quit() { quitting.finish() }

    // MARK: Reports

    /// Logs what was found when the database was opened.
    func report(_ recovery: RecoveryReport) {
        let level: Logger.Level = recovery.foundDamage ? .warning : .info
        logger.log(level: level, "database opened", metadata: ["recovery": "\(recovery)"])
    }

    /// The host's name as other machines know it.
    var hostName: String { ProcessStatistics.hostName }
}
