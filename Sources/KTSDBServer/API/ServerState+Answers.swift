internal import Hummingbird
internal import PromQL
internal import PrometheusWire

extension ServerState {
    /// Makes a successful answer of the JSON API that may be long or needs files to be read. A worker writes it,
    /// because other connections wait for the event loop.
    func answer(
        warnings: [String] = [], _ data: @escaping @Sendable (inout JSONWriter) -> Void
    ) async -> Response {
        await workers.run { .success(warnings: warnings, data) }
    }

    /// What a read left out because it is damaged, in the words for clients.
    func warnings(_ limits: QueryLimits) -> [String] { limits.warnings.map(paths.relative) }
}
