internal import KTSDBEngine
internal import KTSDBModel
internal import Logging
internal import NIOCore
internal import PrometheusWire
internal import Synchronization

/// The series that report on each scrape.
struct ReportSeries {
    private static let names = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    ]
    private static let extraNames = ["scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"]

    private static let allNames = names + extraNames
    /// The most samples that a report has.
    static let mostSamples = allNames.count

    private let targetLabels: Labels
    private var ids: [SeriesID?]

    init(targetLabels: Labels, extra: Bool) {
        self.targetLabels = targetLabels
        ids = Array(repeating: nil, count: extra ? Self.allNames.count : Self.names.count)
    }

    mutating func append(
        _ outcome: ScrapeOutcome, elapsed: Duration, job: ScrapeJob, target: Target, at timestamp: Timestamp,
        to batch: inout Batch
    ) {
        let values = [
            outcome.error == nil ? 1 : 0, elapsed.inSeconds, Double(outcome.scraped), Double(outcome.kept),
            Double(outcome.added), target.timeout.inSeconds, Double(job.limits.samples ?? 0), Double(outcome.bytes),
        ]
        for index in ids.indices { append(values[index], at: timestamp, toSeries: index, in: &batch) }
    }

    /// Marks the series that have samples stale.
    mutating func markStale(at timestamp: Timestamp, in batch: inout Batch) {
        for index in ids.indices where ids[index] != nil {
            append(.staleMarker, at: timestamp, toSeries: index, in: &batch)
        }
    }

    private mutating func append(
        _ value: Double, at timestamp: Timestamp, toSeries index: Int, in batch: inout Batch
    ) {
        if let id = ids[index], batch.isCurrent(id) { return batch.append(value, at: timestamp, to: id) }
        // The labels are made when they are needed, which is rare.
        let id = batch.series(targetLabels.setting("__name__", to: Self.allNames[index]))
        ids[index] = id
        batch.append(value, at: timestamp, to: id)
    }
}
