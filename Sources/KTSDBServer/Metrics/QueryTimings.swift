internal import KTSDBAlerting
internal import PromQL
internal import PrometheusWire

/// How long the parts of queries took, under the names that Prometheus' dashboards use.
struct QueryTimings {
    /// The parts, in the order in which the page has them.
    private enum Slice: String, CaseIterable {
        case evaluation = "inner_eval"
        case preparation = "prepare_time"
        case queue = "queue_time"
        case sorting = "result_sort"
    }

    private static let quantiles = [0.5, 0.9, 0.99]
    private var summaries: [Slice: ObservationSummary] = [:]
    private var histograms: [Slice: ObservationHistogram] = [:]

    mutating func observe(_ statistics: QueryStatistics, waited: Duration) {
        let now = ContinuousClock.now
        for slice in Slice.allCases {
            let seconds = Self.time(of: slice, statistics, waited) / .seconds(1)
            summaries[slice, default: .init()].observe(seconds, at: now)
            histograms[slice, default: .init(bounds: [0.01, 0.1, 1, 10])].observe(seconds)
        }
    }

    private static func time(of slice: Slice, _ statistics: QueryStatistics, _ waited: Duration) -> Duration {
        switch slice {
        case .evaluation: statistics.evaluation
        case .preparation: statistics.preparation
        case .queue: waited
        case .sorting: statistics.sorting
        }
    }

    func add(to page: inout ExpositionWriter) {
        let name = "prometheus_engine_query_duration_seconds", now = ContinuousClock.now
        page.family(name, .summary, help: "How long the parts of queries took.")
        for slice in Slice.allCases {
            let summary = summaries[slice] ?? .init()
            for (quantile, value) in zip(Self.quantiles, summary.quantiles(Self.quantiles, at: now)) {
                page.sample(name, ["quantile": "\(quantile)", "slice": slice.rawValue], value: value)
            }
            page.sample(name + "_sum", ["slice": slice.rawValue], value: summary.sum)
            page.sample(name + "_count", ["slice": slice.rawValue], value: Double(summary.count))
        }
        let histogram = "prometheus_engine_query_duration_histogram_seconds"
        page.family(histogram, .histogram, help: "How long the parts of queries took.")
        for slice in Slice.allCases {
            page.histogram(
                histogram, ["slice": slice.rawValue], histograms[slice] ?? .init(bounds: [0.01, 0.1, 1, 10]))
        }
    }
}
