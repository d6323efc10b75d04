/// A duration in `[…]`, after `offset`, or in a subquery: a literal, or arithmetic that waits for the running query.
public indirect enum DurationExpression: Sendable {
    /// `5m`, `300`, `-1.5`: seconds, computed.
    case literal(NumberLiteral)
    /// `-step()`; unary plus leaves no trace.
    case negated(DurationExpression, SourceRange)
    /// `5m * 2`.
    case binary(DurationOperator, DurationExpression, DurationExpression, SourceRange)
    /// `(5m)`; never directly around another one.
    case parentheses(DurationExpression, SourceRange)
    /// `step()`: the step of the running query.
    case step(SourceRange)
    /// `range()`: the time from the start to the end of the running query.
    case range(SourceRange)
    /// `min_of(a, b)`.
    case minimum(DurationExpression, DurationExpression, SourceRange)
    /// `max_of(a, b)`.
    case maximum(DurationExpression, DurationExpression, SourceRange)
}

/// The arithmetic of durations.
public enum DurationOperator: String, Hashable, Sendable {
    case add = "+", subtract = "-", multiply = "*", divide = "/", modulo = "%", power = "^"
}

extension DurationExpression {
    /// Where the duration is in the text.
    ///
    /// Parentheses are left out around anything but a literal, and `min_of` and `max_of` reach from their first
    /// argument to their second, as in the positions that Prometheus reports.
    public var sourceRange: SourceRange {
        switch self {
        case .literal(let literal): literal.range
        case .negated(_, let range), .binary(_, _, _, let range), .parentheses(_, let range), .step(let range),
            .range(let range):
            range
        case .minimum(let left, let right, _), .maximum(let left, let right, _):
            left.sourceRange.lowerBound..<right.sourceRange.upperBound
        }
    }
}
