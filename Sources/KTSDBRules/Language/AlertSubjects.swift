internal import KTSDBModel

/// The series that an alerting rule is about, whether or not its condition holds, as far as they are known.
///
/// A series that the expression no longer returns has recovered if it is among them, and no longer exists if it is not.
public enum AlertSubjects: Hashable, Sendable {
    /// Nothing is known.
    case unknown
    /// There are series, but it is not known which ones.
    case present
    /// The series and the values that the expression compares; empty if no series has data.
    case series([RuleSample])
}

extension RuleExpression {
    /// Returns the series that the expression compares. If it compares nothing, returns whether any of its selectors
    /// finds a series.
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
