/// `topk by (app) (3, …)`.
public struct VectorAggregation: Sendable {
    /// What is computed of each group.
    public enum Operation: String, CaseIterable, Sendable {
        case sum, avg, min, max, count, stddev, stdvar, topk, bottomk, sort
        case sortDescending = "sort_desc", approximateTopk = "approx_topk"
    }

    /// What is computed.
    public var operation: Operation
    /// The number of `topk`, `bottomk` and `approx_topk`: at least 1.
    public var parameter: Int?
    /// Nil, and `by ()`, is one group.
    public var grouping: LabelGrouping?
    /// What is aggregated.
    public var operand: LogQLExpression

    /// Creates an aggregation.
    public init(
        _ operation: Operation, parameter: Int? = nil, grouping: LabelGrouping? = nil, operand: LogQLExpression
    ) {
        self.operation = operation
        self.parameter = parameter
        self.grouping = grouping
        self.operand = operand
    }
}
