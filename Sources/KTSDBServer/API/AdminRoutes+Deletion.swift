internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import PrometheusWire

extension AdminRoutes {
    func addDeletion(to group: RouterGroup<ServerRequestContext>) {
        group.route("admin/tsdb/delete_series", [.post, .put], deleteSeries)
        group.route("admin/tsdb/undelete_series", [.post, .put], parameters: undeleteSeries)
        group.route("admin/tsdb/clean_tombstones", [.post, .put], parameters: cleanTombstones)
        group.route("admin/tsdb/deletions", [.get], parameters: deletions)
    }

    /// Deletes what at least one of the selectors matches, all of it in one deletion.
    private func deleteSeries(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try database, parameters = try await RequestParameters(request)
        if let problem = parameters.problem { throw APIError(.badData, "error parsing form values: \(problem)") }
        guard !parameters.all("match[]").isEmpty else { throw APIError(.badData, "no match[] parameter provided") }
        let start = try parameters.time("start", default: .earliest)
        let end = try parameters.time("end", default: .latest)
        guard start <= end else {
            throw APIError.invalidParameter("end", "end timestamp must not be before start time")
        }
        let selectors = try await state.read(context) { limits in
            do { return try parameters.selectors(limits: limits, allowingAll: true) } catch let error as SelectorError {
                throw APIError.invalidParameter("match[]", error)
            }
        }
        let deletion = try await state.workers.run { () throws(DeletionError) in
            try database.delete(matching: selectors, in: start...end)
        }
        if let deletion { state.logger.warning("deleted series", metadata: deletion.metadata) }
        return .noContent
    }

    private func undeleteSeries(_ parameters: RequestParameters) async throws -> Response {
        let database = try database
        guard let id = UInt64(parameters["id"]) else {
            throw APIError.invalidParameter(
                "id", "the number of a deletion is needed; /api/v1/admin/tsdb/deletions has them")
        }
        try await state.workers.run { () throws(DeletionError) in try database.undelete(id) }
        state.logger.warning("undid a deletion", metadata: ["id": "\(id)"])
        return .noContent
    }

    private func cleanTombstones(_ parameters: RequestParameters) async throws -> Response {
        let database = try database, start = ContinuousClock.now
        defer { state.metrics.countTombstoneCleanup(took: ContinuousClock.now - start) }
        let report = try await state.workers.run { () throws(DeletionError) in try database.reclaim() }
        state.logger.info("removed what was deleted", metadata: report.metadata)
        guard report.leftOut.isEmpty else {
            throw APIError(
                .internal,
                "\(report.leftOut.count) blocks have deleted samples and could not be read; the log says why. They stay as "
                    + "they are, and what is deleted in them is not shown.")
        }
        return .noContent
    }

    private func deletions(_ parameters: RequestParameters) async throws -> Response {
        let database = try database
        return await state.answer { json in json.array(database.deletions) { $0.deletion($1) } }
    }
}

extension JSONWriter {
    /// Writes a deletion; its times are in milliseconds since 1970, as those of blocks.
    fileprivate mutating func deletion(_ deletion: Deletion) {
        object { json in
            json.member("id", Int(clamping: deletion.id))
            json.member("matchers", deletion.selectors)
            json.member("minTime", Int(deletion.range.lowerBound.milliseconds))
            json.member("maxTime", Int(deletion.range.upperBound.milliseconds))
            json.member("createdAt", RFC3339.format(deletion.createdAt))
            if let end = deletion.undoableUntil { json.member("undoableUntil", RFC3339.format(end)) }
        }
    }
}

extension Deletion {
    /// The selectors of the deleted series, as PromQL writes them.
    fileprivate var selectors: [String] {
        matchers.map { "{" + $0.map(\.description).joined(separator: ",") + "}" }
    }

    /// The deletion as metadata of a log line.
    fileprivate var metadata: Logger.Metadata {
        [
            "id": "\(id)", "matchers": "\(selectors.joined(separator: " or "))",
            "from": "\(range.lowerBound)", "to": "\(range.upperBound)",
        ]
    }
}

extension ReclaimReport {
    /// The report as metadata of a log line.
    fileprivate var metadata: Logger.Metadata {
        [
            "removed_blocks": "\(removedBlocks)", "rewritten_blocks": "\(rewrittenBlocks)",
            "samples": "\(removedSamples)", "left_out": "\(leftOut.count)",
        ]
    }
}
