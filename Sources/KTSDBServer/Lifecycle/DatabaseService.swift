internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import Logging
internal import PrometheusWire
internal import ServiceLifecycle
internal import Synchronization

/// Opens the database, lets requests in, and closes the database once all other services have stopped.
struct DatabaseService: Service {
    let state: ServerState

    func run() async throws {
        let options = state.options
        let start = ContinuousClock.now
        state.notices.add(.starting)
        var configuration = Database.Configuration()
        configuration.durability = options.durability
        configuration.retentionLimits = state.retentionLimits
        configuration.rollupRules = state.rollupRules
        // As in Prometheus: a clock that is wrong by more must not create blocks far from all others.
        configuration.maximumFuture = .seconds(600)
        configuration.outOfOrderWindow = state.configuration.outOfOrderWindow
        configuration.deletionUndoPeriod = options.deletionUndoPeriod
        configuration.diskReserveByteLimit = options.diskReserveBytes
        configuration.scrubBytesPerSecond = options.scrubBytesPerSecond
        configuration.scrubInterval = options.scrubInterval
        configuration.exemplarLimit = state.exemplarLimit
        configuration.labelLimits = options.labelLimits
        configuration.memory = state.memory
        configuration.seriesLimit = options.seriesLimit ?? .max
        configuration.seriesLimits = state.settings[SeriesLimitSettings.self].effective
        configuration.onEvent = { [state] event in state.report(event) }
        let database = try await state.workers.run { [configuration] () throws(OpenError) in
            try Database(path: options.dataDirectory, configuration: configuration)
        }
        state.report(database.recovery)
        state.listActiveQueries(in: options.dataDirectory)
        let scraping = ScrapeManager(
            database: database, logger: state.logger, version: BuildInformation.version,
            features: options.features.scraping)
        state.becomeReady(database, scraping)
        state.notices.remove(.starting)
        state.logger.info(
            "ready to answer",
            metadata: [
                "data": "\(options.dataDirectory)", "took": "\(PrometheusDuration.format(ContinuousClock.now - start))",
            ])
        // Cancellation ends the wait too; the database is closed in any case.
        let watch = Task { await watchClock(of: database) }
        let memoryWatch = Task { await watchMemory() }
        try? await gracefulShutdown()
        watch.cancel()
        memoryWatch.cancel()
        state.becomeUnready()
        await state.workers.run { [state] in state.close(database) }
    }

    /// Measures what the process holds, and logs when that passes a mark of the limit: each second, or less often while
    /// it is far from the limit.
    private func watchMemory() async {
        let scrapes = MemoryAccount(state.memory, .scrapes)
        var known = MemoryPressure.none
        while !Task.isCancelled {
            scrapes.set(ScrapeManager.bodyByteCount)
            await state.workers.run { [state] in
                if let bytes = ProcessStatistics.anonymousBytes { state.memory.noteProcess(bytes: bytes) }
            }
            let pressure = state.memory.pressure
            // The database does this as well, but not while it writes a block.
            if pressure == .floor { state.memory.endNewestClaim() }
            if pressure != known { report(pressure, after: known) }
            known = pressure
            let isFar = state.memory.bytes < (state.memory.limit ?? .max) / 4
            try? await Task.sleep(for: .seconds(isFar ? 10 : 1))
        }
    }

    private func report(_ pressure: MemoryPressure, after known: MemoryPressure) {
        guard let limit = state.memory.limit else { return }
        let metadata: Logger.Metadata = [
            "bytes": "\(state.memory.bytes)", "limit": "\(limit)",
            "most": "\(state.memory.holdings.max { $0.bytes < $1.bytes }?.holder.rawValue ?? "")",
        ]
        switch pressure {
        case .hard where known < .hard, .floor where known < .hard:
            state.logger.warning(
                "memory is short: new series and large queries are refused; --storage.memory-limit sets the limit",
                metadata: metadata)
        case .none, .soft:
            guard known >= .hard else { return }
            state.logger.info("there is memory for new series and queries again", metadata: metadata)
        default: break
        }
    }

    /// Checks every ten seconds what the database reports about the clock and about retention, and logs what is new.
    private func watchClock(of database: Database) async {
        var news = ClockNews(), refusals = RefusalWatch()
        while !Task.isCancelled {
            for line in news.lines(of: database.retention) { state.logger.log(level: line.level, "\(line.text)") }
            // The engine's figures wait for commits in progress.
            let statistics = await state.workers.run { database.statistics }
            let known = refusals.concern
            refusals.observe(
                stored: statistics.appendedSamples, refused: statistics.rejectedSamples[.tooFarInFuture] ?? 0)
            if known == nil, let concern = refusals.concern { state.logger.warning("\(concern)") }
            let concern = refusals.concern
            state.refusal.withLock { $0 = concern }
            try? await Task.sleep(for: .seconds(10))
        }
    }
}
