internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBRules

/// The rule that a request names.
struct RuleChoice: Sendable {
    /// The rule's name; any if it is empty.
    let name: String
    private let group: String
    private let file: String

    /// Reads `rule`, and `group` and `file`, which choose among several of that name.
    init(_ parameters: RequestParameters) {
        name = parameters["rule"]
        group = parameters["group"]
        file = parameters["file"]
    }

    /// The rules that are named, each with its group and its place there, in the order of groups.
    func rules(in groups: [GroupEvaluator]) -> [(evaluator: GroupEvaluator, index: Int)] {
        var found: [(evaluator: GroupEvaluator, index: Int)] = []
        for evaluator in groups where accepts(evaluator.group) {
            for (index, rule) in evaluator.group.rules.enumerated() where rule.name == name {
                found.append((evaluator, index))
            }
        }
        return found
    }

    private func accepts(_ candidate: RuleGroup) -> Bool {
        (group.isEmpty || candidate.name == group) && (file.isEmpty || candidate.file == file)
    }

    /// The error that no alerting rule is named so, with the nearest name.
    func notFound(in groups: [GroupEvaluator]) -> APIError {
        let rules = groups.flatMap(\.group.rules), alerting = rules.filter { $0.alerting != nil }.map(\.name)
        let problem = "no alerting rule \(goQuoted(name)) is evaluated here"
        // An alerting rule of that name is in another group or file than the one that was asked for.
        guard !alerting.contains(name) else { return APIError(.notFound, "\(problem) in this group and file") }
        if rules.contains(where: { $0.name == name }) {
            return APIError(.notFound, "\(problem): it is a recording rule")
        }
        let nearest = NearestName.of(name, in: alerting).map { "; did you mean \(goQuoted($0))?" } ?? ""
        return APIError(.notFound, problem + nearest)
    }
}
