/// The limits of bodies where a job sets none: enough for all but very large targets, so that one that never ends its
/// answer does not take the memory of others.
enum BodyLimits {
    /// How many bytes a body may have where `body_size_limit` is not set.
    static let usualBytes = 48 << 20
    /// How many lines a body may have where neither `sample_limit` nor `body_size_limit` is set.
    static let usualLines = 1_000_000
    /// No body is larger than 2 GiB, which is as much as a buffer can hold.
    static let mostBytes = 1 << 31 - 1
}
