extension LogQLExpression {
    /// The query in its canonical form, over several lines indented by two blanks a level where one line would be over
    /// 100 bytes long, not counting the indentation.
    public func formatted() -> String { layout(0) }

    fileprivate static let maximumWidth = 100

    fileprivate func layout(_ level: Int) -> String {
        let text = description
        let indentation = Self.indentation(level)
        guard text.utf8.count > Self.maximumWidth else { return indentation + text }
        switch self {
        case .literal, .vector: return indentation + text
        case .lines(let query): return Self.lines(query, after: [], level)
        case .rangeAggregation(let aggregation):
            let lines = Self.lines(aggregation.lines, after: aggregation.unwrap?.stageTexts ?? [], level + 1)
            let quantile =
                aggregation.parameter == nil ? "" : Self.indentation(level + 1) + aggregation.quantileText + "\n"
            return "\(indentation)\(aggregation.operation.rawValue)(\n\(quantile)\(lines) \(aggregation.window)\n"
                + "\(indentation))\(aggregation.suffix)"
        case .vectorAggregation(let aggregation):
            let count = aggregation.parameter == nil ? "" : Self.indentation(level + 1) + aggregation.count + "\n"
            return "\(indentation)\(aggregation.head)(\n\(count)\(aggregation.operand.layout(level + 1))\n"
                + "\(indentation))"
        case .binary(let operation):
            return operation.layout(of: operation.left, isRight: false, level + 1)
                + "\n\(indentation)\(operation.operatorText)\n"
                + operation.layout(of: operation.right, isRight: true, level + 1)
        case .labelReplacement(let replacement):
            let inner = Self.indentation(level + 1)
            let texts = replacement.texts.map { inner + $0 }.joined(separator: ",\n")
            return "\(indentation)label_replace(\n\(replacement.operand.layout(level + 1)),\n\(texts)\n"
                + "\(indentation))"
        }
    }

    /// The selector, and each stage on a line of its own.
    private static func lines(_ query: LineQuery, after: [String], _ level: Int) -> String {
        let stages = query.stages.map(\.description) + after
        let line = ([query.selectorText] + stages).joined(separator: " ")
        guard line.utf8.count > maximumWidth else { return indentation(level) + line }
        return ([indentation(level) + query.selectorText] + stages.map { indentation(level + 1) + $0 })
            .joined(separator: "\n")
    }

    fileprivate static func indentation(_ level: Int) -> String { String(repeating: "  ", count: level) }
}

extension BinaryOperation {
    /// An operand. Over several lines an operation has no parentheses of its own, so it gets them where the text would
    /// be read in another way without.
    fileprivate func layout(of operand: LogQLExpression, isRight: Bool, _ level: Int) -> String {
        guard needsParentheses(operand, isRight: isRight) else { return operand.layout(level) }
        let indentation = LogQLExpression.indentation(level)
        return "\(indentation)(\n\(operand.layout(level + 1))\n\(indentation))"
    }

    private func needsParentheses(_ operand: LogQLExpression, isRight: Bool) -> Bool {
        guard case .binary(let inner) = operand, inner.operator.strength <= `operator`.strength else { return false }
        // Operators of the same strength are read from the left, but powers from the right.
        guard inner.operator.strength < `operator`.strength || isRight != (`operator` == .power) else { return false }
        return operand.description.utf8.count > LogQLExpression.maximumWidth
    }
}
