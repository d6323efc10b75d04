internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire

/// What the server is, and how it is configured.
struct StatusRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("status/buildinfo", [.get], parameters: buildInformation)
        group.route("status/runtimeinfo", [.get], parameters: runtimeInformation)
        group.route("status/flags", [.get], parameters: flags)
        group.route("status/config", [.get], parameters: configuration)
        group.route("status/tsdb", [.get], cardinality)
        group.route("status/tsdb/blocks", [.get], parameters: blocks)
        group.route("status/damage", [.get], parameters: damage)
        group.route("status/memory", [.get], parameters: memory)
        group.route("status/series_limits", [.get], parameters: seriesLimits)
        group.route("status/rollups", [.get], parameters: rollups)
        group.route("status/walreplay", [.get], parameters: replay)
        group.route("status/self_metrics", [.get], parameters: ownMetrics)
        group.route("status/active_queries", [.get], parameters: activeQueries)
    }

    /// Has no field `features`: if it had one, Grafana would take the server for Mimir.
    private func buildInformation(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { json in
            json.object {
                $0.member("version", BuildInformation.version)
                for name in ["revision", "branch", "buildUser", "buildDate"] { $0.member(named: name, "") }
                $0.member("goVersion", "none (Swift \(BuildInformation.swiftVersion))")
            }
        }
    }

    /// The queries that run now, with the names that the file `queries.active` has.
    private func activeQueries(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        let running = state.activeQueries?.running ?? []
        return .success { json in
            json.array(running) { json, query in
                json.object {
                    $0.member("query", query.text)
                    $0.member("timestamp_sec", Int(query.start.milliseconds / 1000))
                }
            }
        }
    }

    private func runtimeInformation(_ parameters: RequestParameters) async throws -> Response {
        let recovery = try state.ready.database.recovery
        let corruptions = recovery.log.damage.count + recovery.damagedBlocks.count + recovery.damagedCheckpoints.count
        let reload = state.lastReload
        return await state.answer { [state] json in
            json.object {
                $0.member("startTime", RFC3339.format(state.started))
                $0.member("CWD", ProcessStatistics.workingDirectory)
                $0.member("hostname", ProcessStatistics.hostName)
                $0.member("serverTime", RFC3339.format(.now))
                $0.member("reloadConfigSuccess", reload.succeeded)
                $0.member("lastConfigTime", RFC3339.format(reload.lastSuccess))
                $0.member("corruptionCount", corruptions)
                $0.member("goroutineCount", ProcessStatistics.read().threads)
                $0.member("GOMAXPROCS", ProcessStatistics.processors)
                $0.member("GOMEMLIMIT", Int.max)
                $0.member("GOGC", "")
                $0.member("GODEBUG", "")
                $0.member("storageRetention", state.retention.text)
            }
        }
    }

    private func flags(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { json in
            json.object { json in
                for (name, value) in ServerFlags.values(state.options) { json.member(named: name, value) }
            }
        }
    }

    private func configuration(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return await state.answer { [state] in $0.object { $0.member("yaml", state.configuration.yaml) } }
    }

    private static let mostEntries = 10_000

    /// How many entries of each list are asked for.
    private func entryLimit(_ parameters: RequestParameters) throws -> Int {
        guard !parameters["limit"].isEmpty else { return 10 }
        guard let number = Int(parameters["limit"]), number >= 1 else {
            throw APIError(.badData, "limit must be a positive number")
        }
        guard number <= Self.mostEntries else {
            throw APIError(.badData, "limit must not exceed \(Self.mostEntries)")
        }
        return number
    }

    private func cardinality(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let database = try state.ready.database
        let entries = try entryLimit(parameters)
        let (counts, statistics) = try await state.read(context) { limits in
            (try database.cardinality(limit: entries, limits: limits), database.statistics)
        }
        return await state.answer { $0.cardinality(counts, statistics: statistics) }
    }

    /// The log is replayed before anything else is answered, in one go: until then it is waited for.
    private func replay(_ parameters: RequestParameters) async throws -> Response {
        let isReady = (try? state.ready) != nil
        return .success { json in
            json.object { json in
                for name in ["min", "max", "current"] { json.member(named: name, 0) }
                json.member("state", isReady ? "done" : "in progress")
            }
        }
    }

    private func blocks(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database
        return await state.answer { json in
            let blocks = database.blockList.sorted { ($0.minTime, $0.number) < ($1.minTime, $1.number) }
            json.object { $0.array("blocks", blocks) { $0.block($1) } }
        }
    }

    private func damage(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database
        return await state.answer { [paths = state.paths] json in
            let scrubbing = database.scrubbing
            json.object { json in
                json.array("damage", database.damage) { json, unit in
                    json.object { json in
                        json.member("kind", unit.kind.rawValue)
                        json.member("file", unit.path)
                        if let bytes = unit.bytes {
                            json.member("offset", Int(clamping: bytes.lowerBound))
                            json.member("length", bytes.count)
                        }
                        json.member("detail", paths.relative(unit.detail))
                        if let series = unit.series { json.member("series", series) }
                        if let range = unit.range {
                            json.member("minTime", Int(range.lowerBound.milliseconds))
                            json.member("maxTime", Int(range.upperBound.milliseconds))
                        }
                        json.member("since", RFC3339.format(unit.since))
                    }
                }
                json.object("scrubbing") { json in
                    json.member("bytes", Int(clamping: scrubbing.bytes))
                    json.member("passes", scrubbing.passes)
                    json.member("findings", scrubbing.findings)
                    if let last = scrubbing.lastPass { json.member("lastPass", RFC3339.format(last)) }
                    if let file = scrubbing.file { json.member("file", file) }
                }
            }
        }
    }

    private func memory(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        let statistics = MemoryStatistics(state.memory)
        return .success { $0.memory(statistics) }
    }

    private func seriesLimits(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database, count = try entryLimit(parameters)
        // Waits for those who look up series.
        let limits = await state.workers.run { database.seriesLimitStatistics(largest: count) }
        return await state.answer { json in json.array(limits) { $0.seriesLimit($1) } }
    }

    private func rollups(_ parameters: RequestParameters) async throws -> Response {
        let rollups = try state.ready.database.statistics.rollups
        return await state.answer { json in json.rollups(rollups) }
    }

    private func ownMetrics(_ parameters: RequestParameters) async throws -> Response {
        let text = parameters["metric_name_pattern"], pattern: RegularExpression?
        do throws(RegularExpressionError) {
            pattern = text.isEmpty ? nil : try RegularExpression(text, dotMatchesNewline: true)
        } catch {
            throw APIError.invalidParameter("metric_name_pattern", error)
        }
        let page = await MetricsRoute(state: state).currentPage()
        return await state.answer { json in
            let families = OwnMetricFamily.families(page).filter { family in
                pattern?.matchesWhole(Array(family.name.utf8).span) ?? true
            }
            json.array(families) { $1.write(to: &$0) }
        }
    }
}

extension JSONWriter {
    /// Writes what holds memory; the marks only if there is a limit.
    fileprivate mutating func memory(_ memory: MemoryStatistics) {
        object { json in
            json.member("bytes", memory.bytes)
            json.member("peakBytes", memory.peakBytes)
            json.member("pressure", memory.pressure.text)
            if let marks = memory.marks {
                json.member("limitBytes", marks.limit)
                json.member("softBytes", marks.soft)
                json.member("hardBytes", marks.hard)
                json.member("floorBytes", marks.floor)
            }
            json.array("holders", memory.holdings) { json, holding in
                json.object {
                    $0.member("name", holding.holder.rawValue)
                    $0.member("bytes", holding.bytes)
                    $0.member("peakBytes", holding.peakBytes)
                }
            }
            json.object("refused") {
                $0.member("series", memory.refusals.series)
                $0.member("queries", memory.refusals.queries)
                $0.member("endedQueries", memory.refusals.endedQueries)
            }
        }
    }

    /// Writes a limit on groups of series, and the groups with the most new series.
    fileprivate mutating func seriesLimit(_ statistics: SeriesLimitStatistics) {
        let limit = statistics.limit
        object { json in
            json.member("name", limit.name)
            json.key("by")
            json.array(limit.by) { $0.string($1) }
            json.object("matching") { json in
                for (name, value) in limit.matching.sorted(by: { $0.key < $1.key }) { json.member(named: name, value) }
            }
            if let most = limit.inMemory { json.member("inMemory", most) }
            if let most = limit.perDay { json.member("perDay", most) }
            json.member("groups", statistics.groups)
            json.object("refused") {
                $0.member("inMemory", statistics.refusedInMemory)
                $0.member("perDay", statistics.refusedPerDay)
            }
            json.array("largest", statistics.largest) { json, group in
                json.object { json in
                    json.object("labels") { json in
                        for (name, value) in zip(limit.by, group.values) { json.member(named: name, value) }
                    }
                    json.member("inMemory", group.inMemory)
                    json.member("newToday", group.today)
                }
            }
        }
    }

    /// Writes a block. What ktsdb does not have is filled in: an id of the usual form, made of the block's times and
    /// number, and as many chunks as there are series.
    fileprivate mutating func block(_ block: BlockOverview) {
        let id = BlockID.text(block.number, at: block.maxTime)
        object { json in
            json.member("ulid", id)
            json.member("minTime", Int(block.minTime.milliseconds))
            // As in Prometheus, the end is outside.
            json.member("maxTime", Int(block.maxTime.milliseconds + 1))
            json.object("stats") {
                $0.member("numSamples", Int(clamping: block.samples))
                $0.member("numSeries", Int(clamping: block.series))
                $0.member("numChunks", Int(clamping: block.series))
                if block.deletions > 0 { $0.member("numTombstones", block.deletions) }
            }
            json.object("compaction") {
                $0.member("level", block.level + 1)
                $0.member("sources", [id])
            }
            json.member("version", 1)
        }
    }

    fileprivate mutating func cardinality(_ counts: CardinalityStatistics, statistics: DatabaseStatistics) {
        let lists = [
            ("seriesCountByMetricName", counts.seriesByMetricName),
            ("labelValueCountByLabelName", counts.valuesByLabelName),
            ("memoryInBytesByLabelName", counts.bytesByLabelName),
            ("seriesCountByLabelValuePair", counts.seriesByLabelPair),
        ]
        object { json in
            json.object("headStats") {
                $0.member("numSeries", counts.series)
                $0.member("numLabelPairs", counts.labelPairs)
                $0.member("chunkCount", statistics.headChunks)
                // An empty database has the range that Prometheus reports: its minimum is the latest time, its maximum
                // the earliest.
                $0.member("minTime", Int((statistics.headMinTime ?? .latest).milliseconds))
                $0.member("maxTime", Int((statistics.maxTime ?? .earliest).milliseconds))
            }
            for (name, entries) in lists {
                json.key(name)
                json.array(entries) { json, entry in
                    json.object {
                        $0.member("name", entry.name)
                        $0.member("value", entry.count)
                    }
                }
            }
        }
    }
}

extension MemoryPressure {
    fileprivate var text: String {
        switch self {
        case .none: "none"
        case .soft: "soft"
        case .hard: "hard"
        case .floor: "floor"
        }
    }
}
