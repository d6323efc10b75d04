internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PrometheusWire

/// What the server is and how it is set up.
struct StatusRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("status/buildinfo", [.get], parameters: buildInformation)
        group.route("status/runtimeinfo", [.get], parameters: runtimeInformation)
        group.route("status/flags", [.get], parameters: flags)
        group.route("status/config", [.get], parameters: configuration)
        group.route("status/tsdb", [.get], cardinality)
        group.route("status/walreplay", [.get], parameters: replay)
    }

    /// Without a field `features`: with one, Grafana takes the server for Mimir.
    private func buildInformation(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { json in
            json.fields([
                ("version", BuildInformation.version), ("revision", ""), ("branch", ""), ("buildUser", ""),
                ("buildDate", ""), ("goVersion", "none (Swift \(BuildInformation.swiftVersion))"),
            ])
        }
    }

    private func runtimeInformation(_ parameters: RequestParameters) async throws -> Response {
        let recovery = try state.ready.database.recovery
        let corruptions = recovery.log.damage.count + recovery.damagedBlocks.count + recovery.damagedCheckpoints.count
        let reload = state.lastReload
        return .success { json in
            json.beginObject()
            json.members([
                ("startTime", RFC3339.format(state.started)), ("CWD", ProcessStatistics.workingDirectory),
                ("hostname", ProcessStatistics.hostName), ("serverTime", RFC3339.format(.now)),
            ])
            json.key("reloadConfigSuccess")
            json.bool(reload.succeeded)
            json.member("lastConfigTime", RFC3339.format(reload.lastSuccess))
            json.key("corruptionCount")
            json.integer(corruptions)
            json.key("goroutineCount")
            json.integer(ProcessStatistics.read().threads)
            json.key("GOMAXPROCS")
            json.integer(ProcessStatistics.processors)
            json.key("GOMEMLIMIT")
            json.integer(.max)
            json.members([("GOGC", ""), ("GODEBUG", "")])
            json.member("storageRetention", DurationText.format(state.retention))
            json.endObject()
        }
    }

    private func flags(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { $0.fields(ServerFlags.values(state.options)) }
    }

    private func configuration(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { $0.fields([("yaml", state.configuration.yaml)]) }
    }

    private static let mostEntries = 10_000

    private func cardinality(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let database = try state.ready.database
        var limit = 10
        if !parameters["limit"].isEmpty {
            guard let number = Int(parameters["limit"]), number >= 1 else {
                throw APIError(.badData, "limit must be a positive number")
            }
            guard number <= Self.mostEntries else {
                throw APIError(.badData, "limit must not exceed \(Self.mostEntries)")
            }
            limit = number
        }
        let entries = limit
        let (counts, statistics) = try await state.read(context) { limits in
            (try database.cardinality(limit: entries, limits: limits), database.statistics)
        }
        return .success { $0.cardinality(counts, statistics: statistics) }
    }

    /// The log is replayed before anything is answered, so that there is never progress to see.
    private func replay(_ parameters: RequestParameters) async throws -> Response {
        .success { json in
            json.beginObject()
            for name in ["min", "max", "current"] {
                json.key(name)
                json.integer(0)
            }
            json.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ text: String) {
        key(name)
        string(text)
    }

    fileprivate mutating func members(_ members: [(String, String)]) {
        for (name, text) in members { member(name, text) }
    }

    fileprivate mutating func fields(_ fields: [(String, String)]) {
        beginObject()
        for (name, text) in fields { member(name, text) }
        endObject()
    }

    fileprivate mutating func cardinality(_ counts: CardinalityStatistics, statistics: DatabaseStatistics) {
        beginObject()
        key("headStats")
        beginObject()
        for (name, number) in [
            ("numSeries", counts.series), ("numLabelPairs", counts.labelPairs),
            ("chunkCount", statistics.headChunks),
            // An empty database has the range that Prometheus gives it, from the last moment to the first.
            ("minTime", Int(statistics.headMinTime ?? .max)), ("maxTime", Int(statistics.maxTime ?? .min)),
        ] {
            key(name)
            integer(number)
        }
        endObject()
        let lists: [(StaticString, [CardinalityStatistics.Entry])] = [
            ("seriesCountByMetricName", counts.seriesByMetricName),
            ("labelValueCountByLabelName", counts.valuesByLabelName),
            ("memoryInBytesByLabelName", counts.bytesByLabelName),
            ("seriesCountByLabelValuePair", counts.seriesByLabelPair),
        ]
        for (name, entries) in lists {
            key(name)
            beginArray()
            for entry in entries {
                beginObject()
                member("name", entry.name)
                key("value")
                integer(entry.count)
                endObject()
            }
            endArray()
        }
        endObject()
    }
}
