public import KTSDBModel

/// The language that rules are written in: PromQL (``PromQLRuleLanguage``), or another one over its own data.
public protocol RuleLanguage: Sendable {
    /// Reads an expression.
    /// - Throws: what is wrong with the text; its description is shown to users.
    func prepare(_ text: String) throws -> any RuleExpression
}

/// An expression that was read once and is evaluated again and again.
public protocol RuleExpression: Sendable {
    /// The expression as the language itself writes it; texts that differ in blanks alone have the same.
    var canonicalText: String { get }

    /// The conditions of each selector of the expression: which series it reads. Rules are evaluated at the same time
    /// only if none reads what another one makes.
    var selectors: [[LabelMatcher]] { get }

    /// The operands of the expression, for explanations. The default is one operand.
    var operand: ExpressionOperand { get }

    /// What the expression compares, whether or not the comparison holds; nil if it is not a comparison, which is the
    /// default.
    var compared: (any RuleExpression)? { get }

    /// The expression with another number than the one that it is compared with; nil if it is not compared with a
    /// number, which is the default.
    func comparing(with threshold: Double) -> (any RuleExpression)?

    /// Evaluates the expression at one time. Blocks the calling thread.
    ///
    /// `source` has the series of the database; a language over other data need not look at it.
    /// - Returns: The samples of a vector, in its order; for a scalar one sample without labels.
    /// - Throws: ``RuleError``
    func evaluate(at time: Timestamp, in source: any SeriesSource) throws(RuleError) -> [RuleSample]

    /// The same for tasks: what takes long does not block the calling thread. The default calls the other one.
    func result(at time: Timestamp, in source: any SeriesSource) async -> Result<[RuleSample], RuleError>

    /// Evaluates the expression at `count` times, `step` apart: one list of samples for each. The default evaluates it
    /// at each time; a language that has range queries does better.
    func evaluate(
        from start: Timestamp, step: Duration, count: Int, in source: any SeriesSource
    ) throws(RuleError) -> [[RuleSample]]
}

extension RuleExpression {
    /// The whole expression as one operand.
    public var operand: ExpressionOperand { ExpressionOperand(.other, text: canonicalText) }

    /// Nothing is known to be compared.
    public var compared: (any RuleExpression)? { nil }

    /// No number is known to be compared with.
    public func comparing(with threshold: Double) -> (any RuleExpression)? { nil }

    /// Evaluates the expression on the calling thread.
    public func result(at time: Timestamp, in source: any SeriesSource) async -> Result<[RuleSample], RuleError> {
        Result { () throws(RuleError) in try evaluate(at: time, in: source) }
    }

    /// Evaluates the expression at each time.
    public func evaluate(
        from start: Timestamp, step: Duration, count: Int, in source: any SeriesSource
    ) throws(RuleError) -> [[RuleSample]] {
        var results: [[RuleSample]] = []
        for number in 0..<count { results.append(try evaluate(at: start + step * number, in: source)) }
        return results
    }
}
