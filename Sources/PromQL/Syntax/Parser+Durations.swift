extension Parser {
    /// The duration after `offset`.
    ///
    /// Bare, it is one term: `x offset 5m + 1` adds 1 to the samples. After an opening parenthesis or a second sign it
    /// is a whole expression: `x offset (5m) + 1` moves by 301 seconds.
    mutating func parseOffsetDuration() throws(SyntaxFailure) -> DurationExpression {
        let kind = peek()
        switch kind {
        case .number, .duration: return .literal(parseDurationLiteral())
        case .preprocessor: return try parseDurationOperand()
        case .leftParen: return try parseDurationExpression()
        case .binary(.add), .binary(.subtract): break
        default: throw SyntaxFailure()
        }
        let sign = take()
        switch peek() {
        case .number, .duration:
            var literal = parseNumberOrDuration()
            if kind == .binary(.subtract) { literal.value = -literal.value }
            literal.range = sign.range.lowerBound..<literal.range.upperBound
            return .literal(checked(literal, at: sign.range))
        case .preprocessor:
            return applying(sign, to: try parseDurationOperand())
        case .leftParen:
            return applying(sign, to: try parseDurationOperand())
        default:
            // Two signs: the whole of what follows is the duration. Its parentheses make that plain when printed.
            let operand = try parseDurationExpression(precedence: DurationOperator.power.precedence)
            let result = try parseDurationOperators(after: applying(sign, to: operand), precedence: 0)
            switch result {
            case .binary, .negated(.binary, _): return .parentheses(result, result.sourceRange)
            default: return result
            }
        }
    }

    /// A duration in brackets, which must be above zero as far as that can be seen.
    mutating func parsePositiveDuration() throws(SyntaxFailure) -> DurationExpression {
        let duration = try parseDurationExpression()
        if case .literal(let literal) = duration, literal.value.isNaN || literal.value <= 0 {
            report("duration must be greater than 0", literal.range)
        }
        return duration
    }

    private mutating func parseDurationExpression(precedence: Int = 0) throws(SyntaxFailure) -> DurationExpression {
        try nested { parser throws(SyntaxFailure) in
            let first = try parser.parseDurationOperand()
            return try parser.parseDurationOperators(after: first, precedence: precedence)
        }
    }

    private mutating func parseDurationOperators(
        after left: DurationExpression, precedence: Int
    ) throws(SyntaxFailure) -> DurationExpression {
        var left = left
        var length = 0
        while case .binary(let binary) = peek(), let operation = DurationOperator(rawValue: binary.rawValue),
            operation.precedence >= precedence
        {
            let sign = take()
            let right = try parseDurationExpression(
                precedence: operation.precedence + (operation == .power ? 0 : 1))
            checkExperimental(left.sourceRange)
            // The tree of durations is walked by recursion, to the left too.
            length += 1
            try limit(length)
            if operation == .divide || operation == .modulo, case .literal(let literal) = right, literal.value == 0 {
                report(operation == .divide ? "division by zero" : "modulo by zero", sign.range)
                left = .literal(NumberLiteral(value: 0))
                continue
            }
            let range = left.sourceRange.lowerBound..<max(left.sourceRange.lowerBound, right.sourceRange.upperBound)
            left = .binary(operation, left, right, range)
        }
        return left
    }

    private mutating func parseDurationOperand() throws(SyntaxFailure) -> DurationExpression {
        switch peek() {
        case .number, .duration: return .literal(parseDurationLiteral())
        case .binary(.add), .binary(.subtract):
            let sign = take()
            return applying(sign, to: try parseDurationExpression(precedence: DurationOperator.power.precedence))
        case .preprocessor(let word) where word == .step || word == .range:
            let name = take()
            try expect(.leftParen)
            let range = name.range.lowerBound..<(try expect(.rightParen)).range.upperBound
            checkExperimental(range)
            return word == .step ? .step(range) : .range(range)
        case .preprocessor(let word) where word == .minOf || word == .maxOf:
            let name = take()
            try expect(.leftParen)
            let first = try parseDurationExpression()
            try expect(.comma)
            let second = try parseDurationExpression()
            let range = name.range.lowerBound..<(try expect(.rightParen)).range.upperBound
            checkExperimental(range)
            return word == .minOf ? .minimum(first, second, range) : .maximum(first, second, range)
        case .leftParen:
            let open = take()
            let inner = try parseDurationExpression()
            try expect(.rightParen)
            checkExperimental(inner.sourceRange)
            return parenthesized(inner, from: open.range.lowerBound)
        default: throw SyntaxFailure()
        }
    }

    private mutating func parseDurationLiteral() -> NumberLiteral {
        let literal = parseNumberOrDuration()
        return checked(literal, at: literal.range)
    }

    /// The literal, or zero and an error if it has too many seconds.
    private mutating func checked(_ literal: NumberLiteral, at range: SourceRange) -> NumberLiteral {
        guard literal.value.magnitude > DurationExpression.secondLimit else { return literal }
        report("duration out of range", range)
        return NumberLiteral(value: 0)
    }

    private func parenthesized(_ inner: DurationExpression, from start: Int) -> DurationExpression {
        switch inner {
        case .parentheses: inner
        case .literal(let literal): .parentheses(inner, start..<max(start, literal.range.upperBound))
        default: .parentheses(inner, inner.sourceRange)
        }
    }

    private mutating func applying(_ sign: Token, to operand: DurationExpression) -> DurationExpression {
        let isMinus = sign.kind == .binary(.subtract)
        let range = sign.range.lowerBound..<max(sign.range.upperBound, operand.sourceRange.upperBound)
        guard case .literal(var literal) = operand else { return isMinus ? .negated(operand, range) : operand }
        if isMinus { literal.value = -literal.value }
        literal.range = range
        return .literal(literal)
    }

    private mutating func checkExperimental(_ range: SourceRange) {
        if !options.durationExpressions { report("experimental duration expression is not enabled", range) }
    }
}

extension DurationOperator {
    /// How strongly it binds, on the scale of ``BinaryOperator``.
    var precedence: Int { BinaryOperator(rawValue: rawValue)!.precedence }
}

extension DurationExpression {
    /// Whether it is a literal of less than half a nanosecond.
    var isLiteralZero: Bool {
        if case .literal(let literal) = self { return (literal.value * 1e9).rounded(.toNearestOrAwayFromZero) == 0 }
        return false
    }
}
