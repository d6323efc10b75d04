internal import Hummingbird
internal import KTSDBModel
internal import KTSDBRules
internal import PromQL
internal import PrometheusWire

/// Rules and alerts.
struct RuleRoutes: Sendable {
    let state: ServerState

    func add(to group: RouterGroup<ServerRequestContext>) {
        group.route("rules", [.get], rules)
        group.route("alerts", [.get], parameters: alerts)
    }

    private func rules(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let rules = try state.ready.rules
        let parameters = try await RequestParameters(request)
        let groups = await rules.evaluators
        return try await state.read(context) { limits in
            let page = try RulePage(groups, RuleFilter(parameters, limits), RulePage.Window(parameters), limits)
            return page.answer.response
        }
    }

    private func alerts(_ parameters: RequestParameters) async throws -> Response {
        let groups = try await state.ready.rules.evaluators
        return await state.workers.run {
            let alerts = groups.flatMap { $0.rules.flatMap { $0.state.activeAlerts } }
            return ListAnswer(
                estimatedBytes: 128 + alerts.count * 512, count: alerts.count,
                opening: { json in
                    json.beginSuccess()
                    json.beginObject()
                    json.key("alerts")
                    json.beginArray()
                },
                element: { $1.alert(alerts[$0]) },
                closing: { json in
                    json.endArray()
                    json.endObject()
                    json.endSuccess()
                }
            ).response
        }
    }
}
