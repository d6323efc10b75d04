/// Limits on what a discovery may find, far above real installations. ``DiscoveryOptions`` limits the size of answers.
enum DiscoveryLimits {
    /// The most targets of one source.
    static let targets = 1_000_000
    /// The most JSON values in one answer.
    static let answerValues = 20_000_000
    /// The most failures kept until they are logged; older ones are dropped.
    static let failures = 16
}
