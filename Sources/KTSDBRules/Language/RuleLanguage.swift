public import KTSDBModel

/// The language that rules are written in: PromQL (``PromQLRuleLanguage``), or another one over its own data.
public protocol RuleLanguage: Sendable {
    /// Parses an expression.
    /// - Throws: An error if the text is invalid. Its description is shown to users.
    func prepare(_ text: String) throws -> any RuleExpression
}

/// A parsed expression, which is evaluated many times.
public protocol RuleExpression: Sendable {
    /// The expression as the language formats it. Texts that differ only in blanks have the same canonical text.
    var canonicalText: String { get }

    /// The matchers of each selector of the expression, which say which series it reads. Rules are evaluated at the
    /// same time only if none of them reads the series of another one.
    var selectors: [[LabelMatcher]] { get }

    /// The operands of the expression, for explanations. The default is one operand.
    var operand: ExpressionOperand { get }

    /// The expression that is compared, without the comparison; nil if the expression is not a comparison, which is the
    /// default.
    var compared: (any RuleExpression)? { get }

    /// Returns the expression, compared with another number; nil if it is not compared with a number, which is the
    /// default.
    func comparing(with threshold: Double) -> (any RuleExpression)?

    /// Evaluates the expression at one time. Blocks the calling thread.
    ///
    /// `source` has the series of the database. A language over other data can ignore it.
    /// - Returns: The samples of a vector, in its order; for a scalar one sample without labels.
    /// - Throws: ``RuleError`` if the evaluation fails.
    func evaluate(at time: Timestamp, in source: any SeriesSource) throws(RuleError) -> [RuleSample]

    /// Evaluates the expression at one time without blocking the calling thread for long. The default calls
    /// ``evaluate(at:in:)``, which blocks it.
    func result(at time: Timestamp, in source: any SeriesSource) async -> Result<[RuleSample], RuleError>

    /// Evaluates the expression at `count` times, `step` apart, and returns a list of samples for each. The default
    /// evaluates it once for each time; a language with range queries can be faster.
    func evaluate(
        from start: Timestamp, step: Duration, count: Int, in source: any SeriesSource
    ) throws(RuleError) -> [[RuleSample]]
}

extension RuleExpression {
    /// The whole expression as one operand.
    public var operand: ExpressionOperand { ExpressionOperand(.other, text: canonicalText) }

    /// Nil: nothing is known to be compared.
    public var compared: (any RuleExpression)? { nil }

    /// Returns nil: no comparison with a number is known.
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
