/// A number at each step.
enum ScalarRow: Sendable {
    case constant(Double)
    case steps([Double])

    /// The number at `step`.
    @inline(__always)
    subscript(step: Int) -> Double {
        switch self {
        case .constant(let value): value
        case .steps(let values): values[step]
        }
    }

    /// All numbers on a grid of `count` steps; one is enough if they are the same.
    func distinct(count: Int) -> [Double] {
        switch self {
        case .constant(let value): count == 0 ? [] : [value]
        case .steps(let values): values
        }
    }

    func map(count: Int, _ transform: (Double) -> Double) -> ScalarRow {
        switch self {
        case .constant(let value): .constant(transform(value))
        case .steps(let values): .steps(values.map(transform))
        }
    }
}
