/// How often a maintenance thread looks for work: each second while there are commits or work in progress, and less
/// often while nothing happens, so that an idle database costs next to nothing.
struct MaintenancePace {
    /// Nanoseconds.
    static let second: UInt64 = 1_000_000_000
    /// The longest wait, in nanoseconds. What becomes due by time alone is this much late.
    static let longest = 10 * second

    private var sequence: UInt64 = 0

    /// Returns how long to wait, in nanoseconds, when this is the sequence of the last commit.
    mutating func wait(after sequence: UInt64, isBusy: Bool) -> UInt64 {
        defer { self.sequence = sequence }
        return isBusy || sequence != self.sequence ? Self.second : Self.longest
    }
}
