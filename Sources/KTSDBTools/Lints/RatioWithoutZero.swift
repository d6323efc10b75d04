internal import KTSDBModel
internal import PromQL

/// The series of errors exist from the first error on: before that a ratio of errors is nothing, and not 0.
enum RatioWithoutZero {
    static let lint = Lint(
        "ratio-without-zero", .rules,
        "The numerator of a ratio has no series while nothing has gone wrong: the result is no data, and not 0."
    ) { context in
        context.rules.flatMap { rule in
            rule.expression.operators.compactMap { finding(rule, $0) }
        }
    }

    private static func finding(_ rule: LintedRule, _ node: BinaryExpression) -> LintFinding? {
        guard node.operation == .divide, let ratio = CounterRatio(node), let errors = ratio.narrowing else {
            return nil
        }
        return rule.finding(
            why: "while no series matches \(errors) the ratio is no data: "
                + (rule.alert == nil ? "what is recorded has gaps" : "an alert that fires ends as if all were well"),
            fix: "write (… or vector(0)) around the numerator")
    }
}

/// A division of two sums of rates of counters.
struct CounterRatio: Sendable {
    let numerator: VectorSelector
    let denominator: VectorSelector

    /// Nil if the operands are something else, or the numerator has a value for missing series.
    init?(_ node: BinaryExpression) {
        guard case .aggregation(let left) = node.left.lastOperand.bare, let numerator = left.operand.rated,
            let denominator = node.right.rates.first
        else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The condition that the numerator has and the denominator does not, if both read the same metric.
    var narrowing: LabelMatcher.Description? {
        guard let metric = numerator.metric, metric == denominator.metric else { return nil }
        let others = Set(denominator.matchers.map { LabelMatcher.Description($0) })
        return numerator.matchers.map { LabelMatcher.Description($0) }.first { !others.contains($0) }
    }
}

extension LabelMatcher {
    /// A matcher as text.
    struct Description: Hashable, CustomStringConvertible {
        let description: String
        init(_ matcher: LabelMatcher) {
            description = "\(matcher.name)\(matcher.operation.rawValue)\(goQuoted(matcher.value))"
        }
    }
}

extension Expression {
    /// The last operand of a chain of operators, or the expression.
    var lastOperand: Expression {
        if case .binary(let node) = bare { node.right } else { self }
    }

    /// The counter whose rate or increase this is.
    var rated: VectorSelector? {
        guard case .call(let call) = bare, ["rate", "increase", "irate"].contains(call.function.name),
            case .matrixSelector(let node)? = call.arguments.first?.bare
        else { return nil }
        return node.selector
    }

    /// The counters whose rates the expression adds up.
    var rates: [VectorSelector] { all.compactMap(\.rated) }
}
