/// What happens to a sample if its series has a sample with another value at the same time. A sample that is equal bit
/// for bit is always ignored.
public enum DuplicatePolicy: UInt8, Hashable, Sendable, CaseIterable {
    /// The first one stays. The later one is counted as rejected if it repeats the time of its series' newest sample
    /// (``RejectionReason/duplicateTimestamp``). A late one is stored as long as it takes to find the first one, and
    /// never shown.
    case reject = 0
    /// The first one stays, and the later one is ignored without being counted as rejected.
    case keepFirst = 1
    /// The later one replaces the first one, wherever that is stored.
    case keepLast = 2
}
