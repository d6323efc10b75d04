internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import KTSDBScrape
internal import PromQL
internal import PrometheusWire

/// Searches for names and values, for completion in editors: `/api/v1/search/…`, with the feature `search-api`.
struct SearchRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        for kind in ["metric_names", "label_names", "label_values"] {
            group.route("search/\(kind)", [.get, .post]) { [self] request, context in
                try await search(kind, request, context)
            }
        }
    }

    private func search(
        _ kind: String, _ request: Request, _ context: ServerRequestContext
    ) async throws -> Response {
        guard state.options.features.searches else { throw APIError(.unavailable, "search API disabled") }
        let parameters = try await RequestParameters(request), parts = try state.ready
        let search = try SearchRequest(parameters, kind, maximum: state.options.searchLimit)
        let hasMetadata = try SearchRequest.flag(parameters, "include_metadata", default: false)
        let label = kind == "label_values" ? parameters["label"] : "__name__"
        guard !label.isEmpty else { throw APIError(.badData, "missing required parameter \"label\"") }
        let matches = try await state.read(context) { limits in
            let selectors: [[LabelMatcher]]
            do { selectors = try parameters.selectors(limits: limits) } catch let error as SelectorError {
                throw APIError(.badData, "\(error)")
            }
            let view = parts.database.readView()
            let values =
                kind == "label_names"
                ? try view.labelNames(matching: selectors, in: search.range, limits: limits)
                : try view.labelValues(of: label, matching: selectors, in: search.range, limits: limits)
            let held = try HeldTexts(values, limits)
            var pace = Pace(limits)
            return try search.matches(held.texts) { try pace.step(16) }
        }
        let metadata = kind == "metric_names" && hasMetadata ? parts.scraping.metadata(metric: nil) : [:]
        return Self.answer(search, matches, key: kind == "label_values" ? "value" : "name", metadata)
    }

    /// Lines of JSON: batches of results, and a line that says whether there are more.
    private static func answer(
        _ search: SearchRequest, _ matches: [SearchRequest.Match], key: String, _ metadata: [String: [MetricMetadata]]
    ) -> Response {
        let kept = Array(matches.prefix(search.limit)), hasMore = matches.count > search.limit
        let body = ResponseBody { writer in
            var rest = kept[...]
            repeat {
                var json = JSONWriter()
                json.object { json in
                    json.array("results", rest.prefix(search.batchSize)) { json, match in
                        json.object { json in
                            json.member(named: key, match.value)
                            if search.includesScore { json.member("score", match.score) }
                            if let entry = metadata[match.value]?.first { json.search(entry) }
                        }
                    }
                }
                try await writer.write(ByteBuffer(bytes: json.takeBytes() + [UInt8(ascii: "\n")]))
                rest = rest.dropFirst(search.batchSize)
            } while !rest.isEmpty
            var json = JSONWriter()
            json.object {
                $0.member("status", "success")
                $0.member("has_more", hasMore)
            }
            try await writer.write(ByteBuffer(bytes: json.takeBytes() + [UInt8(ascii: "\n")]))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/x-ndjson; charset=utf-8"], body: body)
    }
}

extension JSONWriter {
    fileprivate mutating func search(_ metadata: MetricMetadata) {
        member("type", metadata.type)
        if !metadata.help.isEmpty { member("help", metadata.help) }
        if !metadata.unit.isEmpty { member("unit", metadata.unit) }
    }
}
