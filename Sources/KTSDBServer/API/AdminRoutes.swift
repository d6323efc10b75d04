internal import HTTPTypes
internal import Hummingbird
internal import KTSDB
internal import Logging
internal import PrometheusWire

/// What only an operator should do; off unless the flag `--web.enable-admin-api` is given.
struct AdminRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("admin/tsdb/snapshot", [.post, .put], parameters: snapshot)
    }

    private func snapshot(_ parameters: RequestParameters) async throws -> Response {
        let database = try state.ready.database
        guard state.options.enablesAdminAPI else { throw APIError(.unavailable, "admin APIs disabled") }
        let skipsHead = try parameters.boolean("skip_head") ?? false
        let name: String
        do {
            name = try await state.workers.run { () throws(SnapshotError) in try database.snapshot(skipHead: skipsHead)
            }
        } catch {
            throw APIError(error)
        }
        state.logger.info("snapshot written", metadata: ["name": "\(name)"])
        return .success { json in
            json.beginObject()
            json.key("name")
            json.string(name)
            json.endObject()
        }
    }
}
