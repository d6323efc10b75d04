internal import CLibrary
import CLibrary
import KTSDBModel

extension Parser {
    /// `name{matchers}`, `name` or `{matchers}`.
    mutating func parseVectorSelector() throws(SyntaxFailure) -> VectorSelector {
        peek() == .leftBrace ? try parseMatchers() : try parseVectorSelector(named: take())
    }

    /// What may follow the name of a metric.
    mutating func parseVectorSelector(named name: Token) throws(SyntaxFailure) -> VectorSelector {
        var selector = VectorSelector(name: "", matchers: [], ends: .plain, range: name.range)
        if peek() == .leftBrace {
            selector = try parseMatchers()
            selector.range = name.range.lowerBound..<selector.range.upperBound
        }
        selector.name = lexer.text(name.range)
        selector.matchers.append(.name(selector.name))
        return selector
    }

    private mutating func parseMatchers() throws(SyntaxFailure) -> VectorSelector {
        let open = take()
        var matchers: [LabelMatcher] = []
        if peek() != .rightBrace { try parseMatcher(into: &matchers) }
        while true {
            switch peek() {
            case .rightBrace:
                let close = take()
                return VectorSelector(
                    name: "", matchers: matchers, ends: .plain,
                    range: open.range.lowerBound..<close.range.upperBound)
            case .comma:
                take()
                if peek() != .rightBrace { try parseMatcher(into: &matchers) }
            case _ where isRecovering: try fail()
            default: try recover(in: "label matching", expected: "\",\" or \"}\"")
            }
        }
    }

    private mutating func parseMatcher(into matchers: inout [LabelMatcher]) throws(SyntaxFailure) {
        let kind = peek()
        guard kind == .identifier || kind == .string else {
            return try recover(in: "label matching", expected: "identifier or \"}\"")
        }
        let label = take()
        let name = kind == .string ? unquoted(label) : lexer.text(label.range)
        let operation: LabelMatcher.Operation
        switch peek() {
        case .assign: operation = .equal
        case .binary(.notEqual): operation = .notEqual
        case .matches: operation = .matches
        case .doesNotMatch: operation = .doesNotMatch
        case _ where kind == .string:
            // A quoted string by itself is the name of the metric.
            matchers.append(.name(name))
            return
        default: return try recover(in: "label matching", expected: "label matching operator")
        }
        take()
        guard peek() == .string else { return try recover(in: "label matching", expected: "string") }
        let value = take()
        do {
            matchers.append(try LabelMatcher(name, operation, unquoted(value)))
        } catch {
            report(error.description, label.range.lowerBound..<value.range.upperBound)
        }
    }

    // MARK: Literals

    /// A number or duration, which must be the next token.
    mutating func parseNumberOrDuration() -> NumberLiteral {
        let token = take()
        let text = lexer.text(token.range)
        if token.kind == .duration {
            switch parseDuration(text) {
            case .success(let nanoseconds):
                let seconds = Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9
                return NumberLiteral(value: seconds, isDuration: true, range: token.range)
            case .failure(let error):
                report(error.description, token.range)
                return NumberLiteral(value: 0, isDuration: true, range: token.range)
            }
        }
        switch parseNumber(text) {
        case .success(let value): return NumberLiteral(value: value, range: token.range)
        case .failure(let error):
            report(error.description, token.range)
            return NumberLiteral(value: 0, range: token.range)
        }
    }

    /// The value of a string literal; what is no UTF-8 in it becomes U+FFFD.
    mutating func unquoted(_ token: Token) -> String { String(decoding: unquotedBytes(token), as: UTF8.self) }

    /// The value of a string literal.
    mutating func unquotedBytes(_ token: Token) -> [UInt8] {
        if let value = goUnquotedBytes(lexer.bytes.span.extracting(token.range)) { return value }
        report("error unquoting string \(goQuoted(lexer.text(token.range))): invalid syntax", token.range)
        return []
    }

    // MARK: Modifiers

    /// `expression offset 5m`.
    mutating func parseOffset(of operand: Parsed) throws(SyntaxFailure) -> Parsed {
        take()
        let offset: DurationExpression
        do {
            offset = try parseOffsetDuration()
        } catch {
            try recover(in: "offset", expected: "number, duration, step(), or range()")
            return operand
        }
        var result = operand
        let range = operand.expression.range
        let end = max(range.lowerBound, lastClosing)
        // A literal zero is not an offset.
        let effective = offset.isLiteralZero ? nil : offset
        switch operand.expression {
        case .vectorSelector(var node):
            if node.offset != nil { report("offset may not be set multiple times", range) }
            node.offset = node.offset ?? effective
            node.range = range.lowerBound..<end
            result.expression = .vectorSelector(node)
        case .matrixSelector(var node):
            if operand.isBrokenRange {
                report("ranges only allowed for vector selectors", range)
                return operand
            }
            if node.selector.offset != nil { report("offset may not be set multiple times", range) }
            node.selector.offset = node.selector.offset ?? effective
            node.range = range.lowerBound..<end
            result.expression = .matrixSelector(node)
        case .subquery(var node):
            if node.offset != nil { report("offset may not be set multiple times", range) }
            node.offset = node.offset ?? effective
            node.range = range.lowerBound..<end
            result.expression = .subquery(node)
        default: report("offset modifier must be preceded by \(Self.selectorsList)", range)
        }
        return result
    }

    private static let selectorsList = "an instant vector selector or range vector selector or a subquery"

    /// `expression @ 1609746000`, `expression @ start()`.
    mutating func parseAt(of operand: Parsed) throws(SyntaxFailure) -> Parsed {
        take()
        do {
            switch peek() {
            case .preprocessor(let word) where word == .start || word == .end:
                take()
                try expect(.leftParen)
                try expect(.rightParen)
                return pinned(operand, to: word == .start ? .start : .end)
            default:
                let sign = peek()
                if sign == .binary(.add) || sign == .binary(.subtract) { take() }
                guard peek() == .number || peek() == .duration else { throw SyntaxFailure() }
                let value = parseNumberOrDuration().value
                let seconds = sign == .binary(.subtract) ? -value : value
                let milliseconds = (seconds * 1000).rounded(.toNearestOrAwayFromZero)
                if abs(seconds) < 0x1p63, let exact = Int64(exactly: milliseconds) {
                    return pinned(operand, to: .timestamp(Timestamp(milliseconds: exact)))
                }
                report("timestamp out of bounds for @ modifier: \(fixedText(seconds))", operand.expression.range)
                return pinned(operand, to: .timestamp(.latest))
            }
        } catch {
            try recover(in: "@", expected: "timestamp")
            return operand
        }
    }

    private mutating func pinned(_ operand: Parsed, to at: AtModifier) -> Parsed {
        var result = operand
        let range = operand.expression.range
        let end = max(range.lowerBound, lastClosing)
        func setTwice() { report("@ <timestamp> may not be set multiple times", range) }
        switch operand.expression {
        case .vectorSelector(var node):
            if node.at != nil {
                setTwice()
                return operand
            }
            node.at = at
            node.range = range.lowerBound..<end
            result.expression = .vectorSelector(node)
        case .matrixSelector(var node):
            if operand.isBrokenRange {
                report("ranges only allowed for vector selectors", range)
                return operand
            }
            if node.selector.at != nil {
                setTwice()
                return operand
            }
            node.selector.at = at
            node.range = range.lowerBound..<end
            result.expression = .matrixSelector(node)
        case .subquery(var node):
            if node.at != nil {
                setTwice()
                return operand
            }
            node.at = at
            node.range = range.lowerBound..<end
            result.expression = .subquery(node)
        default: report("@ modifier must be preceded by \(Self.selectorsList)", range)
        }
        return result
    }

    /// `expression anchored`, `expression smoothed`.
    mutating func setWindowEnds(_ ends: WindowEnds, of operand: inout Parsed) {
        take()
        let range = operand.expression.range
        guard options.extendedRangeSelectors else {
            return report("\(ends.rawValue) modifier is experimental and not enabled", range)
        }
        func set(_ selector: inout VectorSelector) {
            if selector.ends != .plain, selector.ends != ends {
                report("anchored and smoothed modifiers cannot be used together", range)
            }
            selector.ends = ends
        }
        switch operand.expression {
        case .vectorSelector(var node):
            set(&node)
            operand.expression = .vectorSelector(node)
        case .matrixSelector(var node):
            if operand.isBrokenRange { return }
            set(&node.selector)
            operand.expression = .matrixSelector(node)
        case .subquery: report("\(ends.rawValue) modifier is not supported for subqueries", range)
        default: report("\(ends.rawValue) modifier not implemented", range)
        }
    }

    // MARK: Brackets

    /// `expression[5m]`, `expression[1h:5m]`.
    mutating func parseBrackets(after operand: Parsed) throws(SyntaxFailure) -> Parsed {
        let open = take()
        let window: DurationExpression
        do {
            window = try parsePositiveDuration()
        } catch {
            try recover(in: "subquery or range selector", expected: "number, duration, step(), or range()")
            return operand
        }
        switch peek() {
        case .rightBracket:
            return try matrixSelector(operand, window, brackets: open.range.lowerBound..<take().range.upperBound)
        case .colon: take()
        default:
            try recover(in: "subquery or range", expected: "\":\" or \"]\"")
            return operand
        }
        var step: DurationExpression?
        if peek() != .rightBracket {
            do {
                step = try parsePositiveDuration()
            } catch {
                try recover(in: "subquery selector", expected: "number, duration, step(), range(), or \"]\"")
                return operand
            }
            guard peek() == .rightBracket else {
                try recover(in: "subquery selector", expected: "\"]\"")
                return operand
            }
        }
        let close = take()
        try limit(operand.height + 1)
        let node = Subquery(
            expression: operand.expression, window: window, step: step,
            range: operand.expression.range.lowerBound..<close.range.upperBound)
        return Parsed(expression: .subquery(node), height: operand.height + 1)
    }

    private mutating func matrixSelector(
        _ operand: Parsed, _ window: DurationExpression, brackets: SourceRange
    ) throws(SyntaxFailure) -> Parsed {
        let range = operand.expression.range.lowerBound..<brackets.upperBound
        guard case .vectorSelector(let selector) = operand.expression else {
            report("ranges only allowed for vector selectors", brackets)
            let standIn = VectorSelector(name: "", matchers: [], ends: .plain, range: operand.expression.range)
            let node = MatrixSelector(selector: standIn, window: window, range: range)
            return Parsed(expression: .matrixSelector(node), height: 2, isBrokenRange: true)
        }
        if selector.offset != nil {
            report("no offset modifiers allowed before range", brackets)
        } else if selector.at != nil {
            report("no @ modifiers allowed before range", brackets)
        }
        return Parsed(
            expression: .matrixSelector(MatrixSelector(selector: selector, window: window, range: range)), height: 2)
    }
}

/// A number as `%f` prints it: all its digits, and six decimals.
func fixedText(_ value: Double) -> String {
    value.isFinite ? SystemCall.fixedText(value) : plainText(value)
}
