internal import KTSDBModel

extension Parser {
    /// An expression with all operators that bind at least as strongly as `precedence`.
    mutating func parseExpression(precedence: Int = 0) throws(SyntaxFailure) -> Parsed {
        try nested { parser throws(SyntaxFailure) in
            let first = try parser.parseOperand()
            return try parser.parseOperators(after: first, precedence: precedence)
        }
    }

    /// What follows a complete expression: modifiers, brackets, operators with their right sides.
    mutating func parseOperators(after left: Parsed, precedence: Int) throws(SyntaxFailure) -> Parsed {
        var left = left
        while true {
            switch peek() {
            case .keyword(.offset): left = try parseOffset(of: left)
            case .keyword(.anchored): setWindowEnds(.anchored, of: &left)
            case .keyword(.smoothed): setWindowEnds(.smoothed, of: &left)
            case .at: left = try parseAt(of: left)
            case .leftBracket: left = try parseBrackets(after: left)
            case .binary(let operation) where operation.precedence >= precedence:
                left = try parseBinary(operation, left: left)
            default: return left
            }
        }
    }

    private mutating func parseBinary(_ operation: BinaryOperator, left: Parsed) throws(SyntaxFailure) -> Parsed {
        let operatorRange = take().range
        let modifiers = try parseModifiers()
        // `^` is the only operator that associates to the right.
        let right = try parseExpression(precedence: operation.precedence + (operation == .power ? 0 : 1))
        // A chain is one level, however long: what walks a tree walks along it.
        let isChain = if case .binary = left.expression { true } else { false }
        let height = max(isChain ? left.height : left.height + 1, right.height + 1)
        try limit(height)
        var leftExpression = left.expression
        if operation.isArithmeticOfDurations, leftExpression.endsInOpenOffset {
            // Printed bare, the operator would become part of the offset: `x offset +(5m) + 1`.
            leftExpression = .parentheses(Parentheses(inner: leftExpression, range: leftExpression.range))
        }
        let lower = leftExpression.range.lowerBound
        let range = lower..<max(lower, right.expression.range.upperBound)
        if !options.fillModifiers, modifiers.matching.fillLeft != nil || modifiers.matching.fillRight != nil {
            report("binop fill modifiers are experimental and not enabled", range)
        }
        let node = BinaryExpression(
            operation: operation, left: leftExpression, right: right.expression, matching: modifiers.matching,
            returnsBool: modifiers.returnsBool, range: range, operatorRange: operatorRange)
        return Parsed(expression: .binary(node), height: height)
    }

    private mutating func parseOperand() throws(SyntaxFailure) -> Parsed {
        while true {
            let kind = peek()
            switch kind {
            case .number, .duration: return Parsed(expression: .number(parseNumberOrDuration()))
            case .string:
                let token = take()
                return Parsed(expression: .string(StringLiteral(bytes: unquotedBytes(token), range: token.range)))
            case .binary(.add), .binary(.subtract): return try parseUnary(minus: kind == .binary(.subtract))
            case .leftParen: return try parseParentheses()
            case .leftBrace: return Parsed(expression: .vectorSelector(try parseVectorSelector()))
            case .identifier, .preprocessor:
                let name = take()
                return peek() == .leftParen ? try parseCall(name) : try selector(name)
            case .aggregation(let operation):
                let name = take()
                switch peek() {
                case .leftParen, .keyword(.by), .keyword(.without): return try parseAggregation(operation, name)
                default: return try selector(name)
                }
            case _ where kind.canNameMetric: return try selector(take())
            default: try fail()
            }
        }
    }

    private mutating func selector(_ name: Token) throws(SyntaxFailure) -> Parsed {
        Parsed(expression: .vectorSelector(try parseVectorSelector(named: name)))
    }

    private mutating func parseUnary(minus: Bool) throws(SyntaxFailure) -> Parsed {
        let sign = take()
        let operand = try parseExpression(precedence: BinaryOperator.power.precedence)
        if case .number(var literal) = operand.expression {
            if minus { literal.value = -literal.value }
            literal.range = sign.range.lowerBound..<literal.range.upperBound
            return Parsed(expression: .number(literal))
        }
        let height = operand.height + 1
        try limit(height)
        let range = sign.range.lowerBound..<max(sign.range.upperBound, operand.expression.range.upperBound)
        let node = UnaryExpression(minus: minus, operand: operand.expression, range: range)
        return Parsed(expression: .unary(node), height: height)
    }

    private mutating func parseParentheses() throws(SyntaxFailure) -> Parsed {
        let open = take()
        var inner = try parseExpression()
        while peek() != .rightParen {
            try fail()
            inner = try parseOperators(after: inner, precedence: 0)
        }
        let close = take()
        let node = Parentheses(inner: inner.expression, range: open.range.lowerBound..<close.range.upperBound)
        return Parsed(expression: .parentheses(node), height: inner.height + 1)
    }

    // MARK: Calls and aggregations

    private mutating func parseCall(_ name: Token) throws(SyntaxFailure) -> Parsed {
        let arguments = try parseArguments()
        let text = lexer.text(name.range)
        let function = FunctionSignature.named(text)
        if function == nil { report("unknown function with name \(goQuoted(text))", name.range) }
        if let function, function.isExperimental, !options.experimentalFunctions {
            report("function \(goQuoted(text)) is not enabled", name.range)
        }
        let node = FunctionCall(
            function: function ?? FunctionSignature(name: text, argumentTypes: []),
            arguments: arguments.map(\.expression), range: name.range.lowerBound..<lastClosing)
        return Parsed(expression: .call(node), height: 1 + (arguments.map(\.height).max() ?? 0))
    }

    /// `(a, b)`.
    private mutating func parseArguments() throws(SyntaxFailure) -> [Parsed] {
        try expect(.leftParen)
        var arguments: [Parsed] = []
        if peek() != .rightParen { arguments.append(try parseExpression()) }
        while peek() != .rightParen {
            guard peek() == .comma else {
                try fail()
                continue
            }
            let comma = take()
            if peek().canBeginExpression {
                arguments.append(try parseExpression())
            } else {
                report("trailing commas not allowed in function call args", comma.range)
            }
        }
        take()
        return arguments
    }

    private mutating func parseAggregation(
        _ operation: AggregationOperator, _ name: Token
    ) throws(SyntaxFailure) -> Parsed {
        do {
            if peek() != .leftParen {
                let (isWithout, labels) = try parseGrouping()
                let arguments = try parseArguments()
                return aggregation(operation, isWithout, labels, arguments, name.range.lowerBound..<lastClosing)
            }
            let arguments = try parseArguments()
            switch peek() {
            case .keyword(.by), .keyword(.without):
                let (isWithout, labels) = try parseGrouping()
                return aggregation(operation, isWithout, labels, arguments, name.range.lowerBound..<lastClosing)
            default:
                let end = closingBeforeLookahead()
                return aggregation(operation, false, [], arguments, name.range.lowerBound..<end)
            }
        } catch {
            try recover(in: "aggregation")
            return aggregation(
                operation, false, [], [], name.range.lowerBound..<max(name.range.lowerBound, lastClosing))
        }
    }

    private mutating func aggregation(
        _ operation: AggregationOperator, _ isWithout: Bool, _ labels: [String], _ arguments: [Parsed],
        _ range: SourceRange
    ) -> Parsed {
        if arguments.isEmpty {
            report("no arguments for aggregate expression provided", range)
        } else if operation.isExperimental, !options.experimentalFunctions {
            report(
                "\(operation.rawValue)() is experimental and must be enabled with "
                    + "--enable-feature=promql-experimental-functions", range)
        } else if arguments.count != (operation.hasParameter ? 2 : 1) {
            report(
                "wrong number of arguments for aggregate expression provided, expected "
                    + "\(operation.hasParameter ? 2 : 1), got \(arguments.count)", range)
        }
        // A missing argument was reported as an error, so the stand-in is never read.
        let operand = arguments.last?.expression ?? .number(NumberLiteral(value: 0))
        let node = Aggregation(
            operation: operation, operand: operand,
            parameter: operation.hasParameter && arguments.count == 2 ? arguments[0].expression : nil,
            isWithout: isWithout, grouping: labels, range: range)
        return Parsed(expression: .aggregation(node), height: 1 + (arguments.map(\.height).max() ?? 0))
    }

    /// The end of an aggregation after whose parenthesis one token had to be read: the parenthesis before it when that
    /// token is one, and otherwise what Prometheus takes for the end, the last token read that closes anything.
    private mutating func closingBeforeLookahead() -> Int {
        _ = peek()
        let bytes = lexer.bytes
        let last = lexer.lastStart
        guard lastClosing > 0, last > 0, last < bytes.count, bytes[last] == UInt8(ascii: ")") else {
            return lastClosing
        }
        var index = last - 1
        while index > 0 {
            switch bytes[index] {
            case UInt8(ascii: ")"): return index + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): index -= 1
            default: return lastClosing
            }
        }
        return lastClosing
    }

    // MARK: Labels and modifiers

    private mutating func parseGrouping() throws(SyntaxFailure) -> (isWithout: Bool, labels: [String]) {
        let isWithout = take().kind == .keyword(.without)
        return (isWithout, try parseLabels())
    }

    /// `(a, "b.c")`.
    private mutating func parseLabels() throws(SyntaxFailure) -> [String] {
        guard peek() == .leftParen else {
            try recover(in: "grouping opts", expected: "\"(\"")
            return []
        }
        take()
        if peek() == .rightParen {
            take()
            return []
        }
        var labels = [try parseLabel()]
        while true {
            switch peek() {
            case .rightParen:
                take()
                return labels
            case .comma:
                take()
                if peek() != .rightParen { labels.append(try parseLabel()) }
            case _ where isRecovering: try fail()
            default: try recover(in: "grouping opts", expected: "\",\" or \")\"")
            }
        }
    }

    private mutating func parseLabel() throws(SyntaxFailure) -> String {
        let kind = peek()
        guard kind == .string || kind.canNameLabel else {
            try recover(in: "grouping opts", expected: "label")
            return ""
        }
        let token = take()
        guard kind == .string else { return lexer.text(token.range) }
        let bytes = unquotedBytes(token)
        guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty else {
            report("invalid label name for grouping: \(goQuoted(bytes))", token.range)
            return ""
        }
        return name
    }

    /// What is between an operator and its right side.
    private mutating func parseModifiers() throws(SyntaxFailure) -> (matching: VectorMatching, returnsBool: Bool) {
        var matching = VectorMatching(cardinality: .oneToOne, isOn: false, labels: [], include: [])
        var returnsBool = false
        if peek() == .keyword(.bool) {
            take()
            returnsBool = true
        }
        let kind = peek()
        if kind == .keyword(.on) || kind == .keyword(.ignoring) {
            take()
            matching.isOn = kind == .keyword(.on)
            matching.labels = try parseLabels()
            let group = peek()
            if group == .keyword(.groupLeft) || group == .keyword(.groupRight) {
                take()
                matching.cardinality = group == .keyword(.groupLeft) ? .manyToOne : .oneToMany
                // Without labels, the right side or a fill modifier must follow.
                if peek() == .leftParen || !peek().canBeginExpression { matching.include = try parseLabels() }
            }
        }
        switch peek() {
        case .keyword(.fill):
            take()
            matching.fillLeft = try parseFillValue()
            matching.fillRight = matching.fillLeft
        case .keyword(.fillLeft):
            take()
            matching.fillLeft = try parseFillValue()
            if peek() == .keyword(.fillRight) {
                take()
                matching.fillRight = try parseFillValue()
            }
        case .keyword(.fillRight):
            take()
            matching.fillRight = try parseFillValue()
            if peek() == .keyword(.fillLeft) {
                take()
                matching.fillLeft = try parseFillValue()
            }
        default: break
        }
        return (matching, returnsBool)
    }

    private mutating func parseFillValue() throws(SyntaxFailure) -> Double {
        try expect(.leftParen)
        let sign = peek()
        if sign == .binary(.add) || sign == .binary(.subtract) { take() }
        while peek() != .number, peek() != .duration { try fail() }
        let value = parseNumberOrDuration().value
        try expect(.rightParen)
        return sign == .binary(.subtract) ? -value : value
    }
}

extension AggregationOperator {
    /// Whether a parameter precedes the operand.
    public var hasParameter: Bool {
        switch self {
        case .topk, .bottomk, .quantile, .countValues, .limitk, .limitRatio: true
        case .sum, .avg, .min, .max, .count, .group, .stddev, .stdvar: false
        }
    }

    /// Whether it needs the feature `promql-experimental-functions`.
    public var isExperimental: Bool { self == .limitk || self == .limitRatio }
}

extension BinaryOperator {
    /// Whether durations know it too.
    var isArithmeticOfDurations: Bool { DurationOperator(rawValue: rawValue) != nil }
}

extension Expression {
    /// Whether the text ends in an offset that arithmetic written after it would become part of.
    var endsInOpenOffset: Bool {
        switch self {
        case .vectorSelector(let node): node.offset?.isOpen ?? false
        case .matrixSelector(let node): node.selector.offset?.isOpen ?? false
        case .subquery(let node): node.offset?.isOpen ?? false
        case .binary(let node): node.right.endsInOpenOffset
        case .unary(let node): node.operand.endsInOpenOffset
        case .number, .string, .aggregation, .call, .parentheses: false
        }
    }
}

extension DurationExpression {
    /// Whether an operator that follows it, after `offset`, would be part of the duration.
    var isOpen: Bool {
        switch self {
        case .parentheses, .binary: true
        case .negated(.negated, _): true
        case .literal, .negated, .step, .range, .minimum, .maximum: false
        }
    }
}
