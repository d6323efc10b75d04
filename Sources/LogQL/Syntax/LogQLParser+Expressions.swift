internal import KTSDBModel

extension LogQLParser {
    /// An expression with all operators that bind as tightly as `strength` or tighter.
    mutating func expression(_ strength: Int = 0) throws(LogQLError) -> LogQLExpression {
        var left = try operand()
        while let `operator` = binaryOperator, `operator`.strength >= strength {
            advance()
            try countOperator()
            let (returnsBool, matching) = try modifiers()
            // Powers are read from the right.
            let right = try expression(`operator` == .power ? `operator`.strength : `operator`.strength + 1)
            left = try Self.combined(
                BinaryOperation(`operator`, left, right, returnsBool: returnsBool, matching: matching))
        }
        return left
    }

    private mutating func operand() throws(LogQLError) -> LogQLExpression {
        switch token.kind {
        case .symbol(.openBrace): return .lines(try lineQuery())
        case .symbol(.openParenthesis):
            advance()
            let inner = try nested { (parser) throws(LogQLError) in try parser.expression() }
            try need(.closeParenthesis, [])
            return inner
        case .function(.range(let operation)): return try rangeAggregation(operation)
        case .function(.vector(let operation)): return try vectorAggregation(operation)
        case .function(.labelReplace): return try labelReplacement()
        case .function(.literalVector):
            advance()
            try need(.openParenthesis)
            let number = try need(.number)
            try need(.closeParenthesis)
            return .vector(try Self.literal(number.text))
        default:
            guard let (text, isNegative) = try signedNumber() else { throw unexpected() }
            let value = try Self.literal(text)
            return .literal(isNegative ? -value : value)
        }
    }

    private static func literal(_ text: String) throws(LogQLError) -> Double {
        switch NumberText.parse(text) {
        case .success(let value): return value
        case .failure(let error): throw invalid("unable to parse literal as a float: \(error)")
        }
    }

    /// `label_replace(v, "dst", "replacement", "src", "regex")`; the name is next.
    private mutating func labelReplacement() throws(LogQLError) -> LogQLExpression {
        advance()
        try need(.openParenthesis)
        let operand = try nested { (parser) throws(LogQLError) in try parser.expression() }
        if case .lines = operand { throw unexpected() }
        try need(.comma, [])
        let destination = try needString()
        try need(.comma)
        let replacement = try needString()
        try need(.comma)
        let source = try needString()
        try need(.comma)
        let pattern = try needString()
        try need(.closeParenthesis)
        let expression: RegularExpression
        do throws(RegularExpressionError) {
            expression = try RegularExpression(pattern, dotMatchesNewline: false)
        } catch {
            // Loki compiles the pattern with its anchors, and the message shows them.
            let fragment = error.fragment == pattern ? "^(?:\(pattern))$" : error.fragment
            throw Self.invalid("invalid regex in label_replace: error parsing regexp: \(error.message): `\(fragment)`")
        }
        return .labelReplacement(
            LabelReplacement(
                operand, destination: destination, replacement: replacement, source: source, expression: expression))
    }

    // MARK: Operators

    private var binaryOperator: BinaryOperation.Operator? {
        switch token.kind {
        case .keyword(let keyword) where keyword == .or || keyword == .and || keyword == .unless:
            BinaryOperation.Operator(rawValue: keyword.rawValue)
        case .symbol(let symbol): BinaryOperation.Operator(rawValue: symbol.rawValue)
        default: nil
        }
    }

    /// `bool`, then `on (…)` or `ignoring (…)`, then `group_left (…)` or `group_right (…)`.
    private mutating func modifiers() throws(LogQLError) -> (returnsBool: Bool, BinaryOperation.Matching?) {
        let returnsBool = take(.keyword(.bool))
        let isOn = token.kind == .keyword(.on)
        guard isOn || token.kind == .keyword(.ignoring) else { return (returnsBool, nil) }
        advance()
        var matching = BinaryOperation.Matching(labels: try labelList(), isOn: isOn)
        if token.kind == .keyword(.groupLeft) || token.kind == .keyword(.groupRight) {
            matching.cardinality = token.kind == .keyword(.groupLeft) ? .manyToOne : .oneToMany
            advance()
            if token.kind == .symbol(.openParenthesis) { matching.include = try labelList() }
        }
        return (returnsBool, matching)
    }

    /// An operation whose operands it can have; a literal if both are literals.
    private static func combined(_ operation: BinaryOperation) throws(LogQLError) -> LogQLExpression {
        let name = operation.operator.rawValue
        let sides = [("left", operation.left), ("right", operation.right)]
        for case (let side, .lines(let query)) in sides {
            let type = query.stages.isEmpty ? "MatchersExpr" : "PipelineExpr"
            throw invalid("unexpected type for \(side) leg of binary operation (\(name)): *syntax.\(type)")
        }
        if operation.operator.isLogical {
            for case (let side, .literal(let value)) in sides {
                throw invalid(
                    "unexpected literal for \(side) leg of logical/set binary operation (\(name)): \(goFixed(value))")
            }
        }
        if case .literal(let left) = operation.left, case .literal(let right) = operation.right {
            return .literal(operation.operator.folded(left, right))
        }
        return .binary(operation)
    }
}
