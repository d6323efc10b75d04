public import KTSDBModel

/// Finds when an alerting rule would have fired over stored samples.
///
/// The rule goes through the state machine of the server, evaluation by evaluation; nothing is stored or sent. Queries
/// are evaluated for many evaluations at once, so that a month takes about as long as a range query over it.
public struct RuleBacktest: Sendable {
    /// The rule, with the `for` and the expression to try.
    public var rule: AlertingRule
    /// The language, the templates and what they can read.
    public var options: RuleOptions
    /// The limit of the rule's group.
    public var limit = 0
    /// How many evaluations one back-test may have.
    public var evaluationLimit = 10_000_000
    /// How many runs of alerts are reported; further ones are counted.
    public var runLimit = 100_000

    /// Evaluations whose queries are evaluated at once: it bounds the memory.
    private static let chunkLength = 5000

    /// Creates a back-test.
    public init(_ rule: AlertingRule, options: RuleOptions = .init()) {
        self.rule = rule
        self.options = options
    }

    /// Evaluates the rule from `range.lowerBound` on, each `interval`, as long as it is in `range`.
    /// - Throws: what is wrong with the expression or its data.
    public func run(
        over range: ClosedRange<PreciseTime>, interval: Duration, in source: any SeriesSource
    ) throws -> BacktestReport {
        let expression = try options.language.prepare(rule.expression)
        let interval = max(interval, .milliseconds(1))
        let count = (range.upperBound - range.lowerBound).nanoseconds / interval.nanoseconds + 1
        guard count <= evaluationLimit else {
            throw RuleError.query("\(count) evaluations are more than the limit of \(evaluationLimit)")
        }
        var state = RuleState(), log = BacktestLog(limit: runLimit), first = 0
        while first < count {
            let steps = min(Int(count) - first, Self.chunkLength)
            let start = range.lowerBound + interval * first
            let results = results(of: expression, from: start, interval, steps, in: source)
            for (step, result) in results.enumerated() {
                state = advance(state, result, at: start + interval * step, source, &log)
            }
            first += steps
        }
        return log.report(evaluations: Int(count))
    }

    /// Returns the result of each evaluation. One that fails must not take the others with it.
    private func results(
        of expression: any RuleExpression, from start: PreciseTime, _ interval: Duration, _ count: Int,
        in source: any SeriesSource
    ) -> [Result<[RuleSample], RuleError>] {
        let first = (start - options.queryOffset).timestamp
        do throws(RuleError) {
            return try expression.evaluate(from: first, step: interval, count: count, in: source).map { .success($0) }
        } catch {
            return (0..<count).map { number in
                Result { () throws(RuleError) in try expression.evaluate(at: first + interval * number, in: source) }
            }
        }
    }

    private func advance(
        _ state: RuleState, _ result: Result<[RuleSample], RuleError>, at time: PreciseTime, _ source: any SeriesSource,
        _ log: inout BacktestLog
    ) -> RuleState {
        if case .success(let samples) = result, samples.isEmpty, state.alerts.isEmpty { return state }
        let context = RuleContext(time: time, queryOffset: options.queryOffset, limit: limit, bounds: options.bounds)
        let step = rule.evaluate(state, result, in: context) { text, sample in
            guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
            let language = options.language
            let data = RuleTemplateData(
                name: "__alert_" + rule.name, sample: sample, environment: options.environment, time: time,
                query: { try language.prepare($0).evaluate(at: time.timestamp, in: source) })
            return options.templates.text(text, with: data, limit: options.bounds.textBytes)
        }
        log.note(from: state, to: step, at: time)
        return step.state
    }
}
