internal import KTSDBModel

/// An operation of a vector and a literal: each value is mapped, or left out.
final class MappedSeries: StepOperator {
    private let operand: any StepOperator
    private let map: (Double) -> Double?

    init(_ operand: any StepOperator, _ map: @escaping (Double) -> Double?) {
        self.operand = operand
        self.map = map
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        try operand.points(at: step).compactMap { point in
            map(point.value).map { StepPoint(series: point.series, value: $0) }
        }
    }

    func labels(of series: Int) -> Labels { operand.labels(of: series) }
}
