/// How long to wait before another attempt: half a second at first, then half as long again each time, up to a minute.
/// Each wait varies by up to half of it, so that many senders do not retry at once.
struct BackOff: Hashable, Sendable {
    private static let first = 0.5, factor = 1.5, variation = 0.5, most = 60.0

    private var interval = first

    /// Returns the time to wait; `random` is at least 0 and less than 1.
    mutating func next(random: Double) -> Duration {
        let wait = interval * (1 - Self.variation + 2 * Self.variation * random)
        interval = min(interval * Self.factor, Self.most)
        return .nanoseconds(Int64(wait * 1e9))
    }
}
