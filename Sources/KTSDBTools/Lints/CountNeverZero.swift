internal import PromQL

/// `count` of nothing is nothing, and not 0.
enum CountNeverZero {
    static let lint = Lint(
        "count-never-zero", .rules,
        "A count or sum of what a comparison leaves is compared with 0, but of nothing it is nothing and not 0."
    ) { context in
        context.rules.flatMap { rule in
            rule.expression.thresholds.compactMap { threshold -> LintFinding? in
                guard case .aggregation(let node) = threshold.expression, node.operation == .count,
                    threshold.wantsFew, node.operand.bare.filters
                else { return nil }
                return rule.finding(
                    why: "count of no series is no data and not 0, so the rule is silent when no series is left",
                    fix: "write (count(…) or vector(0)) \(threshold.operation.rawValue) \(numberText(threshold.value))")
            }
        }
    }
}

extension Threshold {
    /// Whether 0 passes.
    fileprivate var wantsFew: Bool {
        switch operation {
        case .less: value > 0
        case .lessOrEqual: value >= 0
        case .equal: value == 0
        default: false
        }
    }
}

extension Expression {
    /// Whether the expression is a comparison that leaves some series, or none.
    fileprivate var filters: Bool {
        if case .binary(let node) = self { node.dropsSeries } else { false }
    }
}
