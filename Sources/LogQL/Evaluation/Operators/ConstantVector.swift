internal import KTSDBModel

/// `vector(1)`, and a literal in a range query: one series without labels.
final class ConstantVector: StepOperator {
    private let value: Double

    init(_ value: Double) { self.value = value }

    func points(at step: Int) -> [StepPoint] { [StepPoint(series: 0, value: value)] }

    func labels(of series: Int) -> Labels { Labels() }
}
