internal import KTSDBModel

/// The limits of time as the retention clock needs them: for each class of series, how long it is kept.
///
/// A series' *class* is the number of the first rule that matches it; series that no rule matches are in the last
/// class. All times are in milliseconds.
struct RetentionPolicy: Hashable {
    /// How long each class is kept; nil for ever. Always one more than there are rules.
    let keeps: [Int64?]
    /// Identifies the rules, from one opening to the next: 0 without rules. Any change of matchers, order or times
    /// gives another number; so does a change between keeping the last class for ever and not.
    let identity: UInt64

    init(_ limits: RetentionLimits) {
        keeps = limits.rules.all.map { $0.keep.milliseconds } + [limits.age?.milliseconds]
        identity = limits.rules.all.isEmpty ? 0 : Self.identity(limits)
    }

    /// A policy without rules.
    init(keep: Int64?) {
        keeps = [keep]
        identity = 0
    }

    /// The number of classes.
    var classCount: Int { keeps.count }

    /// The time that says whether the clock, or the policy, has leapt: that of the last class, or the longest of the
    /// others if the last class is kept for ever. nil if nothing ever becomes too old.
    var reference: Int64? { keeps[keeps.count - 1] ?? keeps.compactMap { $0 }.max() }

    /// Returns for each class the time before which its samples are too old, counted back from `now`.
    func limits(at now: Int64) -> [Int64] {
        keeps.map { keep in
            guard let keep else { return .min }
            let (limit, overflow) = now.subtractingReportingOverflow(keep)
            return overflow ? .min : limit
        }
    }

    private static func identity(_ limits: RetentionLimits) -> UInt64 {
        var hash = StableHash()
        hash.add(limits.age == nil ? 0 : 1)
        for rule in limits.rules.all {
            hash.add(rule.keep.milliseconds)
            hash.add(rule.matchers)
        }
        return hash.value
    }
}
