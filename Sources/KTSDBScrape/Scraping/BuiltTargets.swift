internal import KTSDBModel

/// The targets that relabelling makes from the groups of a job's sources.
///
/// Groups that were there before are not relabelled again: a change usually affects few of them, even among a hundred
/// thousand.
struct BuiltTargets {
    /// A target, and what was found out of it when it was built; nil for one that was there before.
    struct Found {
        let seed: TargetSeed
        let plan: TargetPlan?
    }

    /// What an address comes to.
    enum Outcome {
        case target(Target.Identity)
        /// The rule with this number, from 0, drops it.
        case dropped(rule: Int)
        case invalid
    }

    /// What the addresses of a group come to. Most groups have one.
    enum Outcomes {
        case one(Outcome)
        case many([Outcome])
    }

    private(set) var targets: [Target.Identity: Found] = [:]
    /// The dropped ones, as many as the job wants to keep, each with the number of the rule that drops it.
    private(set) var dropped: [(seed: TargetSeed, rule: Int)] = []
    private(set) var droppedCount = 0
    /// The number of targets that cannot be used.
    private(set) var invalidCount = 0
    /// Why new targets cannot be used, for at most 100 of them.
    private(set) var problems: [String] = []
    /// What each group comes to.
    private(set) var outcomes: [TargetGroup: Outcomes] = [:]

    /// The most new problems that are kept.
    private static let problemLimit = 100

    init() {}

    /// A copy with only what the next synchronization needs: without the targets, which their loops have, and without
    /// problems.
    var withoutTargets: BuiltTargets {
        var built = self
        built.targets = [:]
        built.problems = []
        return built
    }

    /// Builds the targets of `groups`; `known` is what groups came to before, by the same settings.
    init(_ groups: [TargetGroup], job: ScrapeJob, known: [TargetGroup: Outcomes]) {
        outcomes.reserveCapacity(groups.count)
        targets.reserveCapacity(groups.reduce(0) { $0 + $1.addresses.count })
        for group in groups {
            if let old = outcomes[group] ?? known[group] {
                outcomes[group] = old
                addKnown(old, of: group, job.limits)
            } else {
                let new = group.addresses.map { build(TargetSeed(labels: group.labels, address: $0), job) }
                outcomes[group] = new.count == 1 ? .one(new[0]) : .many(new)
            }
        }
    }

    private mutating func build(_ seed: TargetSeed, _ job: ScrapeJob) -> Outcome {
        switch seed.candidate(job) {
        case .target(let target):
            let identity = target.identity
            targets[identity] = Found(seed: seed, plan: TargetPlan(target))
            return .target(identity)
        case .dropped(_, let rule):
            drop(seed, rule, job.limits)
            return .dropped(rule: rule)
        case .invalid(let reason):
            invalidCount += 1
            if problems.count < Self.problemLimit { problems.append(reason) }
            return .invalid
        }
    }

    private mutating func addKnown(_ outcomes: Outcomes, of group: TargetGroup, _ limits: ScrapeJob.Limits) {
        let list = if case .many(let list) = outcomes { list } else { [Outcome]() }
        for (place, address) in group.addresses.enumerated() {
            let seed = TargetSeed(labels: group.labels, address: address)
            let outcome = if case .one(let outcome) = outcomes { outcome } else { list[place] }
            switch outcome {
            case .target(let identity): targets[identity] = Found(seed: seed, plan: targets[identity]?.plan)
            case .dropped(let rule): drop(seed, rule, limits)
            case .invalid: invalidCount += 1
            }
        }
    }

    private mutating func drop(_ seed: TargetSeed, _ rule: Int, _ limits: ScrapeJob.Limits) {
        droppedCount += 1
        if dropped.count < limits.keptDroppedTargets ?? .max { dropped.append((seed, rule)) }
    }
}
