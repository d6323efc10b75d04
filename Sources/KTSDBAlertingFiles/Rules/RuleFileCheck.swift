internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules

/// Finds what is wrong with the groups of a rule file, in Prometheus' words.
struct RuleFileCheck {
    private let options: RuleFile.Options
    private let templates = GoRuleTemplates()

    init(_ options: RuleFile.Options) { self.options = options }

    func problems(_ groups: [RuleGroupNode]) -> [String] {
        var problems: [String] = [], names: Set<String> = []
        for group in groups {
            if group.name.isEmpty { problems.append("\(group.place.place): Groupname must not be empty") }
            if !names.insert(group.name).inserted {
                problems.append("\(group.place.place): groupname: \"\(group.name)\" is repeated in the same file")
            }
            problems += labelProblems(group.labels)
            for (index, rule) in group.rules.enumerated() {
                let prefix = "group \(goQuoted(group.name)), rule \(index + 1), \(goQuoted(rule.name)): "
                problems += ruleProblems(rule).map { problem in
                    (problem.places + [prefix + problem.text]).joined(separator: ": ")
                }
            }
        }
        return problems
    }

    private struct Problem {
        var text: String
        var places: [String] = []
    }

    private func ruleProblems(_ rule: RuleNode) -> [Problem] {
        var problems: [Problem] = []
        let both = [rule.record.place, rule.alert.place]
        if !rule.record.text.isEmpty, !rule.alert.text.isEmpty {
            problems.append(Problem(text: "only one of 'record' and 'alert' must be set", places: both))
        }
        if rule.record.text.isEmpty, rule.alert.text.isEmpty {
            problems.append(Problem(text: "one of 'record' or 'alert' must be set", places: both))
        }
        if let text = expressionProblem(rule) {
            problems.append(Problem(text: text, places: [rule.expression.place]))
        }
        if !rule.record.text.isEmpty {
            problems += recordingProblems(rule).map { Problem(text: $0, places: [rule.record.place]) }
        }
        return problems + textProblems(rule).map { Problem(text: $0) }
    }

    private func expressionProblem(_ rule: RuleNode) -> String? {
        if rule.expression.text.isEmpty { return "field 'expr' must be set in rule" }
        do { _ = try options.language.prepare(rule.expression.text) } catch {
            return "could not parse expression: \(error)"
        }
        return nil
    }

    private func recordingProblems(_ rule: RuleNode) -> [String] {
        let name = rule.record.text
        var problems: [String] = []
        func refuse(_ field: String, _ isSet: Bool) {
            if isSet { problems.append("invalid field '\(field)' in recording rule") }
        }
        refuse("annotations", !rule.annotations.isEmpty)
        refuse("for", rule.holdDuration != .zero)
        refuse("keep_firing_for", rule.keepFiringFor != .zero)
        if options.names == .classic, !LabelName.isLegacyMetricName(name) {
            problems.append("invalid recording rule name: \(name)")
        }
        if name.contains(where: { "{}".contains($0) }) {
            problems.append("braces present in the recording rule name; should it be in expr?: \(name)")
        }
        return problems
    }

    private func textProblems(_ rule: RuleNode) -> [String] {
        labelProblems(rule.labels)
            + rule.annotations.filter { !options.names.isLabelName($0.0) }.map { "invalid annotation name: \($0.0)" }
            + (rule.alert.text.isEmpty ? [] : templateProblems(rule) + policyProblems(rule))
    }

    private func labelProblems(_ labels: [(String, String)]) -> [String] {
        labels.map(\.0).filter { !options.names.isLabelName($0) || $0 == "__name__" }
            .map { "invalid label name: \($0)" }
    }

    /// What of the labels and annotations that ktsdb itself reads is not known: a misspelled one must not be ignored.
    private func policyProblems(_ rule: RuleNode) -> [String] {
        let known = NoDataPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        return [("label", rule.labels), ("annotation", rule.annotations)].flatMap { kind, texts in
            texts.filter { $0.0 == NoDataPolicy.name && NoDataPolicy(rawValue: $0.1) == nil }.map {
                "\(kind) \(goQuoted($0.0)): \(goQuoted($0.1)) is not one of \(known)"
            }
        }
    }

    private func templateProblems(_ rule: RuleNode) -> [String] {
        func problems(_ kind: String, _ texts: [(String, String)]) -> [String] {
            texts.compactMap { name, text in
                templates.check(text, name: "__alert_" + rule.alert.text).map { "\(kind) \(goQuoted(name)): \($0)" }
            }
        }
        return problems("label", rule.labels) + problems("annotation", rule.annotations)
    }
}
