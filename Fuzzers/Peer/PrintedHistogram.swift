import KTSDBModel

/// A native histogram as the HTTP API shows it: its non-empty buckets, with their bounds.
struct PrintedHistogram: CustomStringConvertible {
    var count: Double
    var sum: Double
    var buckets: [HistogramBucket]

    init(_ histogram: Histogram) {
        count = histogram.count
        sum = histogram.sum
        buckets = histogram.buckets.filter { $0.count != 0 }
    }

    /// Reads `{"count":"2","sum":"3","buckets":[[rule,"lower","upper","count"],…]}`.
    init(json: [String: Any]) throws {
        count = try number(json["count"])
        sum = try number(json["sum"])
        buckets = try (json["buckets"] as? [[Any]] ?? []).map { bucket in
            guard bucket.count == 4, let rule = bucket[0] as? Int else { throw MalformedAnswer() }
            return HistogramBucket(
                lower: try number(bucket[1]), upper: try number(bucket[2]), includesLower: rule == 1 || rule == 3,
                includesUpper: rule == 0 || rule == 3, count: try number(bucket[3]))
        }
    }

    /// Returns whether both have the same buckets, with bitwise equal bounds and with the same counts except for the
    /// last bits.
    func equals(_ other: PrintedHistogram, tolerance: Double) -> Bool {
        buckets.count == other.buckets.count && areEqual(count, other.count, tolerance: tolerance)
            && areEqual(sum, other.sum, tolerance: tolerance)
            && zip(buckets, other.buckets).allSatisfy { a, b in
                a.lower == b.lower && a.upper == b.upper && a.includesLower == b.includesLower
                    && a.includesUpper == b.includesUpper && areEqual(a.count, b.count, tolerance: tolerance)
            }
    }

    /// Returns the same histogram with all counts and the sum multiplied.
    func multiplied(by factor: Double) -> PrintedHistogram {
        var result = self
        result.count *= factor
        result.sum *= factor
        for place in buckets.indices { result.buckets[place].count *= factor }
        return result
    }

    var description: String {
        "{count:\(count), sum:\(sum)\(buckets.map { ", \($0)" }.joined())}"
    }
}
