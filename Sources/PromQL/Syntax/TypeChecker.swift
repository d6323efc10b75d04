import KTSDBModel

/// Checks that the parts of an expression fit together, and fills in what depends on types.
///
/// Children come before what is said about their parent, as in Prometheus, so that errors come in the same order.
struct TypeChecker {
    let text: [UInt8]
    private(set) var errors: [ParseError] = []

    init(text: [UInt8]) { self.text = text }

    private mutating func report(_ message: String, _ range: SourceRange) {
        errors.append(ParseError(message: message, range: range, in: text))
    }

    /// Checks `expression` and returns its type.
    @discardableResult
    mutating func check(_ expression: inout Expression) -> ValueType {
        switch expression {
        case .number: return .scalar
        case .string: return .string
        case .vectorSelector(let node):
            check(node, mayBeEmpty: false)
            return .vector
        case .matrixSelector(let node):
            check(node.selector, mayBeEmpty: false)
            return .matrix
        case .subquery(var node):
            let type = check(&node.expression)
            if type != .vector {
                report("subquery is only allowed on instant vector, got \(type.rawValue) instead", node.range)
            }
            expression = .subquery(node)
            return .matrix
        case .unary(var node):
            let type = check(&node.operand)
            if type != .scalar, type != .vector {
                report(
                    "unary expression only allowed on expressions of type scalar or instant vector, got "
                        + "\"\(type.documentedName)\"", node.range)
            }
            expression = .unary(node)
            return type
        case .parentheses(var node):
            let type = check(&node.inner)
            expression = .parentheses(node)
            return type
        case .binary(let node):
            let chain = node.chain
            var operand = chain.first, type = check(&operand)
            for var node in chain.operators {
                node.left = operand
                type = check(&node, left: type)
                operand = .binary(node)
            }
            expression = operand
            return type
        case .aggregation(var node):
            check(&node)
            expression = .aggregation(node)
            return .vector
        case .call(var node):
            check(&node)
            expression = .call(node)
            return node.function.returnType
        }
    }

    private mutating func check(_ node: VectorSelector, mayBeEmpty: Bool) {
        if !node.name.isEmpty {
            for matcher in node.matchers.dropLast() where matcher.name == "__name__" {
                let names = "\(goQuoted(node.name)) or \(goQuoted(matcher.value))"
                report("metric name must not be set twice: \(names)", node.range)
            }
        } else if !mayBeEmpty, node.matchers.allSatisfy(\.matchesEmpty) {
            report("vector selector must contain at least one non-empty matcher", node.range)
        }
    }

    private mutating func check(_ node: inout Aggregation) {
        expect(.vector, &node.operand, in: "aggregation expression")
        guard var parameter = node.parameter else { return }
        expect(node.operation == .countValues ? .string : .scalar, &parameter, in: "aggregation parameter")
        node.parameter = parameter
    }

    private mutating func expect(_ type: ValueType, _ expression: inout Expression, in context: String) {
        let found = check(&expression)
        if found != type {
            report(
                "expected type \(type.documentedName) in \(context), got \(found.documentedName)", expression.range)
        }
    }

    private mutating func check(_ node: inout FunctionCall) {
        let function = node.function
        let count = node.arguments.count
        let limits = (function.minimumArguments, function.maximumArguments)
        if function.variadic == 0, count != limits.0 {
            report("expected \(limits.0) argument(s) in call to \(goQuoted(function.name)), got \(count)", node.range)
        } else if count < limits.0 {
            report(
                "expected at least \(limits.0) argument(s) in call to \(goQuoted(function.name)), got \(count)",
                node.range)
        } else if let most = limits.1, count > most {
            report(
                "expected at most \(most) argument(s) in call to \(goQuoted(function.name)), got \(count)", node.range)
        }
        let parameters = FunctionTable[function.name]?.parameters ?? []
        for (parameter, argument) in zip(parameters, node.arguments) where parameter.isLabelSelector {
            checkLabelSelector(argument, of: node)
        }
        for index in node.arguments.indices {
            // Surplus arguments were reported, and have no type to be compared with.
            if index >= function.argumentTypes.count, function.variadic == 0 { break }
            let expected = function.argumentTypes[min(index, function.argumentTypes.count - 1)]
            let range = node.arguments[index].range
            let type: ValueType
            if index < parameters.count, parameters[index].isLabelSelector,
                case .vectorSelector(let selector) = node.arguments[index]
            {
                check(selector, mayBeEmpty: selector.name.isEmpty)
                type = .vector
            } else {
                type = check(&node.arguments[index])
            }
            if type != expected {
                report(
                    "expected type \(expected.documentedName) in call to function \(goQuoted(function.name)), got "
                        + type.documentedName, range)
            }
        }
    }

    /// Checks an argument that looks like a selector, but only says which labels are wanted.
    private mutating func checkLabelSelector(_ labels: Expression, of node: FunctionCall) {
        if labels.type != .vector {
            report(
                "expected type instant vector in call to function \(goQuoted(node.function.name)), got "
                    + labels.type.documentedName,
                node.range)
        }
        if case .vectorSelector(let selector) = labels {
            if !selector.name.isEmpty {
                report("expected label selectors only, got vector selector instead", labels.range)
            }
        } else {
            report("expected label selectors only", labels.range)
        }
    }

    /// Checks an operator whose left side has been checked and has the type `left`.
    private mutating func check(_ node: inout BinaryExpression, left: ValueType) -> ValueType {
        let right = check(&node.right)
        let operation = node.operation
        var matching = node.matching ?? VectorMatching(cardinality: .oneToOne, isOn: false, labels: [], include: [])
        if node.returnsBool, !operation.isComparison {
            report("bool modifier can only be used on comparison operators", operatorRange(node))
        }
        if operation.isComparison, !node.returnsBool, left == .scalar, right == .scalar {
            report("comparisons between scalars must use BOOL modifier", operatorRange(node))
        }
        if operation.isSet, matching.cardinality == .oneToOne { matching.cardinality = .manyToMany }
        if matching.isOn {
            for label in matching.labels {
                for included in matching.include where included == label {
                    report(
                        "label \(goQuoted(label)) must not occur in ON and GROUP clause at once", operatorRange(node))
                }
            }
        }
        for (type, operand) in [(left, node.left), (right, node.right)] where type != .scalar && type != .vector {
            report("binary expression must contain only scalar and instant vector types", operand.range)
        }
        let fills = matching.fillLeft != nil || matching.fillRight != nil
        if left != .vector || right != .vector {
            if !matching.labels.isEmpty {
                report("vector matching only allowed between instant vectors", node.range)
            }
            if fills { report("filling in missing series only allowed between instant vectors", node.range) }
            node.matching = nil
        } else {
            if operation.isSet {
                if matching.cardinality != .manyToMany {
                    report("no grouping allowed for \"\(operation.rawValue)\" operation", node.range)
                    report("set operations must always be many-to-many", node.range)
                }
                if fills { report("filling in missing series not allowed for set operators", node.range) }
            }
            node.matching = matching
        }
        if left == .scalar || right == .scalar, operation.isSet {
            report("set operator \"\(operation.rawValue)\" not allowed in binary scalar expression", node.range)
        }
        return left == .scalar && right == .scalar ? .scalar : .vector
    }

    /// What is between the operands, from the first character that is not a blank to the last one, which is left out:
    /// the place that Prometheus gives.
    private func operatorRange(_ node: BinaryExpression) -> SourceRange {
        func isSpace(_ index: Int) -> Bool {
            guard text.indices.contains(index) else { return false }
            return [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(text[index])
        }
        var start = node.left.range.upperBound
        while isSpace(start) { start += 1 }
        var end = node.right.range.lowerBound - 1
        while isSpace(end) { end -= 1 }
        return start..<max(start, end)
    }
}

extension ValueType {
    /// The name that messages use.
    public var documentedName: String {
        switch self {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "instant vector"
        case .matrix: "range vector"
        }
    }
}
