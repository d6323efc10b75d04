extension LogQLParser {
    // MARK: Range aggregations

    /// `rate({app="a"}[5m])`; the name is next.
    mutating func rangeAggregation(
        _ operation: RangeAggregation.Operation
    ) throws(LogQLError) -> LogQLExpression {
        advance()
        try need(.openParenthesis)
        var parameter: String?
        switch token.kind {
        case .number:
            parameter = token.text
            advance()
            try need(.comma)
        case .symbol(.openBrace), .symbol(.openParenthesis): break
        default: throw unexpected([.number, .symbol(.openBrace), .symbol(.openParenthesis)])
        }
        guard token.kind == .symbol(.openBrace) || token.kind == .symbol(.openParenthesis) else {
            throw unexpected([.symbol(.openBrace), .symbol(.openParenthesis)])
        }
        let range = try range()
        try need(.closeParenthesis)
        let grouping = try grouping()
        let aggregation = RangeAggregation(
            operation, parameter: try quantile(parameter, of: operation), lines: range.lines, unwrap: range.unwrap,
            range: range.window?.range ?? 0, offset: range.window?.offset ?? 0, grouping: grouping)
        try check(aggregation)
        return .rangeAggregation(aggregation)
    }

    private func quantile(
        _ text: String?, of operation: RangeAggregation.Operation
    ) throws(LogQLError) -> Double? {
        let name = operation.rawValue
        guard operation == .quantileOverTime else {
            guard let text else { return nil }
            throw Self.invalid("parameter \(text) not supported for operation \(name)")
        }
        guard let text else { throw Self.invalid("parameter required for operation \(name)") }
        switch NumberText.parse(text) {
        case .success(let value): return value
        case .failure(let error): throw Self.invalid("invalid parameter for operation \(name): \(error)")
        }
    }

    private func check(_ aggregation: RangeAggregation) throws(LogQLError) {
        let name = aggregation.operation.rawValue
        if aggregation.grouping != nil {
            switch aggregation.operation {
            case .avgOverTime, .minOverTime, .maxOverTime, .stddevOverTime, .stdvarOverTime, .quantileOverTime,
                .firstOverTime, .lastOverTime:
                break
            default: throw Self.invalid("grouping not allowed for \(name) aggregation")
            }
        }
        switch aggregation.operation {
        case .countOverTime, .bytesOverTime, .bytesRate:
            if aggregation.unwrap != nil { throw Self.invalid("invalid aggregation \(name) with unwrap") }
        case .rate, .absentOverTime: break
        default:
            if aggregation.unwrap == nil { throw Self.invalid("invalid aggregation \(name) without unwrap") }
        }
    }

    // MARK: Vector aggregations

    /// `sum by (level) (…)`, `topk(3, …) by (level)`; the name is next.
    mutating func vectorAggregation(
        _ operation: VectorAggregation.Operation
    ) throws(LogQLError) -> LogQLExpression {
        advance()
        var grouping = try grouping()
        try need(.openParenthesis)
        var parameter: String?
        if token.kind == .number, tokenAfterNext.kind == .symbol(.comma) {
            parameter = token.text
            advance()
            advance()
        }
        let operand = try nested { (parser) throws(LogQLError) in try parser.expression() }
        if case .lines = operand { throw unexpected() }
        try need(.closeParenthesis, [])
        if grouping == nil { grouping = try self.grouping() }
        let count = try count(parameter, of: operation)
        if let grouping, !grouping.labels.isEmpty || grouping.isWithout {
            switch operation {
            case .sort, .sortDescending: throw Self.invalid("sort and sort_desc doesn't allow grouping by ")
            case .approximateTopk:
                throw Self.invalid("grouping not allowed for \(operation.rawValue) aggregation")
            default: break
            }
        }
        return .vectorAggregation(
            VectorAggregation(operation, parameter: count, grouping: grouping, operand: operand))
    }

    private func count(
        _ text: String?, of operation: VectorAggregation.Operation
    ) throws(LogQLError) -> Int? {
        let name = operation.rawValue
        switch operation {
        case .topk, .bottomk, .approximateTopk:
            guard let text else { throw Self.invalid("parameter required for operation \(name)") }
            guard let count = Int(text) else { throw Self.invalid("invalid parameter \(name)(\(text),") }
            guard count > 0 else {
                throw Self.invalid("invalid parameter (must be greater than 0) \(name)(\(text)")
            }
            return count
        default:
            guard let text else { return nil }
            throw Self.invalid("unsupported parameter for operation \(name)(\(text),")
        }
    }

    // MARK: Labels

    /// `by (a, b)` or `without (a)`, if one is next.
    private mutating func grouping() throws(LogQLError) -> LabelGrouping? {
        let isWithout = token.kind == .keyword(.without)
        guard isWithout || token.kind == .keyword(.by) else { return nil }
        advance()
        return LabelGrouping(try labelList(), isWithout: isWithout)
    }

    /// `(a, b)`, also without any.
    mutating func labelList() throws(LogQLError) -> [String] {
        try need(.openParenthesis)
        var labels: [String] = []
        if take(.closeParenthesis) { return labels }
        repeat {
            let isFirst = labels.isEmpty
            labels.append(try needName(isFirst ? [.identifier, .symbol(.closeParenthesis)] : [.identifier]))
        } while take(.comma)
        try need(.closeParenthesis, [.symbol(.comma), .symbol(.closeParenthesis)])
        return labels
    }
}
