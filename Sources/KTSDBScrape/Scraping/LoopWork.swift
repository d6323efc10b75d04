internal import KTSDBModel

/// The state of a loop that has begun to work. Guarded by the loop's lock.
final class LoopWork {
    var target: Target?
    /// The loop whose series this one is going to take over; nil once it has.
    var predecessor: ScrapeLoop?
    /// What is done now: taking over, a scrape, or marking series stale.
    var running: Task<Void, Never>?
    /// Called when the loop has retired; nil unless it is about to.
    var whenRetired: (@Sendable () -> Void)?
    /// Set while the pool has more targets than allowed: each scrape fails with this reason.
    var refusal: String?
    /// When the last scrape was due, and when it began.
    var last: (due: Timestamp, began: ContinuousClock.Instant)?
    /// Whether it, or a loop that it took over from, has stored anything.
    var hasStored = false
    var sizeHint = 0
    var source: (any BodySource)?
    var ingest: (any BodyIngest)?
    var status = TargetStatus()
}
