package import KTSDBModel

/// What became of one scrape.
package struct ScrapeOutcome: Sendable {
    /// Why nothing of the body was stored; nil when all went well.
    package var error: String?
    /// Samples on the body.
    package var scraped = 0
    /// Samples left after relabelling.
    package var kept = 0
    /// Series that were not on the body before.
    package var added = 0
    /// The rows of the series that count as added, of a body with too many samples; nil means all.
    var addable: Set<UInt32>?
    /// The body's length in bytes.
    package var bytes = 0

    package init() {}
}

/// Stores the bodies of one target.
///
/// All methods but ``metadata`` are called by one task at a time: the target's scrape loop, and after its end the one
/// that takes over.
package protocol BodyIngest: AnyObject, Sendable {
    /// Stores a body's samples and the report of the scrape, in one atomic batch.
    ///
    /// When there is no body, or it is refused, nothing of it is stored, and all series of the target are marked stale.
    /// `elapsed` gives the time since the scrape began, for `scrape_duration_seconds`.
    func ingest(_ page: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration)
        -> ScrapeOutcome

    /// Marks all series of the target stale, its report's too: it is no longer scraped.
    func retire(at timestamp: Timestamp)

    /// Takes over which series the target had, so that those which do not come again are marked stale.
    func takeOver(from predecessor: any BodyIngest)

    /// Whether storing waits for the disk, which is not for a thread that others need.
    var waitsForDisk: Bool { get }

    /// What the target said about its metrics, by name. May be called at any time.
    var metadata: [String: MetricMetadata] { get }
}
