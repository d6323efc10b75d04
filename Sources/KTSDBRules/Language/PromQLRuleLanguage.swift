internal import KTSDBModel
public import PromQL

/// PromQL as the language of rules.
public struct PromQLRuleLanguage: RuleLanguage {
    private let engine: PromQLEngine

    /// Rules are evaluated by `engine`, within its limits.
    public init(_ engine: PromQLEngine = PromQLEngine()) { self.engine = engine }

    /// Reads an expression.
    /// - Throws: `QueryError`
    public func prepare(_ text: String) throws -> any RuleExpression {
        PromQLRuleExpression(engine: engine, query: try engine.prepare(text))
    }
}

/// A PromQL expression of a rule.
private struct PromQLRuleExpression: RuleExpression {
    let engine: PromQLEngine
    let query: PreparedQuery
    let canonicalText: String
    let selectors: [[LabelMatcher]]

    init(engine: PromQLEngine, query: PreparedQuery) {
        self.engine = engine
        self.query = query
        canonicalText = query.expression.description
        selectors = query.expression.selectors
    }

    func evaluate(at time: Timestamp, in source: any SeriesSource) throws(RuleError) -> [RuleSample] {
        let result: QueryResult
        do throws(QueryError) {
            result = try engine.evaluate(query.expression, text: query.text, at: time, in: source)
        } catch { throw .query(error.description) }
        switch result.value {
        case .vector(let elements):
            return elements.map { RuleSample(labels: $0.labels, value: $0.value, histogram: $0.histogram) }
        case .scalar(let sample): return [RuleSample(labels: Labels(), value: sample.value)]
        case .string, .matrix: throw .notVector
        }
    }
}
