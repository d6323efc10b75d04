internal import KTSDBModel
internal import PromQL

/// Which labels the series of an expression's result have, as far as its text says it.
struct SeriesLabels: Sendable {
    /// The names that a series can have; nil: any.
    private(set) var names: Set<String>?
    /// Values that all series have.
    private(set) var values: [String: String] = [:]

    private init(names: Set<String>?, values: [String: String] = [:]) {
        self.names = names
        self.values = values
    }

    /// Whether a series can have a label.
    func contains(_ name: String) -> Bool { names?.contains(name) ?? true }

    init(_ expression: Expression) {
        switch expression {
        case .number, .string: self.init(names: [])
        case .vectorSelector(let node): self.init(node)
        case .matrixSelector(let node): self.init(node.selector)
        case .subquery(let node): self.init(node.expression)
        case .unary(let node): self.init(node.operand)
        case .parentheses(let node): self.init(node.inner)
        case .aggregation(let node): self.init(node)
        case .call(let node): self.init(node)
        case .binary(let node): self.init(node)
        }
    }

    private init(_ selector: VectorSelector) {
        var values: [String: String] = [:]
        for matcher in selector.matchers where matcher.operation == .equal && matcher.name != "__name__" {
            values[matcher.name] = matcher.value.isEmpty ? nil : matcher.value
        }
        self.init(names: nil, values: values)
    }

    private init(_ node: Aggregation) {
        let inner = SeriesLabels(node.operand)
        switch node.operation {
        case .topk, .bottomk, .limitk, .limitRatio: self = inner
        default:
            let list = Set(node.grouping)
            if node.isWithout {
                names = inner.names.map { $0.subtracting(list) }
                values = inner.values.filter { !list.contains($0.key) }
            } else {
                names = inner.names.map { $0.intersection(list) } ?? list
                values = inner.values.filter { list.contains($0.key) }
            }
            if node.operation == .countValues, case .string(let label)? = node.parameter { names?.insert(label.value) }
        }
    }

    private init(_ node: FunctionCall) {
        switch node.function.name {
        case "vector", "scalar", "time", "pi": self.init(names: [])
        case "absent", "absent_over_time":
            let inner = node.arguments.first.map { SeriesLabels($0) } ?? SeriesLabels(names: [])
            self.init(names: Set(inner.values.keys), values: inner.values)
        case "histogram_quantile", "histogram_fraction":
            let inner = node.arguments.last.map { SeriesLabels($0) } ?? SeriesLabels(names: nil)
            self.init(names: inner.names?.subtracting(["le"]), values: inner.values.filter { $0.key != "le" })
        case "label_replace", "label_join":
            let inner = node.arguments.first.map { SeriesLabels($0) } ?? SeriesLabels(names: nil)
            guard node.arguments.count > 1, case .string(let label) = node.arguments[1] else {
                self.init(names: nil)
                return
            }
            self.init(
                names: inner.names?.union([label.value]), values: inner.values.filter { $0.key != label.value })
        case "info": self.init(names: nil)
        default:
            let vector = node.arguments.first { $0.type == .vector || $0.type == .matrix }
            self = vector.map { SeriesLabels($0) } ?? SeriesLabels(names: nil)
        }
    }

    private init(_ node: BinaryExpression) {
        let (first, operators) = node.chain
        var result = SeriesLabels(first), isScalar = first.type == .scalar
        for step in operators {
            let right = SeriesLabels(step.right)
            if isScalar {
                result = right
                isScalar = step.right.type == .scalar
            } else if step.right.type != .scalar {
                result = result.combined(with: right, step)
            }
        }
        self = result
    }

    private func combined(with right: SeriesLabels, _ node: BinaryExpression) -> SeriesLabels {
        let isFilter = [.and, .unless].contains(node.operation)
        if isFilter { return self }
        if node.operation == .or {
            let shared = values.filter { right.values[$0.key] == $0.value }
            guard let names, let others = right.names else { return SeriesLabels(names: nil, values: shared) }
            return SeriesLabels(names: names.union(others), values: shared)
        }
        guard let matching = node.matching else { return self }
        switch matching.cardinality {
        case .oneToMany: return SeriesLabels(names: right.names?.union(matching.include), values: right.values)
        case .manyToOne:
            return SeriesLabels(
                names: names?.union(matching.include), values: values.filter { !matching.include.contains($0.key) })
        default:
            let isComparison = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual].contains(
                node.operation)
            // A comparison that filters keeps all labels of its left side.
            if isComparison, !node.returnsBool { return self }
            let list = Set(matching.labels)
            if matching.isOn {
                return SeriesLabels(
                    names: names.map { $0.intersection(list) } ?? list, values: values.filter { list.contains($0.key) })
            }
            return SeriesLabels(names: names?.subtracting(list), values: values.filter { !list.contains($0.key) })
        }
    }
}
