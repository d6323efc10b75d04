public import KTSDBModel

/// Explains alerting rules: evaluates each operand, and computes what the rule would have done before.
///
/// It evaluates stored samples with the state machine of the server, and changes nothing.
public struct RuleExplainer: Sendable {
    /// The language, the templates and what they can read.
    public var options: RuleOptions
    /// How far back the history goes. It goes further back if `for`, `keep_firing_for` and ten intervals together are
    /// longer.
    public var lookback: Duration = .seconds(3600)
    /// The most series that are shown of each operand.
    public var sampleLimit = 5
    /// Called at least once every 5,000 evaluations of the history; what it throws ends the explanation.
    public var check: @Sendable () throws -> Void = {}
    /// Labels that an alert must have, with these values, to be shown.
    public var labels: [(name: String, value: String)] = []

    /// The most evaluations in the history. A longer history is cut at its beginning.
    private static let evaluationLimit = 100_000

    /// Creates an explainer.
    public init(_ options: RuleOptions) { self.options = options }

    /// Explains a rule of a group at a time. The alerts are those of `state`, the state of the rule in a server; if it
    /// is nil, they are computed.
    /// - Throws: An error if the expression cannot be parsed, and what ``check`` throws.
    public func explain(
        _ rule: AlertingRule, of group: RuleGroup, state: RuleState? = nil, at time: PreciseTime,
        in source: any SeriesSource
    ) throws -> AlertExplanation {
        let queryTime = (time - (group.queryOffset ?? options.queryOffset)).timestamp
        let operand = try options.language.prepare(rule.expression).operand
        let interval = max(group.interval, .milliseconds(1))
        let start = historyStart(rule, interval, at: time)
        var explanation = AlertExplanation(
            group: group.key, rule: rule, interval: interval, time: time, queryTime: queryTime,
            operand: explain(operand, at: queryTime, in: source).explanation, historyStart: start)
        var test = RuleBacktest(rule, options: options)
        test.options.queryOffset = group.queryOffset ?? options.queryOffset
        test.limit = group.limit
        test.check = check
        explanation.history = try test.run(over: start...time, interval: interval, in: source)
        explanation.history.runs.removeAll { !isShown($0.labels) }
        take(state, into: &explanation)
        return explanation
    }

    /// Sets the alerts and the last error from the server's state, or the alerts from the history.
    private func take(_ state: RuleState?, into explanation: inout AlertExplanation) {
        let rule = explanation.rule
        explanation.isLive = state != nil
        explanation.lastError = state?.health.error?.description
        if case .limit? = state?.health.error { explanation.hasForgottenAlerts = true }
        if let state {
            explanation.alerts = state.activeAlerts.map { .init($0, of: rule) }.filter { isShown($0.labels) }
        } else {
            let active = explanation.history.runs.filter { $0.endedAt == nil }
            explanation.alerts = active.map { .init($0, of: rule) }
        }
    }

    /// Returns when the history begins: a whole number of intervals before `time`, so that it ends exactly there.
    private func historyStart(_ rule: AlertingRule, _ interval: Duration, at time: PreciseTime) -> PreciseTime {
        let wanted = max(lookback, rule.holdDuration + rule.keepFiringFor + interval * 10)
        let steps = min(wanted.nanoseconds / interval.nanoseconds, Int64(Self.evaluationLimit) - 1)
        return time - interval * steps
    }

    private func isShown(_ labels: Labels) -> Bool { self.labels.allSatisfy { (labels[$0.name] ?? "") == $0.value } }

    /// Evaluates an operand and its parts. The samples that match ``labels`` come first in the explanation.
    private func explain(
        _ operand: ExpressionOperand, at time: Timestamp, in source: any SeriesSource
    ) -> (explanation: OperandExplanation, samples: [RuleSample]) {
        let result = Result { () throws(RuleError) in try evaluate(operand.query, at: time, in: source) }
        let samples = (try? result.get()) ?? []
        let shown = samples.filter { mayBeShown($0.labels) } + samples.filter { !mayBeShown($0.labels) }
        var explanation = OperandExplanation(operand, result.map { _ in shown }, sampleLimit: sampleLimit)
        var partSamples: [[RuleSample]] = []
        for part in operand.parts {
            let part = explain(part, at: time, in: source)
            explanation.parts.append(part.explanation)
            partSamples.append(part.samples)
        }
        if partSamples.count == 2 { explanation.findNearest(partSamples[0], partSamples[1]) }
        return (explanation, samples)
    }

    /// Whether no label of a series contradicts ``labels``. A label may be missing, since the rule may add it.
    private func mayBeShown(_ labels: Labels) -> Bool {
        self.labels.allSatisfy { labels[$0.name].map { [value = $0.value] in $0 == value } ?? true }
    }

    private func evaluate(
        _ text: String, at time: Timestamp, in source: any SeriesSource
    ) throws(RuleError) -> [RuleSample] {
        let expression: any RuleExpression
        do { expression = try options.language.prepare(text) } catch { throw .query("\(error)") }
        return try expression.evaluate(at: time, in: source)
    }
}
