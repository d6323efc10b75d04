internal import KTSDBModel

/// `sum`, `avg`, `min`, `max`, `count`, `stddev` and `stdvar` over the series of each group.
final class AggregatedSeries: StepOperator {
    private let operation: VectorAggregation.Operation
    private let grouping: LabelGrouping?
    private let operand: any StepOperator
    private var groups = SeriesNumbers()
    private var memo = SeriesMemo()

    init(_ aggregation: VectorAggregation, _ operand: any StepOperator) {
        operation = aggregation.operation
        grouping = aggregation.grouping
        self.operand = operand
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        var places: [Int: Int] = [:]
        var values: [(group: Int, value: GroupValue)] = []
        for point in try operand.points(at: step) {
            let group = memo.number(for: point.series) {
                groups.number(of: operand.labels(of: point.series).grouped(by: grouping))
            }
            let place = places[group] ?? values.count
            if place == values.count {
                places[group] = place
                values.append((group, GroupValue()))
            }
            values[place].value.add(point.value)
        }
        return values.map { StepPoint(series: $0.group, value: $0.value.result(of: operation)) }
    }

    func labels(of series: Int) -> Labels { groups.labels[series] }
}

/// What the values of a group amount to.
private struct GroupValue {
    private var moments = Moments()
    private var least = Double.nan
    private var greatest = Double.nan

    mutating func add(_ value: Double) {
        moments.add(value)
        if value < least || least.isNaN { least = value }
        if value > greatest || greatest.isNaN { greatest = value }
    }

    /// - Precondition: at least one value was added.
    func result(of operation: VectorAggregation.Operation) -> Double {
        switch operation {
        case .sum: moments.sum
        case .avg: moments.mean
        case .min: least
        case .max: greatest
        case .count: Double(moments.count)
        case .stddev: moments.variance.squareRoot()
        case .stdvar: moments.variance
        case .topk, .bottomk, .sort, .sortDescending, .approximateTopk:
            preconditionFailure("\(operation) does not make one value of a group.")
        }
    }
}

extension Labels {
    /// The labels of the group that a series with these labels is in.
    func grouped(by grouping: LabelGrouping?) -> Labels {
        guard let grouping else { return Labels() }
        return grouping.isWithout ? removing(grouping.labels) : keeping(only: grouping.labels)
    }
}
