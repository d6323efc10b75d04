internal import PrometheusWire

/// The values of an instance's metrics.
///
/// A series exists from the first time that it is named, and is found again by its ``SeriesPlace`` without its labels.
package struct MetricTable: Sendable {
    /// Where a series is in the table.
    struct SeriesPlace: Hashable, Sendable {
        fileprivate var metric: Int
        fileprivate var index: Int
    }

    /// A series, or the series of a histogram with the same labels.
    struct Entry: Sendable {
        /// Labels by name and value, in the order of the declaration.
        let labels: [(name: String, value: String)]
        /// The value of a counter or gauge, the sum of a histogram.
        var value = 0.0
        /// How many observations are in each bucket of a histogram, the one without bound last; not cumulative.
        var counts: [UInt64]
    }

    private static let bounds = KerpMetric.allCases.map(\.definition.buckets)

    private(set) var entries: [[Entry]] = KerpMetric.allCases.map { _ in [] }

    /// Returns the place of the series with these label values, which is added if it is new.
    mutating func place(_ metric: KerpMetric, _ values: String...) -> SeriesPlace {
        let definition = metric.definition, index = metric.rawValue
        precondition(values.count == definition.labels.count, "\(definition.name) has labels \(definition.labels).")
        if let known = entries[index].firstIndex(where: { $0.labels.map(\.value) == values }) {
            return SeriesPlace(metric: index, index: known)
        }
        entries[index].append(
            Entry(
                labels: zip(definition.labels, values).map { ($0, $1) },
                counts: definition.type == .histogram
                    ? Array(repeating: 0, count: definition.buckets.count + 1) : []))
        return SeriesPlace(metric: index, index: entries[index].count - 1)
    }

    /// Adds to a counter.
    mutating func add(_ amount: Double = 1, to place: SeriesPlace) {
        entries[place.metric][place.index].value += amount
    }

    /// Sets a gauge.
    mutating func set(_ value: Double, of place: SeriesPlace) { entries[place.metric][place.index].value = value }

    /// Counts an observation of a histogram.
    mutating func observe(_ value: Double, in place: SeriesPlace) {
        let bounds = Self.bounds[place.metric]
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        entries[place.metric][place.index].counts[bucket] += 1
        entries[place.metric][place.index].value += value
    }

    /// Sets everything to zero, as a restart of the process does.
    mutating func reset() {
        for metric in entries.indices {
            for index in entries[metric].indices {
                entries[metric][index].value = 0
                for bucket in entries[metric][index].counts.indices { entries[metric][index].counts[bucket] = 0 }
            }
        }
    }
}
