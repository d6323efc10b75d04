internal import KTSDBModel

/// How the series of two operands find each other: those that agree in the labels that count have the same signature.
struct SeriesSignatures {
    private let matching: BinaryOperation.Matching
    private var numbers = SeriesNumbers()
    private var left = SeriesMemo()
    private var right = SeriesMemo()

    init(_ matching: BinaryOperation.Matching) { self.matching = matching }

    mutating func left(_ series: Int, of operand: any StepOperator) -> Int {
        if let number = left[series] { return number }
        let number = numbers.number(of: labels(operand.labels(of: series)))
        left[series] = number
        return number
    }

    mutating func right(_ series: Int, of operand: any StepOperator) -> Int {
        if let number = right[series] { return number }
        let number = numbers.number(of: labels(operand.labels(of: series)))
        right[series] = number
        return number
    }

    /// The labels that count.
    private func labels(_ labels: Labels) -> Labels {
        matching.isOn ? labels.keeping(only: matching.labels) : labels.removing(matching.labels)
    }
}
