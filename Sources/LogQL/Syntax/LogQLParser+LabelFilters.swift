internal import KTSDBModel

extension LogQLParser {
    /// What may begin a label filter.
    private static let operandStart: [LogQLTokenKind] = [.identifier, .symbol(.openParenthesis)]

    /// A filter on labels with all that is combined with it. If no filter is there, the message lists `expected`.
    mutating func labelFilter(_ expected: [LogQLTokenKind] = operandStart) throws(LogQLError) -> LabelFilter {
        var filter = try conjunction(expected)
        while take(.keyword(.or)) {
            try countOperator()
            filter = .or(filter, try conjunction(Self.operandStart))
        }
        return filter
    }

    /// Filters that must all pass: separated by `and`, by commas, or by nothing.
    ///
    /// `and` combines its neighbors first, and then what commas or nothing separate is combined from the right.
    private mutating func conjunction(_ expected: [LogQLTokenKind]) throws(LogQLError) -> LabelFilter {
        var filter = try operand(expected)
        var before: [LabelFilter] = []
        while let isAnd = takeConjunction() {
            try countOperator()
            let next = try operand(Self.operandStart)
            if isAnd {
                filter = .and(filter, next)
            } else {
                before.append(filter)
                filter = next
            }
        }
        return before.reversed().reduce(filter) { .and($1, $0) }
    }

    /// Moves past what combines two filters, if one follows.
    /// - Returns: Whether it is `and`.
    private mutating func takeConjunction() -> Bool? {
        if take(.keyword(.and)) { return true }
        if take(.comma) { return false }
        return Self.operandStart.contains(token.kind) ? false : nil
    }

    private mutating func operand(_ expected: [LogQLTokenKind]) throws(LogQLError) -> LabelFilter {
        if take(.openParenthesis) {
            let filter = try nested { (parser) throws(LogQLError) in try parser.labelFilter() }
            try need(.closeParenthesis, [])
            return filter
        }
        let name = try needName(expected)
        return try comparison(name)
    }

    private mutating func comparison(_ name: String) throws(LogQLError) -> LabelFilter {
        let kind = token.kind
        switch kind {
        case .symbol(.matches), .symbol(.doesNotMatch):
            advance()
            let value = try needString()
            return .text(try matcher(name, kind == .symbol(.matches) ? .matches : .doesNotMatch, value))
        case .symbol(.assign), .symbol(.notEqual):
            advance()
            let isNegated = kind == .symbol(.notEqual)
            if token.kind == .string {
                return .text(try matcher(name, isNegated ? .notEqual : .equal, try needString()))
            }
            if token.kind == .function(.address) {
                return .address(name, isNegated: isNegated, try address())
            }
            return try quantity(name, isNegated ? .notEqual : .equal)
        case .symbol(let symbol):
            guard let comparison = NumericComparison(rawValue: symbol.rawValue) else { throw unexpected() }
            advance()
            return try quantity(name, comparison)
        default: throw unexpected()
        }
    }

    private mutating func quantity(
        _ name: String, _ comparison: NumericComparison
    ) throws(LogQLError) -> LabelFilter {
        let found = token
        switch (found.kind, found.value) {
        case (.duration, .nanoseconds(let nanoseconds)):
            advance()
            return .duration(name, comparison, nanoseconds)
        case (.bytes, .size(let size)):
            advance()
            return .bytes(name, comparison, size)
        default:
            guard let number = try signedNumber() else { throw unexpected() }
            // Loki takes the value that Go's conversion answers besides an error: 0, or infinity.
            switch NumberText.parse(number.text) {
            case .success(let value): return .number(name, comparison, number.isNegative ? -value : value)
            case .failure(let error): return .number(name, comparison, number.isNegative ? -error.value : error.value)
            }
        }
    }

    /// A number with or without a sign; nil if neither a sign nor a number is next.
    mutating func signedNumber() throws(LogQLError) -> (text: String, isNegative: Bool)? {
        switch token.kind {
        case .number:
            defer { advance() }
            return (token.text, false)
        case .symbol(.plus), .symbol(.minus):
            let isNegative = take(.minus)
            if !isNegative { advance() }
            return (try need(.number).text, isNegative)
        default: return nil
        }
    }
}
