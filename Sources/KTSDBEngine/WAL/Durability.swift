/// What a commit promises once it has returned.
public enum Durability: Hashable, Sendable {
    /// The commit is handed to the operating system: it survives the end of the process, but not a power cut.
    case buffered
    /// Like ``buffered``, but what was committed is on the disk at most this much later: a power cut loses no more than
    /// the commits of that last span of time, always a suffix of all commits. A disk that
    /// takes more than a quarter of the span for a sync may lose more, at most 8 MiB of the log.
    case interval(Duration)
    /// The commit is on the disk. Commits that are made at the same time share one sync.
    case durable
}
