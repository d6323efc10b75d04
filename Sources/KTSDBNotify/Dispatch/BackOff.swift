/// How long to wait before another attempt: half a second, then half as much again each time, up to a minute; each
/// varied by up to half of it, so that many senders do not come back at once.
struct BackOff: Hashable, Sendable {
    private static let first = 0.5, factor = 1.5, variation = 0.5, most = 60.0

    private var interval = first

    /// The time to wait; `random` is a number from 0 up to 1, not included.
    mutating func next(random: Double) -> Duration {
        let wait = interval * (1 - Self.variation + 2 * Self.variation * random)
        interval = min(interval * Self.factor, Self.most)
        return .nanoseconds(Int64(wait * 1e9))
    }
}
