internal import CLibrary

extension BinaryOperation.Operator {
    /// How tightly it binds; 0 is the loosest.
    var strength: Int {
        switch self {
        case .or: 0
        case .and, .unless: 1
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 2
        case .plus, .minus: 3
        case .times, .over, .modulo: 4
        case .power: 5
        }
    }

    /// Whether it is `and`, `or` or `unless`, which work on series and not on numbers.
    var isLogical: Bool { strength < 2 }

    /// The value of an operation of two literals. Comparisons are 1 or 0, and nothing can be divided by 0.
    func folded(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .or, .and, .unless: .nan
        case .equal: left == right ? 1 : 0
        case .notEqual: left != right ? 1 : 0
        case .less: left < right ? 1 : 0
        case .lessOrEqual: left <= right ? 1 : 0
        case .greater: left > right ? 1 : 0
        case .greaterOrEqual: left >= right ? 1 : 0
        case .plus: left + right
        case .minus: left - right
        case .times: left * right
        case .over: right == 0 ? .nan : left / right
        case .modulo: right == 0 ? .nan : left.truncatingRemainder(dividingBy: right)
        case .power: pow(left, right)
        }
    }
}
