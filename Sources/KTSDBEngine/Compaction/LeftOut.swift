/// Which hidden samples a compaction leaves out of its result. What else is hidden stays in the result, and stays
/// hidden.
package struct LeftOut: Sendable {
    /// The numbers of the deletions whose samples are left out.
    package var deletions: Set<UInt64>
    /// Whether samples that are too old for their class are left out.
    package var expired: Bool

    package init(deletions: Set<UInt64> = [], expired: Bool = false) {
        self.deletions = deletions
        self.expired = expired
    }

    /// Whether what a part of a mask hides is left out.
    func contains(_ part: BlockMask.Part) -> Bool {
        switch part.cause {
        case .deletion(let number): deletions.contains(number)
        case .age, .ageOfAll: expired
        }
    }
}
