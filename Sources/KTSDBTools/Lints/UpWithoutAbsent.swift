internal import KTSDBModel
internal import KTSDBRules
internal import PromQL

/// A target that discovery drops has no series `up` any more, so `up == 0` does not see it.
enum UpWithoutAbsent {
    static let lint = Lint(
        "up-without-absent", .rules,
        "An alert on up == 0 has no companion with absent(): a target that discovery drops raises no alert."
    ) { context in
        let watched = context.rules.flatMap { absentJobs($0.expression) }
        return context.rules.flatMap { rule -> [LintFinding] in
            guard rule.alert != nil else { return [] }
            return rule.expression.thresholds.compactMap { threshold in
                guard threshold.isDown, let selector = threshold.expression.upSelector else { return nil }
                let job = selector.matchers.first { $0.name == "job" }
                guard !watched.contains(where: { $0 == nil || $0 == job?.value }) else { return nil }
                let text = job.map { "up{job\($0.operation.rawValue)\(goQuoted($0.value))}" } ?? "up{job=\"…\"}"
                return rule.finding(
                    why: "a target that discovery no longer finds has no series up, and so no alert",
                    fix:
                        "add an alert on absent(\(text)), or write `\(rule.rule.expression.oneLine) or absent(\(text))`"
                )
            }
        }
    }

    /// The jobs that `absent(up…)` watches; nil for any job.
    private static func absentJobs(_ expression: Expression) -> [String?] {
        expression.all.compactMap { part -> String?? in
            guard case .call(let call) = part, ["absent", "absent_over_time"].contains(call.function.name),
                let selector = call.arguments.first?.innermostSelector, selector.metric == "up"
            else { return nil }
            return .some(selector.matchers.first { $0.name == "job" }?.value)
        }
    }
}

extension Threshold {
    /// Whether the threshold asks if something is 0.
    fileprivate var isDown: Bool {
        operation == .equal && value == 0 || operation == .less && value == 1 || operation == .notEqual && value == 1
    }
}

extension Expression {
    fileprivate var upSelector: VectorSelector? {
        if case .vectorSelector(let node) = bare, node.metric == "up" { node } else { nil }
    }
}

extension String {
    /// The text in one line, cut where it gets long.
    var oneLine: String {
        let line = split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 120 ? line : line.prefix(119) + "…"
    }
}
