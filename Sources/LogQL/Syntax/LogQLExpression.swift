/// A LogQL query: the tree that the parser makes and the evaluator reads.
///
/// ``lines(_:)`` is a log query, and every other case a metric query. Two literals are one literal once they are
/// parsed: `1 + 2 * 3` is `7`. The tree is as deep as the text nests; the parser limits that.
public indirect enum LogQLExpression: Sendable {
    /// `{app="a"} |= "b" | json`.
    case lines(LineQuery)
    /// `5`, `-1e3`.
    case literal(Double)
    /// `vector(1)`.
    case vector(Double)
    /// `rate({app="a"}[5m])`.
    case rangeAggregation(RangeAggregation)
    /// `sum by (level) (…)`.
    case vectorAggregation(VectorAggregation)
    /// `a / on(app) b`.
    case binary(BinaryOperation)
    /// `label_replace(v, "dst", "$1", "src", "(.*)")`.
    case labelReplacement(LabelReplacement)
}

/// A selector and the stages that each of its lines passes through: `{app="a"} |= "b" | json`.
public struct LineQuery: Sendable {
    /// At least one; a stream must match all of them.
    public var matchers: [TextMatcher]
    /// In the order of the text.
    public var stages: [PipelineStage]

    /// Creates a query.
    public init(matchers: [TextMatcher], stages: [PipelineStage] = []) {
        self.matchers = matchers
        self.stages = stages
    }
}
