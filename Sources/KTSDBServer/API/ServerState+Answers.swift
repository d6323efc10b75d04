internal import Hummingbird
internal import PrometheusWire

extension ServerState {
    /// Makes a successful answer of the JSON API that may be long or needs files to be read. A worker writes it,
    /// because other connections wait for the event loop.
    func answer(_ data: @escaping @Sendable (inout JSONWriter) -> Void) async -> Response {
        await workers.run { .success(data) }
    }
}
