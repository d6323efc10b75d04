package import KTSDB
package import KTSDBModel
package import KTSDBScrape
package import Logging
internal import PromQL
internal import Synchronization

/// What all parts of the server share.
package final class ServerState: Sendable {
    /// What there is once the database is open.
    struct Parts: Sendable {
        let database: Database
        let scraping: ScrapeManager
    }

    /// What became of the configuration file when it was last read.
    struct Reload {
        var succeeded: Bool
        var lastSuccess: Timestamp
    }

    private struct State {
        var parts: Parts?
        var configuration: Configuration
        var lastReload: Reload
    }

    let options: ServerOptions
    let logger: Logger
    let started = Timestamp.now
    let corsOrigin: RegularExpression
    let engine: PromQLEngine
    let queries: QueryGate
    let metrics = ServerMetrics()
    let workers = WorkerThreads()
    let writeBuffers = WriteBufferPool()
    /// Ends when the server is asked to stop over HTTP.
    let quitRequests: AsyncStream<Void>
    private let quitting: AsyncStream<Void>.Continuation
    private let opening: AsyncStream<Void>
    private let opened: AsyncStream<Void>.Continuation
    private let state: Mutex<State>

    package init(
        _ options: ServerOptions, configuration: Configuration, logger: Logger
    ) throws(RegularExpressionError) {
        self.options = options
        self.logger = logger
        corsOrigin = try RegularExpression(options.corsOrigin, dotMatchesNewline: true)
        var engineOptions = EngineOptions()
        engineOptions.lookback = options.queryLookback
        engineOptions.maximumSamples = options.queryMaximumSamples
        engineOptions.timeout = options.queryTimeout
        options.features.apply(to: &engineOptions)
        engine = PromQLEngine(engineOptions)
        queries = QueryGate(limit: options.queryMaximumConcurrency)
        (quitRequests, quitting) = AsyncStream.makeStream()
        (opening, opened) = AsyncStream.makeStream()
        let loaded = Reload(succeeded: true, lastSuccess: .now)
        state = Mutex(State(configuration: configuration, lastReload: loaded))
    }

    // MARK: Readiness

    /// The database and the scrape manager, once they are there.
    var ready: Parts {
        get throws(PlainError) {
            guard let parts = state.withLock({ $0.parts }) else { throw .starting }
            return parts
        }
    }

    /// Lets requests in.
    package func becomeReady(_ database: Database, _ scraping: ScrapeManager) {
        state.withLock { $0.parts = Parts(database: database, scraping: scraping) }
        opened.finish()
    }

    /// The same as ``ready``, after a wait until they are there; for one caller. Cancelling ends the wait with an error.
    var whenReady: Parts {
        get async throws {
            for await _ in opening {}
            return try ready
        }
    }

    /// Refuses requests, as the database is about to close.
    func becomeUnready() { state.withLock { $0.parts = nil } }

    // MARK: Configuration

    /// The configuration in use.
    var configuration: Configuration { state.withLock { $0.configuration } }

    /// What became of the configuration file when it was last read.
    var lastReload: Reload { state.withLock { $0.lastReload } }

    /// Reads the configuration file again and goes over to it; when it is bad, the old configuration stays.
    func reload() async throws(ConfigurationError) {
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(path: options.configurationFile)
            let parts = state.withLock { state in
                state.configuration = configuration
                state.lastReload = Reload(succeeded: true, lastSuccess: .now)
                return state.parts
            }
            await parts?.scraping.apply(configuration)
            logger.info("configuration loaded", metadata: ["file": "\(options.configurationFile)"])
        } catch {
            state.withLock { $0.lastReload.succeeded = false }
            logger.error("configuration not loaded, the old one stays", metadata: ["error": "\(error)"])
            throw error
        }
    }

    // MARK: Stopping

    /// Asks the server to stop as on SIGTERM.
    func quit() { quitting.finish() }

    // MARK: Reports

    /// Logs what opening the database found.
    func report(_ recovery: RecoveryReport) {
        let level: Logger.Level = recovery.foundDamage ? .warning : .info
        logger.log(level: level, "database opened", metadata: ["recovery": "\(recovery)"])
    }

    /// The host's name as other machines know it.
    var hostName: String { ProcessStatistics.hostName }
}
