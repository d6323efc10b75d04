internal import Hummingbird
internal import PrometheusWire

extension ServerState {
    /// A successful answer of the JSON API that may be long, or that files are read for: it is written by a worker, as
    /// other connections wait for the event loop.
    func answer(_ data: @escaping @Sendable (inout JSONWriter) -> Void) async -> Response {
        await workers.run { .success(data) }
    }
}
