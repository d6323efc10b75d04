/// How much a discovery may find, and how long its answers may be. Real installations are far below.
enum DiscoveryLimits {
    /// How many targets one source may have.
    static let targets = 1_000_000
    /// The longest answer in bytes.
    static let answerBytes = 256 << 20
    /// How many JSON values one answer may have.
    static let answerValues = 20_000_000
    /// How much of an answer that reports an error is read, in bytes.
    static let errorBytes = 16 << 10
    /// How many failures are kept until they are logged; of more, the newest.
    static let failures = 16
}
