import KTSDBModel
import KTSDBTesting
import PrometheusWire

/// A cache whose payloads number the series that were made, and what its scrapes of protobuf gave.
struct MessageScraper: ~Copyable {
    struct Sample: Equatable, CustomStringConvertible {
        var labels: Labels
        var value: Double
        var timestamp: Int64?

        init(_ labels: Labels, _ value: Double, at timestamp: Int64? = nil) {
            self.labels = labels
            self.value = value
            self.timestamp = timestamp
        }

        static func == (left: Self, right: Self) -> Bool {
            left.labels == right.labels && left.timestamp == right.timestamp
                && (left.value == right.value || left.value.isNaN && right.value.isNaN)
        }

        var description: String { "\(labels) \(value)" + (timestamp.map { " @\($0)" } ?? "") }
    }

    var cache: ScrapeCache<Int>
    var samples = ScrapedSamples()
    var made: [Labels] = []

    init(
        addsTypeAndUnit: Bool = false, readsStartTimes: Bool = false,
        _ change: (inout HistogramOptions) -> Void = { _ in }
    ) {
        var options = HistogramOptions()
        change(&options)
        cache = ScrapeCache(
            addsTypeAndUnit: addsTypeAndUnit, histograms: options, readsStartTimes: readsStartTimes)
    }

    /// Scrapes a body and returns its samples.
    mutating func scrape(_ page: [UInt8], _ format: ExpositionFormat = .protobuf) throws -> [Sample] {
        var made = made
        defer { self.made = made }
        try cache.scrape(page.span, format: format, into: &samples) { series in
            made.append(series.labels)
            return made.count - 1
        }
        cache.checkInvariants()
        var result: [Sample] = []
        for index in 0..<samples.count {
            let time = samples.timestamps.isEmpty ? ScrapedSamples.noTimestamp : samples.timestamps[index]
            result.append(
                Sample(
                    made[cache.payloads[Int(samples.entries[index])]], samples.values[index],
                    at: time == ScrapedSamples.noTimestamp ? nil : time))
        }
        return result
    }

    mutating func scrape(_ families: [MetricFamilyBytes]) throws -> [Sample] {
        try scrape(families.flatMap(\.delimited))
    }

    /// Ends the scrape; the labels of series that became stale, and how many count as added.
    mutating func finish(isStored: Bool = true) -> (stale: [Labels], added: Int) {
        var stale = Column<UInt32>(), added = Column<UInt32>()
        cache.finish(isStored: isStored, stale: &stale, added: &added)
        return ((0..<stale.count).map { made[cache.payloads[Int(stale[$0])]] }.sorted(), added.count)
    }
}
