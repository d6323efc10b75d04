internal import PromQL

/// promtool takes any expression, the server wants a vector or a scalar.
enum NotVector {
    static let lint = Lint(
        "not-a-vector", .rules,
        "A rule's expression gives a text or a range of samples: it is valid, and fails at each evaluation."
    ) { context in
        context.rules.compactMap { rule in
            let type = rule.expression.type
            guard type == .string || type == .matrix else { return nil }
            return rule.finding(
                why:
                    "the expression gives a \(type == .string ? "text" : "range of samples"), so each evaluation fails",
                fix: type == .string ? "write a number or a vector" : "put it in a function such as avg_over_time(…)")
        }
    }
}
