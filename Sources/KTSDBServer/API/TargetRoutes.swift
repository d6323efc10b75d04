internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// What is scraped, and what the targets say about their metrics.
struct TargetRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("targets", [.get], parameters: targets)
        group.route("targets/metadata", [.get], targetMetadata)
        group.route("metadata", [.get], metadata)
        group.route("scrape_pools", [.get], parameters: scrapePools)
        group.route("scrape_pools/config", [.get], parameters: scrapePoolConfiguration)
        group.route("alertmanagers", [.get], parameters: alertmanagers)
    }

    private func targets(_ parameters: RequestParameters) async throws -> Response {
        let snapshot = try state.ready.scraping.targets()
        let pool = parameters["scrapePool"], wanted = parameters["state"].lowercased()
        let showsActive = ["", "any", "active"].contains(wanted),
            showsDropped = ["", "any", "dropped"].contains(wanted)
        return .success { json in
            json.beginObject()
            json.key("activeTargets")
            json.beginArray()
            for target in snapshot.active where showsActive && (pool.isEmpty || target.scrapePool == pool) {
                json.target(target, host: state.hostName, state.paths)
            }
            json.endArray()
            json.key("droppedTargets")
            json.beginArray()
            for target in snapshot.dropped where showsDropped && (pool.isEmpty || target.scrapePool == pool) {
                json.beginObject()
                json.key("discoveredLabels")
                json.labels(target.discoveredLabels)
                json.key("scrapePool")
                json.string(target.scrapePool)
                json.endObject()
            }
            json.endArray()
            json.key("droppedTargetCounts")
            json.beginObject()
            for (name, count) in snapshot.droppedCounts.sorted(by: { $0.key < $1.key }) where showsDropped {
                json.key(name)
                json.integer(count)
            }
            json.endObject()
            json.endObject()
        }
    }

    private func targetMetadata(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let scraping = try state.ready.scraping
        let limit = try parameters.number("limit") ?? -1
        var matchers: [LabelMatcher] = []
        if !parameters["match_target"].isEmpty {
            do { matchers = try parseSelector(parameters["match_target"]) } catch {
                throw APIError.invalidParameter("match_target", error)
            }
        }
        let metric = parameters["metric"]
        let wanted = matchers
        let found = try await state.read(context) { _ in
            scraping.targetMetadata(matching: wanted, metric: metric.isEmpty ? nil : metric)
        }
        return .success { json in
            json.beginArray()
            for entry in found.prefix(limit < 0 ? .max : limit) {
                json.beginObject()
                json.key("target")
                json.labels(entry.target)
                if metric.isEmpty {
                    json.key("metric")
                    json.string(entry.metric)
                }
                json.metadata(entry.metadata)
                json.endObject()
            }
            json.endArray()
        }
    }

    private func metadata(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let parameters = try await RequestParameters(request)
        let parts = try state.ready
        let limit = try parameters.number("limit") ?? -1
        let limitPerMetric = try parameters.number("limit_per_metric") ?? -1
        let metric = parameters["metric"]
        let found = try await state.read(context) { limits in
            var known = parts.scraping.metadata(metric: metric.isEmpty ? nil : metric), pace = Pace(limits)
            // What remote write sent, and what targets said that are gone.
            for (name, entry) in parts.database.currentMetadata where metric.isEmpty || metric == name {
                try pace.step(16)
                if known[name]?.contains(entry) != true { known[name, default: []].append(entry) }
            }
            var sorted = Array(known)
            try sorted.sort(within: limits) { $0.key < $1.key }
            return sorted
        }
        return .success { json in
            json.beginObject()
            for (name, entries) in found.prefix(limit < 0 ? .max : limit) {
                json.key(name)
                json.beginArray()
                for entry in entries.prefix(limitPerMetric <= 0 ? .max : limitPerMetric) {
                    json.beginObject()
                    json.metadata(entry)
                    json.endObject()
                }
                json.endArray()
            }
            json.endObject()
        }
    }

    private func scrapePools(_ parameters: RequestParameters) async throws -> Response {
        let pools = try state.ready.scraping.scrapePools
        return .success { json in
            json.beginObject()
            json.key("scrapePools")
            json.strings(pools)
            json.endObject()
        }
    }

    private func scrapePoolConfiguration(_ parameters: RequestParameters) async throws -> Response {
        let name = parameters["scrapePool"]
        guard !name.isEmpty else { throw APIError(.badData, "no scrapePool parameter provided") }
        guard let job = state.configuration.jobs.first(where: { $0.name == name }) else {
            throw APIError(.badData, "error retrieving scrape config: scrape pool \(quoted(name)) not found")
        }
        return .success { json in
            json.beginObject()
            json.key("yaml")
            json.string(job.yaml)
            json.endObject()
        }
    }

    private func alertmanagers(_ parameters: RequestParameters) async throws -> Response {
        .success { json in
            json.beginObject()
            json.key("activeAlertmanagers")
            json.strings([])
            json.key("droppedAlertmanagers")
            json.strings([])
            json.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func target(_ target: ActiveTarget, host: String, _ paths: ClientPaths) {
        let texts: [(StaticString, String)] = [
            ("scrapePool", target.scrapePool), ("scrapeUrl", target.scrapeURL),
            ("globalUrl", target.globalURL(host: host)), ("lastError", paths.relative(target.lastError)),
            ("lastScrape", target.lastScrape.map(RFC3339.format) ?? "0001-01-01T00:00:00Z"),
        ]
        beginObject()
        key("discoveredLabels")
        labels(target.discoveredLabels)
        key("labels")
        labels(target.labels)
        for (name, text) in texts {
            key(name)
            string(text)
        }
        key("lastScrapeDuration")
        number(target.lastScrapeDuration / .seconds(1))
        key("health")
        string(target.health.rawValue)
        key("scrapeInterval")
        string(target.scrapeInterval)
        key("scrapeTimeout")
        string(target.scrapeTimeout)
        endObject()
    }

    fileprivate mutating func metadata(_ metadata: MetricMetadata) {
        key("type")
        string(metadata.type)
        key("help")
        string(metadata.help)
        key("unit")
        string(metadata.unit)
    }
}
