internal import KTSDBModel

/// What a target is made of: an address and the labels of its group. A hundred thousand discovered targets are kept as
/// this; the rest of a ``Target`` follows from it and from the job, and takes a thousand bytes.
struct TargetSeed: Hashable, Sendable {
    var labels: Labels
    var address: String

    /// What the job makes of it.
    func candidate(_ job: ScrapeJob) -> Target.Candidate {
        Target.candidate(address: address, groupLabels: labels, job: job)
    }

    /// The target; nil if the job drops it or cannot use it.
    func target(_ job: ScrapeJob) -> Target? {
        if case .target(let target) = candidate(job) { target } else { nil }
    }

    /// The labels before relabelling.
    func discoveredLabels(_ job: ScrapeJob) -> Labels {
        let builder = Target.discovered(address: address, groupLabels: labels, job: job)
        return builder.problem == nil ? builder.labels : [:]
    }
}

/// What a pool has to know of a target before it is scraped.
struct TargetPlan: Sendable {
    let interval: Duration
    /// A number that spreads targets over their interval.
    let spread: UInt64
    /// The hash of the labels of its series.
    let publicFingerprint: UInt64

    init(_ target: Target) {
        interval = target.interval
        spread = target.spread
        publicFingerprint = target.publicLabels.fingerprint
    }
}
