internal import KTSDBModel

/// The targets that relabelling makes from the groups of a job's sources.
///
/// Groups that were there before are not relabelled again: a change usually affects few of them, even among a hundred
/// thousand.
struct BuiltTargets {
    private(set) var targets: [Target.Identity: Target] = [:]
    /// The dropped targets, at most as many as the job keeps, each with the number of the rule that drops it, from 0.
    private(set) var dropped: [(labels: Labels, rule: Int)] = []
    private(set) var droppedCount = 0
    /// The number of targets that cannot be used.
    private(set) var invalidCount = 0
    /// Why new targets cannot be used, for at most 100 of them.
    private(set) var problems: [String] = []
    /// The candidates that each group gives.
    private(set) var candidates: [TargetGroup: [Target.Candidate]] = [:]

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

    /// Builds the targets of `groups`. `known` has the candidates that groups gave before, with the same settings.
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
