internal import PrometheusWire
internal import Synchronization

/// Counts the requests of Alertmanager's API under the names that its dashboards use.
final class AlertmanagerRequestMeter: Sendable {
    private struct Key: Hashable, Comparable {
        var handler: String
        var method: String
        var code: Int

        static func < (left: Key, right: Key) -> Bool {
            (left.handler, left.method, left.code) < (right.handler, right.method, right.code)
        }
    }

    /// In seconds, as in Alertmanager.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// How many combinations of path, method and status are counted apart; the paths are those of the API.
    private static let keyLimit = 500

    private let seconds = Mutex<[Key: ObservationHistogram]>([:])

    /// Counts a request; `path` is one of the API, or nil for any other.
    func count(_ path: String?, _ method: String, _ code: Int, took duration: Duration) {
        let key = Key(handler: path ?? "NotFound", method: method.lowercased(), code: code)
        seconds.withLock { seconds in
            guard seconds[key] != nil || seconds.count < Self.keyLimit else { return }
            seconds[key, default: ObservationHistogram(bounds: Self.bounds)].observe(duration / .seconds(1))
        }
    }

    /// Writes the metrics. `reading` GET requests are being answered, `refused` were too many.
    func add(to page: inout ExpositionWriter, reading: Int, refused: Int) {
        page.family("alertmanager_http_requests_in_flight", .gauge, help: "GET requests that are being answered.")
        page.sample("alertmanager_http_requests_in_flight", ["method": "get"], value: Double(reading))
        let limit = "alertmanager_http_concurrency_limit_exceeded_total"
        page.family(limit, .counter, help: "GET requests that were refused because too many were being answered.")
        page.sample(limit, ["method": "get"], value: Double(refused))
        let name = "alertmanager_http_request_duration_seconds"
        page.family(name, .histogram, help: "How long requests of Alertmanager's API took.")
        for (key, histogram) in seconds.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            page.histogram(name, ["code": "\(key.code)", "handler": key.handler, "method": key.method], histogram)
        }
    }
}
