internal import KTSDBRules
internal import PromQL

/// `increase(x[24h])` is about the last 24 hours, whatever the clock says, and extrapolates to fractions.
enum SlidingDay {
    static let lint = Lint(
        "sliding-day", .rules,
        "A rule called daily or today takes increase over 24h, which slides with the time and gives fractions."
    ) { context in
        context.rules.flatMap { rule -> [LintFinding] in
            let name = rule.name.lowercased()
            guard ["today", "daily", "per_day", "perday"].contains(where: name.contains) else { return [] }
            return rule.expression.all.compactMap { part in
                guard case .call(let call) = part, call.function.name == "increase",
                    case .matrixSelector(let node)? = call.arguments.first?.bare, node.window.seconds == 86_400
                else { return nil }
                return rule.finding(
                    why:
                        "increase over 24h is about the last 24 hours and not about today, and it extrapolates to fractions",
                    fix: "say in the name that it is the last 24 hours, or use round(…) where whole numbers are shown")
            }
        }
    }
}
