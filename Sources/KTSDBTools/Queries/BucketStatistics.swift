internal import CLibrary
internal import KTSDBModel
internal import PrometheusWire

/// How many buckets of one histogram have observations, over time.
struct BucketStatistics: Sendable {
    /// The fewest and the most buckets with observations at one time.
    var minimum = Int.max, maximum = 0
    var average = 0.0
    /// The number of different buckets at all times together.
    var total = 0

    /// Minimum, average and maximum, such as `2/2.500/3`; followed by the total, such as `/5`, if that is more than the
    /// maximum.
    var text: String {
        let text = "\(minimum)/\(Self.threeDecimals(average))/\(maximum)"
        return maximum == total ? text : "\(text)/\(total)"
    }

    /// Computes the statistics of a native histogram; nil if it has fewer than two samples.
    init?(native series: QueriedSeries) {
        guard series.histograms.count > 1 else { return nil }
        var bounds: Set<[Double]> = []
        for histogram in series.histograms {
            for bucket in histogram.buckets { bounds.insert([Double(bucket.rule), bucket.lower, bucket.upper]) }
        }
        self.init(counts: series.histograms.map(\.buckets.count), total: bounds.count)
    }

    /// Computes the statistics of a classic histogram, whose buckets are series with a label `le`; nil if it has fewer
    /// than two samples.
    ///
    /// - Throws: ``QueryProblem`` if the buckets have samples at different times.
    init?(classic buckets: [QueriedSeries]) throws(QueryProblem) {
        guard let times = buckets.first?.points.count, times > 1 else { return nil }
        // Buckets with equal bounds keep their order.
        let sorted = buckets.enumerated().sorted {
            let (left, right) = (Self.bound($0.element), Self.bound($1.element))
            return left == right ? $0.offset < $1.offset : left < right
        }.map(\.element)
        var counts: [Int] = []
        for time in 0..<times { counts.append(try Self.populated(sorted, at: time)) }
        self.init(counts: counts, total: buckets.count)
    }

    private init(counts: [Int], total: Int) {
        minimum = counts.min() ?? 0
        maximum = counts.max() ?? 0
        average = Double(counts.reduce(0, +)) / Double(max(counts.count, 1))
        self.total = total
    }

    private static func bound(_ series: QueriedSeries) -> Double { series.labels["le"].flatMap(parseDouble) ?? 0 }

    /// Returns how many buckets have observations of their own. A bucket without the sample, and those above it, do not
    /// count.
    private static func populated(_ buckets: [QueriedSeries], at index: Int) throws(QueryProblem) -> Int {
        var count = 0, last: QueriedPoint?
        for bucket in buckets {
            guard index < bucket.points.count else { break }
            let point = bucket.points[index]
            if let last, last.time != point.time { throw QueryProblem("matrix result is not time aligned") }
            let own = point.value - (last?.value ?? 0)
            if !own.isFinite || own.rounded(.towardZero) != 0 { count += 1 }
            last = point
        }
        return count
    }

    /// Returns a number with three decimals.
    static func threeDecimals(_ value: Double) -> String {
        let thousandths = Int((value * 1000).rounded(.toNearestOrEven)), rest = String(thousandths % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}

/// The spread of a number over several histograms.
struct BucketSpread: Hashable, Sendable {
    private var minimum = Int.max, maximum = 0, count = 0
    private var average = 0.0

    mutating func add(_ number: Int) {
        minimum = min(minimum, number)
        maximum = max(maximum, number)
        count += 1
        average += Double(number) / Double(count) - average / Double(count)
    }

    var text: String { "\(minimum)/\(BucketStatistics.threeDecimals(average))/\(maximum)" }
}

/// The statistics of several histograms together.
struct BucketSummary: Sendable {
    private var minimum = BucketSpread(), average = BucketSpread(), maximum = BucketSpread(), total = BucketSpread()
    private(set) var count = 0

    mutating func add(_ statistics: BucketStatistics) {
        count += 1
        minimum.add(statistics.minimum)
        average.add(Int(statistics.average))
        maximum.add(statistics.maximum)
        total.add(statistics.total)
    }

    var text: String {
        var lines = [
            "histogram series (\(count) in total):", "- min populated: \(minimum.text)",
            "- avg populated: \(average.text)", "- max populated: \(maximum.text)",
        ]
        if maximum != total { lines.append("- total: \(total.text)") }
        return lines.joined(separator: "\n")
    }
}
