internal import KTSDBModel

/// `topk` and `bottomk`: the largest or smallest values of each group at each step, with their labels.
final class RankedSeries: StepOperator {
    private let count: Int
    private let descending: Bool
    private let grouping: LabelGrouping?
    private let operand: any StepOperator
    private var groups = SeriesNumbers()
    private var memo = SeriesMemo()

    init(_ aggregation: VectorAggregation, _ operand: any StepOperator) {
        count = max(0, aggregation.parameter ?? 0)
        descending = aggregation.operation != .bottomk
        grouping = aggregation.grouping
        self.operand = operand
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        var sizes: [Int: Int] = [:]
        return try operand.points(at: step).ranked(descending, operand).filter { point in
            let group = memo.number(for: point.series) {
                groups.number(of: operand.labels(of: point.series).grouped(by: grouping))
            }
            sizes[group, default: 0] += 1
            return sizes[group, default: 0] <= count
        }
    }

    func labels(of series: Int) -> Labels { operand.labels(of: series) }
}

/// `sort` and `sort_desc`.
final class SortedSeries: StepOperator {
    private let operand: any StepOperator
    private let descending: Bool

    init(_ operand: any StepOperator, descending: Bool) {
        self.operand = operand
        self.descending = descending
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        try operand.points(at: step).ranked(descending, operand)
    }

    func labels(of series: Int) -> Labels { operand.labels(of: series) }
}

extension [StepPoint] {
    /// The points by value, those that are not numbers last; equal values in the order of labels.
    fileprivate func ranked(_ descending: Bool, _ operand: any StepOperator) -> [StepPoint] {
        sorted { a, b in
            if a.value.isNaN != b.value.isNaN { return b.value.isNaN }
            if a.value != b.value, !a.value.isNaN { return descending ? a.value > b.value : a.value < b.value }
            return operand.labels(of: a.series) < operand.labels(of: b.series)
        }
    }
}
