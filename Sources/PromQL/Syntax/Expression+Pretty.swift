extension Expression {
    /// The expression over several lines, indented by two blanks a level, where one line would be too long.
    ///
    /// The layout is that of Prometheus' `/api/v1/format_query`, byte for byte, but for chains of more than 500
    /// operators that need a line each: all of their lines are indented alike, and not two blanks more for each
    /// operator that follows.
    /// - Parameter maximumWidth: what fits into this many bytes, not counting the indentation, stays on one line.
    /// - Returns: the text, without a newline at its end.
    public func pretty(maximumWidth: Int = 100) -> String { pretty(level: 0, maximumWidth) }

    fileprivate func pretty(level: Int, _ width: Int) -> String {
        let indentation = String(repeating: "  ", count: level)
        switch self {
        case .number, .string, .vectorSelector, .matrixSelector: return indentation + description
        case .unary(let node):
            let operand = node.operand.pretty(level: level, width)
            return indentation + (node.minus ? "-" : "+") + operand.drop { $0 == " " || $0 == "\n" }
        case .subquery(let node):
            // Prometheus leaves out the indentation of a subquery that fits.
            guard !fits(in: width) else { return description }
            return node.expression.pretty(level: level, width) + node.suffix
        case _ where fits(in: width): return indentation + description
        case .binary(let node): return node.prettyChain(level: level, width)
        case .aggregation(let node): return indentation + node.head + block(node.arguments, level, width)
        case .call(let node): return indentation + node.function.name + block(node.arguments, level, width)
        case .parentheses(let node): return indentation + block([node.inner], level, width)
        }
    }

    /// Expressions in parentheses, each on lines of its own.
    private func block(_ expressions: [Expression], _ level: Int, _ width: Int) -> String {
        let lines = expressions.map { $0.pretty(level: level + 1, width) }.joined(separator: ",\n")
        return "(\n" + lines + "\n" + String(repeating: "  ", count: level) + ")"
    }

    private func fits(in width: Int) -> Bool { description.utf8.count <= width }
}

extension BinaryExpression {
    /// Up to this many operators of a chain are indented, each by more than the one after it; the text grows with the
    /// square of them.
    private static let deepestChain = 500

    /// The chain over several lines: as many operators at its beginning as fit on one line, and each other on its own.
    ///
    /// The operator that is last is the outermost, and so has the least indentation.
    fileprivate func prettyChain(level: Int, _ width: Int) -> String {
        let (first, operators) = chain
        var beginning = first.description, fitting = 0
        if beginning.utf8.count <= width {
            for node in operators {
                let longer = beginning + node.textBehindLeft
                guard longer.utf8.count <= width else { break }
                beginning = longer
                fitting += 1
            }
        }
        let broken = operators[fitting...]
        // One level for each operator that follows, if they are not too many.
        let deepest = broken.count <= Self.deepestChain ? level + broken.count : level + 1
        func indentation(_ level: Int) -> String { String(repeating: "  ", count: level) }
        var text: String
        if fitting > 0 {
            text = indentation(deepest) + beginning
        } else if case .number = first {
            text = indentation(deepest) + first.description
        } else {
            text = first.pretty(level: deepest, width)
        }
        for (place, node) in broken.enumerated() {
            let own = max(level, deepest - 1 - place)
            text += "\n" + indentation(own) + node.operatorText + "\n" + node.right.pretty(level: own + 1, width)
        }
        return text
    }
}
