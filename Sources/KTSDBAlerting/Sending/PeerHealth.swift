/// Whether an Alertmanager takes alerts. Only changes are worth a line in the log.
struct PeerHealth: Hashable, Sendable {
    /// What has changed.
    enum Change: Hashable, Sendable {
        /// It did not take alerts for the first time.
        case hasFailed(reason: String)
        /// It takes alerts again; this many were lost.
        case hasRecovered(lost: Int)
    }

    /// Whether the last request failed.
    private(set) var isFailing = false
    private var lost = 0

    /// Takes note of a request with `count` alerts; `reason` is why it failed.
    /// - Returns: What this changes; nil if nothing.
    mutating func take(_ count: Int, reason: String?) -> Change? {
        let wasFailing = isFailing
        isFailing = reason != nil
        if let reason {
            lost = wasFailing ? lost + count : count
            return wasFailing ? nil : .hasFailed(reason: reason)
        }
        return wasFailing ? .hasRecovered(lost: lost) : nil
    }
}
