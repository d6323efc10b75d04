/// What a binary operator makes of two numbers of which at least one belongs to a vector.
struct BinaryCalculation {
    private let `operator`: BinaryOperation.Operator
    private let returnsBool: Bool

    /// - Precondition: the operator is not one of sets.
    init(_ operation: BinaryOperation) {
        `operator` = operation.operator
        returnsBool = operation.returnsBool
    }

    /// Returns the value, or nil if a comparison leaves it out. `kept` is what a comparison keeps.
    func value(_ left: Double, _ right: Double, kept: Double) -> Double? {
        let result = `operator`.folded(left, right)
        guard `operator`.isComparison, !returnsBool else { return result }
        return result == 1 ? kept : nil
    }
}

extension BinaryOperation.Operator {
    fileprivate var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        case .or, .and, .unless, .plus, .minus, .times, .over, .modulo, .power: false
        }
    }
}
