package import KTSDBModel

/// The outcome of one scrape.
package struct ScrapeOutcome: Sendable {
    /// Why nothing of the body was stored; nil if all went well.
    package var error: String?
    /// The number of samples in the body.
    package var scraped = 0
    /// The number of samples left after relabelling.
    package var kept = 0
    /// The number of series that were not in the previous body.
    package var added = 0
    /// For a body with too many samples, the rows of the series that count as added; nil means all.
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
    /// If there is no body, or it is refused, nothing of it is stored, and all series of the target are marked stale.
    /// `elapsed` returns the time since the scrape began, for `scrape_duration_seconds`.
    func ingest(_ page: Result<ScrapeBody, FetchError>, at timestamp: Timestamp, elapsed: () -> Duration)
        -> ScrapeOutcome

    /// Marks all series of the target stale, including those of its report, because it is no longer scraped.
    func retire(at timestamp: Timestamp)

    /// Takes over the target's series from `predecessor`, so that those which do not come again are marked stale.
    func takeOver(from predecessor: any BodyIngest)

    /// Whether storing waits for the disk, in which case it must not run on a thread that others need.
    var waitsForDisk: Bool { get }

    /// The target's metadata, by metric name. May be read at any time.
    var metadata: [String: MetricMetadata] { get }

    /// How much metadata there is. May be read at any time.
    var metadataSize: MetadataSize { get }
}

extension BodyIngest {
    package var metadataSize: MetadataSize {
        metadata.values.reduce(into: MetadataSize()) { $0 += MetadataSize(entries: 1, bytes: $1.byteCount) }
    }
}
