internal import KTSDBAccess

/// Allows one request per interval on average, and at most `burst` at once.
struct TokenBucket {
    private let limit: WebConfiguration.RateLimit
    private var tokens: Double
    private var last: ContinuousClock.Instant

    init(_ limit: WebConfiguration.RateLimit, at now: ContinuousClock.Instant) {
        self.limit = limit
        tokens = Double(limit.burst)
        last = now
    }

    /// Returns whether a request may be answered now.
    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        if now > last {
            tokens = min(Double(limit.burst), tokens + (now - last) / limit.interval)
            last = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
