/// The histograms among the samples of one series, each with its row in the columns of the series.
public struct HistogramColumn: Sendable {
    /// Rows of the series, ascending.
    public internal(set) var rows: [Int32] = []
    /// One histogram for each row.
    public internal(set) var values: [Histogram] = []

    /// No histograms.
    public init() {}

    /// Whether there is no histogram.
    @inlinable
    public var isEmpty: Bool { rows.isEmpty }

    /// The number of histograms.
    @inlinable
    public var count: Int { rows.count }

    /// Appends the histogram of a row behind all that are here.
    public mutating func append(_ histogram: Histogram, row: Int) {
        precondition(row > Int(rows.last ?? -1), "Rows of histograms ascend.")
        rows.append(Int32(row))
        values.append(histogram)
    }

    /// Takes all histograms away.
    public mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// Replaces each histogram.
    package mutating func map(_ transform: (Histogram) -> Histogram) {
        for place in values.indices { values[place] = transform(values[place]) }
    }
}

extension SampleColumns {
    /// Appends a histogram; its row in `values` is 0.
    public mutating func append(_ histogram: Histogram, at time: Int64) {
        histograms.append(histogram, row: times.count)
        times.append(time)
        values.append(0)
    }
}
