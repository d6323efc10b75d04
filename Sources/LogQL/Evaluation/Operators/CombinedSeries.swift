internal import KTSDBModel

/// `and`, `or` and `unless`: series of one operand, depending on whether the other has such a series at the step.
final class CombinedSeries: StepOperator {
    private let `operator`: BinaryOperation.Operator
    private let left: any StepOperator
    private let right: any StepOperator
    private var signatures: SeriesSignatures
    private var results = SeriesNumbers()
    private var leftMemo = SeriesMemo()
    private var rightMemo = SeriesMemo()

    init(_ operation: BinaryOperation, _ left: any StepOperator, _ right: any StepOperator) {
        `operator` = operation.operator
        self.left = left
        self.right = right
        signatures = SeriesSignatures(operation.matching ?? .init())
    }

    func points(at step: Int) throws(LogQLError) -> [StepPoint] {
        let leftPoints = try left.points(at: step), rightPoints = try right.points(at: step)
        let leftKeys = leftPoints.map { signatures.left($0.series, of: left) }
        let rightKeys = rightPoints.map { signatures.right($0.series, of: right) }
        var points: [StepPoint] = []
        let others = Set(rightKeys)
        for (point, key) in zip(leftPoints, leftKeys) {
            switch `operator` {
            case .and where !others.contains(key): continue
            case .unless where others.contains(key): continue
            default: break
            }
            let series = leftMemo.number(for: point.series) { results.number(of: left.labels(of: point.series)) }
            points.append(StepPoint(series: series, value: point.value))
        }
        guard `operator` == .or else { return points }
        let taken = Set(leftKeys)
        for (point, key) in zip(rightPoints, rightKeys) where !taken.contains(key) {
            let series = rightMemo.number(for: point.series) { results.number(of: right.labels(of: point.series)) }
            points.append(StepPoint(series: series, value: point.value))
        }
        return points
    }

    func labels(of series: Int) -> Labels { results.labels[series] }
}
