internal import KTSDBModel
internal import PromQL

/// A rule whose evaluations are recorded, with the results of the parts of its expression.
struct TracedRule {
    /// The index of the rule's group, and of the rule in the group.
    let place: (group: Int, rule: Int)
    private let operands: [(text: String, expression: any RuleExpression)]
    private(set) var trace: RuleTestTrace

    init(_ rule: AlertingRule, in group: RuleGroup, place: (group: Int, rule: Int), _ language: PromQLRuleLanguage) {
        self.place = place
        trace = RuleTestTrace(group: group.key, rule: rule)
        let parts = (try? PromQLEngine(EngineOptions.everything).prepare(rule.expression))?.expression.operandsToTrace
        operands = (parts ?? []).compactMap { text in (try? language.prepare(text)).map { (text, $0) } }
    }

    /// Records the evaluation at `time`, which is `offset` after the start of the test.
    mutating func add(
        _ state: RuleState, at time: PreciseTime, offset: Duration, start: PreciseTime, in view: any SeriesSource
    ) {
        let results = operands.map { text, expression in
            RuleTestTrace.Operand(
                text: text, samples: (try? expression.evaluate(at: time.timestamp, in: view)) ?? [])
        }
        let alerts = state.alerts.values.filter { $0.state != .inactive }.map { alert in
            RuleTestTrace.TracedAlert(labels: alert.labels, state: alert.state, activeAt: alert.activeAt - start)
        }.sorted { $0.labels < $1.labels }
        trace.steps.append(
            RuleTestTrace.Step(
                time: offset, operands: results, alerts: alerts, error: state.health.error.map { "\($0)" }))
    }
}

extension EngineOptions {
    /// Options that accept the whole language, since the expression has been checked before.
    fileprivate static var everything: EngineOptions {
        var options = EngineOptions()
        options.parser = .everything
        return options
    }
}

extension Expression {
    /// The sides of comparisons and of `and`, `or` and `unless`, without numbers, at most 16; the whole expression if
    /// it has none of these operators.
    fileprivate var operandsToTrace: [String] {
        var found: [String] = [], waiting = [self]
        while var expression = waiting.popLast(), found.count < 16 {
            while case .parentheses(let node) = expression { expression = node.inner }
            if case .number = expression, !found.isEmpty || !waiting.isEmpty { continue }
            guard case .binary(let node) = expression, node.operation.choosesSeries else {
                found.append(expression.description)
                continue
            }
            waiting += [node.right, node.left]
        }
        return found
    }
}

extension BinaryOperator {
    /// Whether the operator selects series, and so decides which alerts exist.
    fileprivate var choosesSeries: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or, .unless: true
        default: false
        }
    }
}
