internal import CLibrary
internal import KTSDBModel

extension BinaryOperator {
    /// Whether the result is another quantity than the operands, and so loses the metric's name.
    var isArithmetic: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide, .modulo, .power, .atan2: true
        default: false
        }
    }

    /// Between two scalars; a comparison gives 1 or 0.
    func scalarValue(_ left: Double, _ right: Double) -> Double {
        if isComparison { return compares(left, right) ? 1 : 0 }
        return arithmetic(left, right)
    }

    @inline(__always)
    func compares(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        default: false
        }
    }

    @inline(__always)
    func arithmetic(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .modulo: fmod(left, right)
        case .power: pow(left, right)
        case .atan2: CLibrary.atan2(left, right)
        default: .nan
        }
    }

    /// Calls `body` with the operator as a function of two present values; absent where a comparison filters out.
    ///
    /// Values in rows have passed through ``point(_:)``, so arithmetic never yields the absent mark by chance.
    ///
    /// One case per operator, so that each loop in `body` is compiled for its operator.
    @inline(__always)
    private func withFunction(returnsBool: Bool, keepsRight: Bool, _ body: ((Double, Double) -> Double) -> Void) {
        switch self {
        case .add: body { $0 + $1 }
        case .subtract: body { $0 - $1 }
        case .multiply: body { $0 * $1 }
        case .divide: body { $0 / $1 }
        case .modulo: body { fmod($0, $1) }
        case .power: body { pow($0, $1) }
        case .atan2: body { CLibrary.atan2($0, $1) }
        case _ where isComparison && returnsBool: body { compares($0, $1) ? 1 : 0 }
        case _ where isComparison: body { compares($0, $1) ? (keepsRight ? $1 : $0) : .absent }
        default: body { _, _ in .absent }
        }
    }

    /// Replaces each point of `row` by its combination with the scalar; `scalarIsLeft` says which operand the scalar
    /// is.
    ///
    /// A comparison that filters keeps the value of the vector, whichever operand it is.
    /// `first` is the step of the scalar that the row begins with.
    func apply(
        _ row: inout MutableSpan<Double>, from first: Int, _ scalar: ScalarRow, scalarIsLeft: Bool, returnsBool: Bool
    ) {
        withFunction(returnsBool: returnsBool, keepsRight: scalarIsLeft) { function in
            if scalarIsLeft {
                for step in row.indices where !row[step].isAbsent {
                    row[step] = function(scalar[first + step], row[step])
                }
            } else {
                for step in row.indices where !row[step].isAbsent {
                    row[step] = function(row[step], scalar[first + step])
                }
            }
        }
    }

    /// Writes the combination of two rows where both have points, absent elsewhere.
    func combine(
        _ left: borrowing Row, _ right: borrowing Row, returnsBool: Bool, into result: inout Row
    ) {
        let a = left.span, b = right.span
        var steps = result.mutableSpan
        withFunction(returnsBool: returnsBool, keepsRight: false) { function in
            for step in steps.indices {
                steps[step] =
                    a[step].isAbsent || b[step].isAbsent ? .absent : function(a[step], b[step])
            }
        }
    }
}
