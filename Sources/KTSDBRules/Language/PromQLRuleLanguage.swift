internal import KTSDBModel
public import PromQL

/// PromQL as the language of rules.
public struct PromQLRuleLanguage: RuleLanguage {
    private let evaluator: PromQLRuleEvaluator
    private var engine: PromQLEngine { evaluator.engine }

    /// Creates a language whose expressions `engine` evaluates, within its limits. `overrides` and `cancellation` apply
    /// to every evaluation.
    public init(
        _ engine: PromQLEngine = PromQLEngine(), overrides: QueryOverrides = .init(),
        cancellation: QueryCancellation? = nil
    ) {
        evaluator = PromQLRuleEvaluator(engine: engine, overrides: overrides, cancellation: cancellation)
    }

    /// Parses an expression.
    /// - Throws: `QueryError` if it is invalid.
    public func prepare(_ text: String) throws -> any RuleExpression {
        PromQLRuleExpression(evaluator: evaluator, query: try engine.prepare(text))
    }
}

/// How all expressions of a language are evaluated.
private struct PromQLRuleEvaluator: Sendable {
    let engine: PromQLEngine
    let overrides: QueryOverrides
    let cancellation: QueryCancellation?
}

/// A PromQL expression of a rule.
private struct PromQLRuleExpression: RuleExpression {
    let evaluator: PromQLRuleEvaluator
    let query: PreparedQuery
    let canonicalText: String
    let selectors: [[LabelMatcher]]

    private var engine: PromQLEngine { evaluator.engine }

    init(evaluator: PromQLRuleEvaluator, query: PreparedQuery) {
        self.evaluator = evaluator
        self.query = query
        canonicalText = query.expression.description
        selectors = query.expression.selectors
    }

    var operand: ExpressionOperand { PromQLOperands.of(query.expression) }

    var compared: (any RuleExpression)? {
        query.expression.withoutComparison().map {
            PromQLRuleExpression(evaluator: evaluator, query: PreparedQuery($0, text: query.text))
        }
    }

    func comparing(with threshold: Double) -> (any RuleExpression)? {
        query.expression.comparing(with: threshold).map {
            PromQLRuleExpression(evaluator: evaluator, query: PreparedQuery($0, text: query.text))
        }
    }

    func evaluate(at time: Timestamp, in source: any SeriesSource) throws(RuleError) -> [RuleSample] {
        let result: Result<[RuleSample], RuleError>
        do throws(QueryError) {
            result = samples(
                try engine.evaluate(
                    query.expression, text: query.text, at: time, in: source, overrides: evaluator.overrides,
                    cancellation: evaluator.cancellation))
        } catch { throw .query(error.description) }
        return try result.get()
    }

    func result(at time: Timestamp, in source: any SeriesSource) async -> Result<[RuleSample], RuleError> {
        do throws(QueryError) {
            return samples(
                try await engine.query(
                    query, at: time, in: source, overrides: evaluator.overrides, cancellation: evaluator.cancellation))
        } catch {
            return .failure(.query(error.description))
        }
    }

    private func samples(_ result: QueryResult) -> Result<[RuleSample], RuleError> {
        switch result.value {
        case .vector(let elements):
            .success(elements.map { RuleSample(labels: $0.labels, value: $0.value, histogram: $0.histogram) })
        case .scalar(let sample): .success([RuleSample(labels: Labels(), value: sample.value)])
        case .string, .matrix: .failure(.notVector)
        }
    }

    func evaluate(
        from start: Timestamp, step: Duration, count: Int, in source: any SeriesSource
    ) throws(RuleError) -> [[RuleSample]] {
        // A string or a range vector has no range query, and `@ end()` would be the end of the range, not each
        // evaluation.
        guard count > 1, query.expression.type == .vector || query.expression.type == .scalar, !dependsOnRange else {
            return try (0..<count).map { number throws(RuleError) in try evaluate(at: start + step * number, in: source)
            }
        }
        let end = start + step * (count - 1), result: QueryResult
        do throws(QueryError) {
            result = try engine.evaluate(
                query.expression, text: query.text, over: start...end, step: step, in: source,
                overrides: evaluator.overrides, cancellation: evaluator.cancellation)
        } catch { throw .query(error.description) }
        guard case .matrix(let series) = result.value else { throw .notVector }
        return series.samples(from: start, step: step.milliseconds, count: count)
    }

    /// Whether the result depends on the range of the query and not only on each time: `@ start()`, `step()`, and the
    /// like.
    private var dependsOnRange: Bool {
        ["start()", "end()", "step()", "range()"].contains { canonicalText.contains($0) }
    }
}

extension [MatrixSeries] {
    /// Returns the samples of all series for each of `count` steps. `step` is in milliseconds.
    fileprivate func samples(from start: Timestamp, step: Int64, count: Int) -> [[RuleSample]] {
        var steps = [[RuleSample]](repeating: [], count: count)
        func place(_ time: Timestamp) -> Int { Int((time.milliseconds - start.milliseconds) / step) }
        for series in self {
            for (time, value) in zip(series.timestamps, series.values) {
                steps[place(time)].append(RuleSample(labels: series.labels, value: value))
            }
            for (time, histogram) in zip(series.histogramTimestamps, series.histograms) {
                steps[place(time)].append(RuleSample(labels: series.labels, value: 0, histogram: histogram))
            }
        }
        return steps
    }
}
