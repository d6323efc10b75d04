internal import Hummingbird
internal import KTSDBModel
internal import PrometheusWire

/// Rules and alerts. This version does not evaluate any, and says so in the form that clients expect.
struct RuleRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("rules", [.get], parameters: rules)
        group.route("alerts", [.get], parameters: alerts)
    }

    private func rules(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        let type = parameters["type"].lowercased()
        guard ["", "alert", "record"].contains(type) else {
            throw APIError.invalidParameter("type", "not supported value \(goQuoted(type))")
        }
        guard parameters["group_next_token"].isEmpty || !parameters["group_limit"].isEmpty else {
            throw APIError.invalidParameter(
                "group_next_token", "group_limit needs to be present in order to paginate over the groups")
        }
        return .success { $0.object { $0.member("groups", [String]()) } }
    }

    private func alerts(_ parameters: RequestParameters) async throws -> Response {
        _ = try state.ready
        return .success { $0.object { $0.member("alerts", [String]()) } }
    }
}
