internal import KTSDBModel
internal import PromQL
internal import PrometheusWire

/// What is older than the retention is gone: a longer window never has all of its samples.
enum RangeBeyondRetention {
    static let lint = Lint(
        "range-beyond-retention", .rules,
        "An expression reads as far back as samples are kept, or further.",
        needs: "storage.tsdb.retention in the configuration, or --storage.tsdb.retention.time"
    ) { context in
        guard let retention = context.retention else { return [] }
        return context.rules.compactMap { rule in
            let reach = rule.expression.reach
            guard reach >= retention / .seconds(1) else { return nil }
            let kept = PrometheusDuration.format(retention)
            let text = PrometheusDuration.format(.seconds(Int64(min(reach, 1e9))))
            return rule.finding(
                why: "the expression reads \(text) back and samples are kept for \(kept), so its oldest ones are gone",
                fix: "keep samples longer, or record a rollup and read that")
        }
    }
}

extension Expression {
    /// How many seconds back the expression reads, as far as its text says it.
    fileprivate var reach: Double {
        switch self {
        case .number, .string: 0
        case .vectorSelector(let node): node.offset?.seconds ?? 0
        case .matrixSelector(let node): (node.window.seconds ?? 0) + (node.selector.offset?.seconds ?? 0)
        case .subquery(let node):
            (node.window.seconds ?? 0) + (node.offset?.seconds ?? 0) + node.expression.reach
        default: parts.map(\.reach).max() ?? 0
        }
    }
}
