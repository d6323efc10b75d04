extension Expression {
    /// The expression over several lines, indented by two blanks a level, where one line would be too long.
    ///
    /// The layout is that of Prometheus' `/api/v1/format_query`, byte for byte.
    /// - Parameter maximumWidth: what fits into this many bytes, not counting the indentation, stays on one line.
    /// - Returns: the text, without a newline at its end.
    public func pretty(maximumWidth: Int = 100) -> String { pretty(level: 0, maximumWidth) }

    private func pretty(level: Int, _ width: Int) -> String {
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
        case .binary(let node):
            let left: String
            if case .number = node.left {
                left = indentation + "  " + node.left.description
            } else {
                left = node.left.pretty(level: level + 1, width)
            }
            return left + "\n" + indentation + node.operatorText + "\n" + node.right.pretty(level: level + 1, width)
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
