internal import KTSDBModel

/// What relabelling makes of the groups that a job's sources have found.
///
/// Groups that were there before are not relabelled again: of a hundred thousand, a change concerns a few.
struct BuiltTargets {
    private(set) var targets: [Target.Identity: Target] = [:]
    /// The dropped ones, as many as the job wants to keep, each with the number of the rule that drops it.
    private(set) var dropped: [(labels: Labels, rule: Int)] = []
    private(set) var droppedCount = 0
    /// How many cannot be used.
    private(set) var invalidCount = 0
    /// Why some of the new ones cannot be used.
    private(set) var problems: [String] = []
    /// What each group comes to.
    private(set) var candidates: [TargetGroup: [Target.Candidate]] = [:]

    /// How many of the new problems are kept.
    private static let problemLimit = 100

    init() {}

    /// The same as far as the next synchronization needs it: the targets are with their loops.
    var withoutTargets: BuiltTargets {
        var built = self
        built.targets = [:]
        built.problems = []
        return built
    }

    /// Builds the targets of `groups`; `known` is what groups came to before, by the same settings.
    init(_ groups: [TargetGroup], job: ScrapeJob, known: [TargetGroup: [Target.Candidate]]) {
        for group in groups {
            let old = candidates[group] ?? known[group]
            let found = old ?? Target.candidates(of: group, job: job)
            candidates[group] = found
            for candidate in found { add(candidate, isNew: old == nil, job.limits) }
        }
    }

    private mutating func add(_ candidate: Target.Candidate, isNew: Bool, _ limits: ScrapeJob.Limits) {
        switch candidate {
        case .target(let target): targets[target.identity] = target
        case .dropped(let labels, let rule):
            droppedCount += 1
            if dropped.count < limits.keptDroppedTargets ?? .max { dropped.append((labels, rule)) }
        case .invalid(let reason):
            invalidCount += 1
            if isNew, problems.count < Self.problemLimit { problems.append(reason) }
        }
    }
}
