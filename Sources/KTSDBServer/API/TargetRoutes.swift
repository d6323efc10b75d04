internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// What is scraped, and what the targets report about their metrics.
struct TargetRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("targets", [.get], parameters: targets)
        group.route("targets/metadata", [.get], targetMetadata)
        group.route("targets/relabel_steps", [.get], parameters: relabelSteps)
        group.route("metadata", [.get], metadata)
        group.route("scrape_pools", [.get], parameters: scrapePools)
        group.route("scrape_pools/config", [.get], parameters: scrapePoolConfiguration)
    }

    private func targets(_ parameters: RequestParameters) async throws -> Response {
        let scraping = try state.ready.scraping
        let pool = parameters["scrapePool"], wanted = parameters["state"].lowercased()
        let showsActive = ["", "any", "active"].contains(wanted),
            showsDropped = ["", "any", "dropped"].contains(wanted)
        @Sendable func isWanted(_ name: String) -> Bool { pool.isEmpty || name == pool }
        return await state.workers.run { [state] in
            var snapshot = scraping.targets()
            snapshot.active.removeAll { !showsActive || !isWanted($0.scrapePool) }
            snapshot.dropped.removeAll { !showsDropped || !isWanted($0.scrapePool) }
            if !showsDropped { snapshot.droppedCounts = [:] }
            return Self.answer(snapshot, host: state.hostName, state.paths).response
        }
    }

    /// The answer; of many targets, it is made piece by piece.
    private static func answer(_ snapshot: TargetSnapshot, host: String, _ paths: ClientPaths) -> ListAnswer {
        let active = snapshot.active, dropped = snapshot.dropped
        let counts = snapshot.droppedCounts.sorted { $0.key < $1.key }
        // The lists follow one another: the place between them is an element that has no text of a target.
        return ListAnswer(
            estimatedBytes: 256 + active.count * 1024 + dropped.count * 512, count: active.count + 1 + dropped.count,
            opening: { json in
                json.beginSuccess()
                json.beginObject()
                json.key("activeTargets")
                json.beginArray()
            },
            element: { index, json in
                if index < active.count { return json.target(active[index], host: host, paths) }
                guard index == active.count else { return json.target(dropped[index - active.count - 1]) }
                json.endArray()
                json.key("droppedTargets")
                json.beginArray()
            },
            closing: { json in
                json.endArray()
                json.object("droppedTargetCounts") { json in
                    for (name, count) in counts { json.member(named: name, count) }
                }
                json.endObject()
                json.endSuccess()
            })
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
        return await state.answer { json in
            json.array(found.prefix(limit < 0 ? .max : limit)) { json, entry in
                json.object {
                    $0.member("target", entry.target)
                    if metric.isEmpty { $0.member("metric", entry.metric) }
                    $0.metadata(entry.metadata)
                }
            }
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
            // Metadata from remote write, and from targets that no longer exist.
            for (name, entry) in parts.database.currentMetadata where metric.isEmpty || metric == name {
                try pace.step(16)
                if known[name]?.contains(entry) != true { known[name, default: []].append(entry) }
            }
            var sorted = Array(known)
            try sorted.sort(within: limits) { $0.key < $1.key }
            return sorted
        }
        return await state.answer { json in
            json.object { json in
                for (name, entries) in found.prefix(limit < 0 ? .max : limit) {
                    json.key(name)
                    json.array(entries.prefix(limitPerMetric <= 0 ? .max : limitPerMetric)) { json, entry in
                        json.object { $0.metadata(entry) }
                    }
                }
            }
        }
    }

    private func scrapePools(_ parameters: RequestParameters) async throws -> Response {
        let pools = try state.ready.scraping.scrapePools
        return .success { $0.object { $0.member("scrapePools", pools) } }
    }

    private func relabelSteps(_ parameters: RequestParameters) async throws -> Response {
        let name = parameters["scrapePool"], text = parameters["labels"]
        guard !name.isEmpty else { throw APIError(.badData, "no scrapePool parameter provided") }
        guard !text.isEmpty else { throw APIError(.badData, "no labels parameter provided") }
        let labels: Labels
        do { labels = try LabelsJSON.read(text) } catch { throw APIError(.badData, "error parsing labels: \(error)") }
        let steps = try job(name).relabelSteps(of: labels)
        return await state.answer { json in
            json.object {
                $0.array("steps", steps) { json, step in
                    json.object {
                        $0.object("rule") { $0.rule(step.rule) }
                        $0.member("output", step.output)
                        $0.member("keep", step.keeps)
                    }
                }
            }
        }
    }

    private func job(_ name: String) throws(APIError) -> ScrapeJob {
        guard let job = state.configuration.jobs.first(where: { $0.name == name }) else {
            throw APIError(.badData, "error retrieving scrape config: scrape pool \(goQuoted(name)) not found")
        }
        return job
    }

    private func scrapePoolConfiguration(_ parameters: RequestParameters) async throws -> Response {
        let name = parameters["scrapePool"]
        guard !name.isEmpty else { throw APIError(.badData, "no scrapePool parameter provided") }
        let configuration = state.configuration, job = try job(name)
        return await state.answer { $0.object { $0.member("yaml", configuration.yaml(of: job)) } }
    }
}

extension JSONWriter {
    fileprivate mutating func target(_ target: ActiveTarget, host: String, _ paths: ClientPaths) {
        object {
            $0.member("discoveredLabels", target.discoveredLabels)
            $0.member("labels", target.labels)
            $0.member("scrapePool", target.scrapePool)
            $0.member("scrapeUrl", target.scrapeURL)
            $0.member("globalUrl", target.globalURL(host: host))
            $0.member("lastError", paths.relative(target.lastError))
            $0.member("lastScrape", target.lastScrape.map(RFC3339.format) ?? "0001-01-01T00:00:00Z")
            $0.member("lastScrapeDuration", target.lastScrapeDuration / .seconds(1))
            $0.member("health", target.health.rawValue)
            $0.member("scrapeInterval", target.scrapeInterval)
            $0.member("scrapeTimeout", target.scrapeTimeout)
        }
    }

    fileprivate mutating func target(_ target: DroppedTarget) {
        object {
            $0.member("discoveredLabels", target.discoveredLabels)
            $0.member("scrapePool", target.scrapePool)
            $0.member("reason", target.reason)
        }
    }

    /// Writes the members of a rule as Prometheus names them.
    fileprivate mutating func rule(_ rule: RelabelRule) {
        if !rule.sourceLabels.isEmpty { member("source_labels", rule.sourceLabels) }
        member("separator", rule.separator)
        member("regex", rule.regex.pattern)
        if rule.modulus != 0 { member("modulus", Int(clamping: rule.modulus)) }
        if !rule.targetLabel.isEmpty { member("target_label", rule.targetLabel) }
        member("replacement", rule.replacement)
        member("action", rule.action.rawValue)
    }

    fileprivate mutating func metadata(_ metadata: MetricMetadata) {
        member("type", metadata.type)
        member("help", metadata.help)
        member("unit", metadata.unit)
    }
}
