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

    /// Evaluates the expression at one time. Blocks the calling thread.
    ///
    /// `source` has the series of the database; a language over other data need not look at it.
    /// - Returns: The samples of a vector, in its order; for a scalar one sample without labels.
    /// - Throws: ``RuleError``
    func evaluate(at time: Timestamp, in source: any SeriesSource) throws(RuleError) -> [RuleSample]
}
