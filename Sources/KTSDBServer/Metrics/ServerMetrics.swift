internal import KTSDBModel
internal import PromQL
internal import PrometheusWire
internal import Synchronization

/// Counts the requests, queries and remote writes of the server.
final class ServerMetrics: Sendable {
    private struct Handler {
        var requests: [Int: Int] = [:]
        var seconds = ObservationHistogram(bounds: [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120])
        var bytes = ObservationHistogram(bounds: [1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9])
    }

    private struct Values {
        var handlers: [String: Handler] = [:]
        var queries = 0
        var querySeconds = ObservationHistogram(bounds: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60])
        var queryTimings = QueryTimings()
        var samplesRead = 0
        var remoteWrite = RemoteWriteCounts()
        var tombstoneCleanup = ObservationHistogram(
            bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    }

    /// The counts of remote write requests.
    struct RemoteWriteCounts {
        var samples = 0, rejectedSamples = 0, seriesWithBadLabels = 0, histograms = 0, exemplars = 0
        var rejectedExemplars = 0
    }

    private let values = Mutex(Values())

    func count(handler: String, code: Int, took duration: Duration) {
        values.withLock { values in
            values.handlers[handler, default: Handler()].requests[code, default: 0] += 1
            values.handlers[handler]?.seconds.observe(duration / .seconds(1))
        }
    }

    /// Counts the length of an answer's body, as it is sent.
    func count(handler: String, bytes: Int) {
        values.withLock { $0.handlers[handler, default: Handler()].bytes.observe(Double(bytes)) }
    }

    func count(_ statistics: QueryStatistics, waited: Duration) {
        values.withLock { values in
            let total = statistics.preparation + statistics.evaluation + statistics.sorting
            values.queries += 1
            values.querySeconds.observe((total + waited) / .seconds(1))
            values.queryTimings.observe(statistics, waited: waited)
            values.samplesRead += statistics.samplesRead
        }
    }

    func count(_ counts: RemoteWriteCounts) {
        values.withLock { values in
            values.remoteWrite.samples += counts.samples
            values.remoteWrite.rejectedSamples += counts.rejectedSamples
            values.remoteWrite.seriesWithBadLabels += counts.seriesWithBadLabels
            values.remoteWrite.histograms += counts.histograms
            values.remoteWrite.exemplars += counts.exemplars
            values.remoteWrite.rejectedExemplars += counts.rejectedExemplars
        }
    }

    func countTombstoneCleanup(took duration: Duration) {
        values.withLock { $0.tombstoneCleanup.observe(duration / .seconds(1)) }
    }

    func add(to page: inout ExpositionWriter) {
        let values = values.withLock { $0 }
        addRequests(values, to: &page)
        addQueries(values, to: &page)
        addRemoteWrite(values.remoteWrite, to: &page)
        let name = "prometheus_tsdb_tombstone_cleanup_seconds"
        page.family(name, .histogram, help: "How long it took to remove deleted samples from blocks.")
        page.histogram(name, [:], values.tombstoneCleanup)
    }

    private func addRequests(_ values: Values, to page: inout ExpositionWriter) {
        let handlers = values.handlers.sorted { $0.key < $1.key }
        page.family("prometheus_http_requests_total", .counter, help: "HTTP requests, by handler and answer.")
        for (name, handler) in handlers {
            for (code, count) in handler.requests.sorted(by: { $0.key < $1.key }) {
                page.sample(
                    "prometheus_http_requests_total", ["code": "\(code)", "handler": name], value: Double(count))
            }
        }
        let name = "prometheus_http_request_duration_seconds"
        page.family(name, .histogram, help: "Time from an HTTP request to the beginning of its answer.")
        for (path, handler) in handlers { page.histogram(name, ["handler": path], handler.seconds) }
        let size = "prometheus_http_response_size_bytes"
        page.family(size, .histogram, help: "How long answers are, compressed if they are sent so.")
        for (path, handler) in handlers { page.histogram(size, ["handler": path], handler.bytes) }
    }

    private func addQueries(_ values: Values, to page: inout ExpositionWriter) {
        page.single("ktsdb_queries_total", .counter, "Queries answered.", values.queries)
        page.single(
            "ktsdb_query_samples_total", .counter, "Samples that queries read, each counted once.", values.samplesRead)
        page.family("ktsdb_query_duration_seconds", .histogram, help: "How long queries took, waiting included.")
        page.histogram("ktsdb_query_duration_seconds", [:], values.querySeconds)
        page.single(
            "prometheus_engine_query_samples_total", .counter, "The same, under the name of Prometheus.",
            values.samplesRead)
        values.queryTimings.add(to: &page)
    }

    private func addRemoteWrite(_ counts: RemoteWriteCounts, to page: inout ExpositionWriter) {
        page.single(
            "ktsdb_remote_write_samples_total", .counter, "Samples stored from remote write requests.", counts.samples)
        page.single(
            "ktsdb_remote_write_rejected_samples_total", .counter,
            "Samples refused from remote write requests.", counts.rejectedSamples)
        page.single(
            "ktsdb_remote_write_histograms_total", .counter,
            "Native histograms in remote write requests; stored ones also count as samples.", counts.histograms)
        page.single(
            "ktsdb_remote_write_exemplars_total", .counter,
            "Exemplars stored from remote write requests.", counts.exemplars)
        page.single(
            "ktsdb_remote_write_rejected_exemplars_total", .counter,
            "Exemplars refused from remote write requests.", counts.rejectedExemplars)
        page.single(
            "prometheus_api_remote_write_invalid_labels_samples_total", .counter,
            "Series in remote write requests whose labels are invalid.", counts.seriesWithBadLabels)
    }
}
