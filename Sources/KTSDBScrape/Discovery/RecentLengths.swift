/// Observed times in seconds: the sum of all, and the newest for quantiles.
package struct RecentLengths: Sendable {
    /// How many of the newest are kept.
    private static let kept = 512
    private var newest: [Double] = []
    /// The sum of all times, in seconds.
    package private(set) var sum = 0.0
    /// How many there were.
    package private(set) var count = 0

    package init() {}

    /// Adds a time.
    package mutating func observe(_ seconds: Double) {
        if newest.count < Self.kept { newest.append(seconds) } else { newest[count % Self.kept] = seconds }
        sum += seconds
        count += 1
    }

    /// The points of a summary with this label: quantiles, which are NaN until something was observed, sum and count.
    package func points(
        _ label: (name: String, value: String), quantiles: [Double] = [0.01, 0.05, 0.5, 0.9, 0.99]
    ) -> [SelfMetricFamily.Point] {
        let sorted = newest.sorted()
        var points = quantiles.map { quantile in
            let rank = max(0, Int((Double(sorted.count) * quantile).rounded(.up)) - 1)
            return SelfMetricFamily.Point(
                labels: [label, ("quantile", "\(quantile)")],
                value: sorted.isEmpty ? .nan : sorted[min(rank, sorted.count - 1)])
        }
        points.append(.init(suffix: "_sum", labels: [label], value: sum))
        points.append(.init(suffix: "_count", labels: [label], value: Double(count)))
        return points
    }
}
