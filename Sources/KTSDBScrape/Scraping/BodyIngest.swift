package import KTSDBModel

/// The outcome of one scrape.
package struct ScrapeOutcome: Sendable {
    /// Why the scrape failed, so that nothing of the body was stored; nil if it succeeded.
    package var error: String?
    /// The number of samples in the body.
    package var scraped = 0
    /// The number of samples left after relabelling.
    package var kept = 0
    /// The number of series that were not in the previous body.
    package var added = 0
    /// The rows of the series that may count as added, for a body with too many samples; nil if all may.
    var addable: Set<UInt32>?
    /// The body's length in bytes.
    package var bytes = 0

    package init() {}
}

/// Stores the bodies of one target.
///
/// All methods except ``metadata`` are called by one task at a time: the target's scrape loop, and after its end the
/// loop that takes over.
package protocol BodyIngest: AnyObject, Sendable {
    /// Stores a body's samples and the report of the scrape in one atomic batch.
    ///
    /// If the body is missing or refused, nothing of it is stored, and all series of the target are marked stale.
    /// `elapsed` returns the time since the scrape began, for `scrape_duration_seconds`.
    func ingest(_ page: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration)
        -> ScrapeOutcome

    /// Marks all series of the target stale, including those of its report, because it is no longer scraped.
    func retire(at timestamp: Timestamp)

    /// Takes over the target's series from `predecessor`, so that those missing from the next body are marked stale.
    func takeOver(from predecessor: any BodyIngest)

    /// Whether storing waits for the disk, so that it must not run on an event loop's thread.
    var waitsForDisk: Bool { get }

    /// The target's metadata, by metric name. May be read at any time.
    var metadata: [String: MetricMetadata] { get }

    /// The size of the target's metadata. May be read at any time.
    var metadataSize: MetadataSize { get }
}

extension BodyIngest {
    package var metadataSize: MetadataSize {
        metadata.values.reduce(into: MetadataSize()) { $0 += MetadataSize(entries: 1, bytes: $1.byteCount) }
    }
}
