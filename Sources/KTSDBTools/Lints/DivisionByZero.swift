internal import PromQL

/// 0/0 is NaN, and no comparison with NaN holds: without traffic there is no alert, and no sign of it.
enum DivisionByZero {
    static let lint = Lint(
        "division-by-zero", .rules,
        "A rate is divided by a rate that is 0 without traffic: 0/0 is NaN, which passes no threshold."
    ) { context in
        context.rules.flatMap { rule -> [LintFinding] in
            guard !rule.expression.guardsTraffic else { return [] }
            return rule.expression.operators.compactMap { node in
                guard node.operation == .divide, let divisor = node.right.rates.first, !node.left.rates.isEmpty else {
                    return nil
                }
                let metric = divisor.metric ?? "the divisor"
                return rule.finding(
                    why:
                        "without traffic the rate of \(metric) is 0 and 0/0 is NaN, which passes no threshold: the rule "
                        + "is silent when nothing works at all",
                    fix:
                        "alert on missing traffic as well, or add `and sum(rate(\(metric)[5m])) > 0` to say that it is "
                        + "meant")
            }
        }
    }
}

extension Expression {
    /// Whether some part asks that a rate is above a number.
    fileprivate var guardsTraffic: Bool {
        all.contains { part in
            guard case .binary(let node) = part, [.and, .unless].contains(node.operation) else { return false }
            return node.right.thresholds.contains { !$0.expression.rates.isEmpty }
        }
    }
}
