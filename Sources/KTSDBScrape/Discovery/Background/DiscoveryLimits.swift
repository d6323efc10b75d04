/// How much a discovery may find; ``DiscoveryOptions`` has the limits of its answers. Real installations are far below.
enum DiscoveryLimits {
    /// How many targets one source may have.
    static let targets = 1_000_000
    /// How many JSON values one answer may have.
    static let answerValues = 20_000_000
    /// How many failures are kept until they are logged; of more, the newest.
    static let failures = 16
}
