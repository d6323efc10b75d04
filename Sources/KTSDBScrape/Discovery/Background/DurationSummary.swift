/// Observed durations in seconds: the sum and the count of all, and the newest 512 for quantiles.
struct DurationSummary {
    private static let kept = 512
    private var newest: [Double] = []
    private(set) var sum = 0.0
    private(set) var count = 0

    mutating func observe(_ seconds: Double) {
        if newest.count < Self.kept { newest.append(seconds) } else { newest[count % Self.kept] = seconds }
        sum += seconds
        count += 1
    }

    /// Returns the points of a summary with these labels.
    func points(
        _ labels: [(name: String, value: String)], quantiles: [Double] = [0.01, 0.05, 0.5, 0.9, 0.99]
    ) -> [SelfMetricFamily.Point] {
        let sorted = newest.sorted()
        var points = quantiles.map { quantile in
            let rank = max(0, Int((Double(sorted.count) * quantile).rounded(.up)) - 1)
            return SelfMetricFamily.Point(
                labels: labels + [("quantile", "\(quantile)")],
                value: sorted.isEmpty ? .nan : sorted[min(rank, sorted.count - 1)])
        }
        points.append(.init(suffix: "_sum", labels: labels, value: sum))
        points.append(.init(suffix: "_count", labels: labels, value: Double(count)))
        return points
    }
}
