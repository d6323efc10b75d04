import KTSDBModel
import KTSDBTesting

/// The naive twin of a histogram: the observations themselves. Every question is answered by counting them again.
struct ObservedHistogram {
    enum Buckets: Hashable {
        /// With a zero threshold, which has to be the bound of a bucket, or 0.
        case exponential(schema: Int32, zeroThreshold: Double)
        case custom([Double])
    }
    var values: [Double]
    var buckets: Buckets

    /// The histogram of the observations: one bucket after the other is asked which values it holds.
    var histogram: Histogram {
        var histogram = Histogram(count: Double(values.count), sum: values.reduce(0, +))
        switch buckets {
        case .custom(let bounds):
            histogram.schema = Histogram.customSchema
            histogram.customBounds = bounds
            let edges = [-.infinity] + bounds + [.infinity]
            let counts = zip(edges, edges.dropFirst()).map { lower, upper in
                Double(values.count { $0 > lower && $0 <= upper })
            }
            histogram.positive = HistogramBuckets(offset: 0, counts: counts)
        case .exponential(let schema, let zeroThreshold):
            histogram.schema = schema
            histogram.zeroThreshold = zeroThreshold
            histogram.zeroCount = Double(values.count { abs($0) <= zeroThreshold })
            func side(_ values: [Double]) -> HistogramBuckets {
                // 2^-12 to 2^12.
                let last: Int32 = schema < 0 ? 12 : 12 << schema
                let indices = -last...last
                return HistogramBuckets(
                    offset: indices.lowerBound,
                    counts: indices.map { index in
                        let lower = histogram.bound(index - 1), upper = histogram.bound(index)
                        return Double(values.count { $0 > lower && $0 <= upper && $0 > zeroThreshold })
                    })
            }
            histogram.positive = side(values)
            histogram.negative = side(values.map { -$0 })
        }
        histogram.compact()
        return histogram
    }

    /// Whole numbers, so that sums are exact, with magnitudes up to 2^9; zero and negatives among them.
    static func values(count: Int, using generator: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in
            let magnitude = Double(
                Int.random(in: 0..<(1 << Int.random(in: 0...9, using: &generator)), using: &generator))
            return Bool.random(using: &generator) ? magnitude : -magnitude
        }
    }
}
