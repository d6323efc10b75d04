/// What is counted of one Alertmanager, for metrics.
struct PeerFigures: Sendable {
    /// Alerts that were sent, that could not be sent, and that were lost for that or another reason.
    var sent = 0, failed = 0, dropped = 0
    /// Alerts that wait.
    var waiting = 0
    /// How long requests took that succeeded, in seconds.
    var latency = ObservationSummary()
    /// How many of them took at most as long as each of the bounds.
    var buckets = [Int](repeating: 0, count: latencyBounds.count)

    /// The bounds of the histogram of latencies, in seconds, both as numbers and as labels.
    static let latencyBounds: [(seconds: Double, label: String)] = [
        (0.01, "0.01"), (0.1, "0.1"), (1, "1"), (10, "10"),
    ]

    /// Counts a request that succeeded.
    mutating func observe(_ count: Int, seconds: Double, at instant: ContinuousClock.Instant) {
        sent += count
        latency.observe(seconds, at: instant)
        for (index, bound) in Self.latencyBounds.enumerated() where seconds <= bound.seconds { buckets[index] += 1 }
    }

    /// Adds the figures of another peer with the same address.
    mutating func add(_ other: PeerFigures) {
        sent += other.sent
        failed += other.failed
        dropped += other.dropped
        waiting += other.waiting
        latency.add(other.latency)
        for index in buckets.indices { buckets[index] += other.buckets[index] }
    }
}
