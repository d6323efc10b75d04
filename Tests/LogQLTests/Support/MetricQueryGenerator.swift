import KTSDBModel
import KTSDBTesting
import LogQL

/// Makes random metric queries, and entries for them to look at.
struct MetricQueryGenerator {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Some entries within a minute, a few of them at one time.
    mutating func entries() -> [LogLine] {
        (0..<random.below(60)).map { _ in
            LogLine(
                stream: Labels(["a": "\(random.below(2))", "b": "\(random.below(3))"]),
                time: Int64(random.below(240)) * 250_000_000, line: Array(repeating: 0x78, count: random.below(20)),
                metadata: random.oneIn(4) ? [:] : Labels(["x": "\(random.below(9))", "m": "\(random.below(2))"]))
        }
    }

    mutating func request() -> LogRangeRequest {
        let start = Int64(random.below(40_000)) * 1_000_000
        return LogRangeRequest(
            start: start, end: start + Int64(1 + random.below(30_000)) * 1_000_000,
            step: random.pick([500, 1000, 1500, 7000, 20_000]) * 1_000_000)
    }

    mutating func expression(depth: Int = 3) -> LogQLExpression {
        guard depth > 0 else { return rangeAggregation() }
        switch random.below(10) {
        case 0...3: return .vectorAggregation(vectorAggregation(depth))
        case 4...6: return .binary(binary(depth))
        case 7: return .vector(Double(random.below(5)))
        default: return rangeAggregation()
        }
    }

    private mutating func grouping() -> LabelGrouping {
        LabelGrouping(["a", "b", "m", "none"].filter { _ in random.oneIn(3) }, isWithout: random.oneIn(3))
    }

    private mutating func rangeAggregation() -> LogQLExpression {
        let operation = random.pick(RangeAggregation.Operation.allCases)
        let onLines: Set<RangeAggregation.Operation> = [.countOverTime, .bytesOverTime, .bytesRate]
        let mayBoth: Set<RangeAggregation.Operation> = [.rate, .absentOverTime]
        let isUnwrapped = mayBoth.contains(operation) ? random.oneIn(2) : !onLines.contains(operation)
        let mayGroup: Set<RangeAggregation.Operation> = [
            .avgOverTime, .minOverTime, .maxOverTime, .stddevOverTime, .stdvarOverTime, .firstOverTime, .lastOverTime,
            .quantileOverTime,
        ]
        let matcher = try? TextMatcher("a", .equal, "\(random.below(2))")
        return .rangeAggregation(
            RangeAggregation(
                operation, parameter: operation == .quantileOverTime ? Double(random.below(5)) / 4 : nil,
                lines: LineQuery(matchers: random.oneIn(2) ? [matcher].compactMap { $0 } : []),
                unwrap: isUnwrapped ? Unwrap("x") : nil,
                range: random.pick([250, 1000, 3000, 10_000, 60_000]) * 1_000_000,
                offset: random.oneIn(4) ? Int64(random.below(5000) - 1000) * 1_000_000 : 0,
                grouping: mayGroup.contains(operation) && random.oneIn(2) ? grouping() : nil))
    }

    private mutating func vectorAggregation(_ depth: Int) -> VectorAggregation {
        let operation = random.pick(VectorAggregation.Operation.allCases.filter { $0 != .approximateTopk })
        let ranks = operation == .topk || operation == .bottomk, sorts = [.sort, .sortDescending].contains(operation)
        return VectorAggregation(
            operation, parameter: ranks ? 1 + random.below(3) : nil,
            grouping: sorts || random.oneIn(3) ? nil : grouping(), operand: expression(depth: depth - 1))
    }

    private mutating func binary(_ depth: Int) -> BinaryOperation {
        let operation = random.pick(BinaryOperation.Operator.allCases.filter { $0 != .power })
        let sets: Set<BinaryOperation.Operator> = [.or, .and, .unless]
        let compares: Set<BinaryOperation.Operator> = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
        ]
        var left = expression(depth: depth - 1), right = expression(depth: depth - 1)
        let literal = sets.contains(operation) ? 9 : random.below(4)
        if literal == 0 { left = .literal(Double(random.below(4))) }
        if literal == 1 { right = .literal(Double(random.below(4))) }
        var matching: BinaryOperation.Matching?
        if literal > 1, random.oneIn(2) {
            let grouping = grouping()
            matching = .init(labels: grouping.labels, isOn: !grouping.isWithout)
            if !sets.contains(operation), random.oneIn(2) {
                matching?.cardinality = random.oneIn(2) ? .manyToOne : .oneToMany
                matching?.include = random.oneIn(2) ? ["m"] : []
            }
        }
        return BinaryOperation(
            operation, left, right, returnsBool: compares.contains(operation) && random.oneIn(2), matching: matching)
    }
}
