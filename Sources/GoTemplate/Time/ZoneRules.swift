/// When clocks of a place are how far ahead of UTC: the content of a file of the IANA time zone database.
package struct ZoneRules: Hashable, Sendable {
    /// One way to set clocks.
    package struct Kind: Hashable, Sendable {
        /// Seconds ahead of UTC.
        package var offset: Int
        /// Whether it is daylight saving time.
        package var isDaylight: Bool
        /// `CET`, `+09`.
        package var abbreviation: String

        package init(offset: Int, isDaylight: Bool, abbreviation: String) {
            self.offset = offset
            self.isDaylight = isDaylight
            self.abbreviation = abbreviation
        }
    }

    /// Seconds since 1970 at which another kind begins, ascending.
    private(set) var transitions: [Int64] = []
    /// The kind that begins at each transition.
    private(set) var kindsAfter: [Int] = []
    private(set) var kinds: [Kind]
    /// What holds after the last transition.
    private(set) var footer: PosixZone?

    /// Universal time.
    package static let utc = ZoneRules(kinds: [Kind(offset: 0, isDaylight: false, abbreviation: "UTC")])

    init(transitions: [Int64] = [], kindsAfter: [Int] = [], kinds: [Kind], footer: PosixZone? = nil) {
        self.transitions = transitions
        self.kindsAfter = kindsAfter
        self.kinds = kinds
        self.footer = footer
    }

    /// How clocks are set at a moment, in seconds since 1970.
    package func kind(at seconds: Int64) -> Kind {
        var low = 0, high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let footer { return footer.kind(at: seconds) }
        return low == 0 ? first : kinds[kindsAfter[low - 1]]
    }

    /// What holds before the first transition: the first kind, or the first that is not daylight saving time.
    private var first: Kind {
        if kindsAfter.contains(0), let standard = kinds.first(where: { !$0.isDaylight }) {
            return kinds[0].isDaylight ? standard : kinds[0]
        }
        return kinds[0]
    }
}
