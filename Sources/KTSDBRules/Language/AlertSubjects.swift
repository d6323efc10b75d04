internal import KTSDBModel

/// What is known of the series that an alerting rule is about, whether or not its condition holds.
///
/// A series that the expression does not give any more may have recovered, or may be gone. Its value says which.
public enum AlertSubjects: Hashable, Sendable {
    /// Nothing is known.
    case unknown
    /// There are series, and it is not known which.
    case present
    /// These series, with what the expression compares; without any, there is no data.
    case series([RuleSample])
}

extension RuleExpression {
    /// Returns the series that the expression is about: those of what it compares, or whether its selectors find any if
    /// it compares nothing.
    func subjects(
        at time: Timestamp, in source: any SeriesSource, _ language: any RuleLanguage
    ) throws(RuleError) -> AlertSubjects {
        if let compared { return .series(try compared.evaluate(at: time, in: source)) }
        var waiting = [operand], selectors: [ExpressionOperand] = []
        while let next = waiting.popLast() {
            if next.kind == .selector { selectors.append(next) }
            waiting += next.parts
        }
        if selectors.isEmpty { return .unknown }
        for selector in selectors {
            let expression: any RuleExpression
            do { expression = try language.prepare(selector.query) } catch { throw .query("\(error)") }
            if try !expression.evaluate(at: time, in: source).isEmpty { return .present }
        }
        return .series([])
    }
}
