import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// Alertmanager's API over a notifier that no server runs.
struct VirtualAPI {
    var context: APIContext

    init(_ configuration: NotifierConfiguration, syntax: MatcherSyntax = .fallback, startedAt: WallTime) {
        context = APIContext(startedAt: startedAt)
        context.setReceivers(configuration.receivers)
        context.syntax = syntax
    }

    /// Sends a request to `target`: a path with the prefix `/api/v2`, and perhaps a query.
    func send(
        _ method: String, _ target: String, body: [UInt8] = [], to notifier: inout Notifier, at now: WallTime
    ) -> APIOutcome {
        let parts = target.split(separator: "?", maxSplits: 1)
        let path = parts.first.map { $0.hasPrefix("/api/v2") ? String($0.dropFirst(7)) : String($0) } ?? ""
        let request = APIRequest(
            method: method, path: path, query: parts.count > 1 ? String(parts[1]) : "",
            contentType: "application/json", body: body)
        do throws(APIRefusal) {
            return notifier.perform(try APICall(request, syntax: context.syntax), context, at: now)
        } catch {
            return APIOutcome(error.answer)
        }
    }
}

extension APIAnswer {
    /// The answer as JSON; null if it has no body.
    func json() throws -> JSONTree { encoded.isEmpty ? .null : try JSONTreeParser.parse(encoded) }
}
