internal import HTTPTypes
internal import Hummingbird
internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import PrometheusWire

/// The routes that only an operator should use; off unless the flag `--web.enable-admin-api` is given.
struct AdminRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("admin/tsdb/snapshot", [.post, .put], parameters: snapshot)
        group.route("admin/tsdb/confirm_clock", [.post, .put], parameters: confirmClock)
        group.route("admin/tsdb/drop_future", [.post, .put], parameters: dropFuture)
        addDeletion(to: group)
        addRetention(to: group)
    }

    /// The database, if the admin API is enabled.
    var database: Database {
        get throws {
            let database = try state.ready.database
            guard state.options.enablesAdminAPI else { throw APIError(.unavailable, "admin APIs disabled") }
            return database
        }
    }

    private func confirmClock(_ parameters: RequestParameters) async throws -> Response {
        let database = try database
        await state.workers.run { database.confirmClock() }
        state.logger.warning("the clock was confirmed: data that is too old by it is removed at once")
        return .success { $0.object { $0.member("time", RFC3339.format(.now)) } }
    }

    private func dropFuture(_ parameters: RequestParameters) async throws -> Response {
        let database = try database
        let ahead = parameters["ahead"].isEmpty ? .seconds(600) : try parameters.requiredDuration("ahead")
        let report = try await state.workers.run { () throws(DropFutureError) in
            try database.dropFuture(ahead: ahead)
        }
        state.logger.warning("removed the samples that lay ahead of the clock", metadata: report.metadata)
        return .success { json in
            json.object {
                $0.member("after", RFC3339.format(Timestamp(milliseconds: report.limit)))
                $0.member("removedBlocks", report.removedBlocks)
                $0.member("rewrittenBlocks", report.rewrittenBlocks)
                $0.member("removedSamples", Int(clamping: report.removedSamples))
            }
        }
    }

    private func snapshot(_ parameters: RequestParameters) async throws -> Response {
        let database = try database
        let skipsHead = try parameters.boolean("skip_head") ?? false
        let name = try await state.workers.run { () throws(SnapshotError) in
            try database.snapshot(skipHead: skipsHead)
        }
        state.logger.info("snapshot written", metadata: ["name": "\(name)"])
        return .success { $0.object { $0.member("name", name) } }
    }
}

extension FutureReport {
    /// The report as metadata of a log line.
    fileprivate var metadata: Logger.Metadata {
        [
            "after": "\(RFC3339.format(Timestamp(milliseconds: limit)))", "removed_blocks": "\(removedBlocks)",
            "rewritten_blocks": "\(rewrittenBlocks)", "samples": "\(removedSamples)",
        ]
    }
}
